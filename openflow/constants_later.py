"""Enumerations that came with OpenFlow 1.4 and 1.5: properties, bundles, monitors, states of controllers and tables.

They stand beside `openflow.constants`, whose rules hold here as well: a field holds a plain int, these names are for
reading and comparing.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class OpticalPortFeatures(IntFlag):
    """What an optical port can do (OpenFlow 1.4.0, 7.2.1.2)."""

    RX_TUNE = 1 << 0
    TX_TUNE = 1 << 1
    TX_PWR = 1 << 2
    USE_FREQ = 1 << 3


class OpticalStatsFlags(IntFlag):
    """What an optical port's counters say (OpenFlow 1.4.0, 7.3.5.6)."""

    RX_TUNE = 1 << 0
    TX_TUNE = 1 << 1
    TX_PWR = 1 << 2
    RX_PWR = 1 << 4
    TX_BIAS = 1 << 5
    TX_TEMP = 1 << 6


class EvictionFlags(IntFlag):
    """By what a table chooses whom to evict (OpenFlow 1.4.0, 7.3.3)."""

    OTHER = 1 << 0
    IMPORTANCE = 1 << 1
    LIFETIME = 1 << 2


class TableReason(IntEnum):
    """Why a switch tells of a table (OpenFlow 1.4.0, 7.4.5)."""

    VACANCY_DOWN = 3
    VACANCY_UP = 4


class TableFeatureFlags(IntFlag):
    """Where in the pipeline a table may stand (OpenFlow 1.5.1, 7.3.5.18.1)."""

    INGRESS_TABLE = 1 << 0
    EGRESS_TABLE = 1 << 1
    FIRST_EGRESS = 1 << 4


class TableFeaturesCommand(IntEnum):
    """What a request does with the tables that it describes (OpenFlow 1.5.1, 7.3.5.18.1)."""

    REPLACE = 0
    MODIFY = 1
    ENABLE = 2
    DISABLE = 3


class BucketId(IntEnum):
    """Reserved numbers of buckets (OpenFlow 1.5.1, 7.3.4.3)."""

    MAX = 0xFFFF_FF00
    FIRST = 0xFFFF_FFFD
    LAST = 0xFFFF_FFFE
    ALL = 0xFFFF_FFFF


class MeterFeatureFlags(IntFlag):
    """Where meter actions may stand (OpenFlow 1.5.1, 7.3.5.13)."""

    ACTION_SET = 1 << 0
    ANY_POSITION = 1 << 1
    MULTI_LIST = 1 << 2


class ControllerRoleReason(IntEnum):
    """Why a controller's role changed (OpenFlow 1.4.0, 7.4.4)."""

    MASTER_REQUEST = 0
    CONFIG = 1
    EXPERIMENTER = 2


class ControllerStatusReason(IntEnum):
    """Why a switch tells of a controller (OpenFlow 1.5.1, 7.3.5.16)."""

    REQUEST = 0
    CHANNEL_STATUS = 1
    ROLE = 2
    CONTROLLER_ADDED = 3
    CONTROLLER_REMOVED = 4
    SHORT_ID = 5
    EXPERIMENTER = 6


class ControlChannelStatus(IntEnum):
    """Whether a controller's channel works (OpenFlow 1.5.1, 7.3.5.16)."""

    UP = 0
    DOWN = 1


class BundleControlType(IntEnum):
    """Steps of a bundle's life (OpenFlow 1.4.0, 7.3.9.2)."""

    OPEN_REQUEST = 0
    OPEN_REPLY = 1
    CLOSE_REQUEST = 2
    CLOSE_REPLY = 3
    COMMIT_REQUEST = 4
    COMMIT_REPLY = 5
    DISCARD_REQUEST = 6
    DISCARD_REPLY = 7


class BundleFlags(IntFlag):
    """How a bundle takes effect (OpenFlow 1.4.0, 7.3.9.4; TIME since 1.5)."""

    ATOMIC = 1 << 0
    ORDERED = 1 << 1
    TIME = 1 << 2


class BundleFeatureFlags(IntFlag):
    """What a request about scheduled bundles carries (OpenFlow 1.5.1, 7.3.5.17)."""

    TIMESTAMP = 1 << 0
    TIME_SET_SCHED = 1 << 1


class FlowMonitorCommand(IntEnum):
    """OpenFlow 1.4.0, 7.3.5.14.1."""

    ADD = 0
    MODIFY = 1
    DELETE = 2


class FlowMonitorFlags(IntFlag):
    """What a flow monitor reports, and how (OpenFlow 1.4.0, 7.3.5.14.1)."""

    INITIAL = 1 << 0
    ADD = 1 << 1
    REMOVED = 1 << 2
    MODIFY = 1 << 3
    INSTRUCTIONS = 1 << 4
    NO_ABBREV = 1 << 5
    ONLY_OWN = 1 << 6
