"""The switch and its controllers: packets that it sends up, roles, channels, bundles."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class PacketInReason(IntEnum):
    """OpenFlow 1.3.5, 7.4.1, and 1.5.1, 7.4.1, which has new names for the first two."""

    NO_MATCH = 0
    ACTION = 1
    INVALID_TTL = 2
    ACTION_SET = 3
    GROUP = 4
    PACKET_OUT = 5
    TABLE_MISS = NO_MATCH
    APPLY_ACTION = ACTION


class ControllerRole(IntEnum):
    """OpenFlow 1.3.5, 7.3.9."""

    NOCHANGE = 0
    EQUAL = 1
    MASTER = 2
    SLAVE = 3


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
