"""Groups and meters."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class GroupModCommand(IntEnum):
    """OpenFlow 1.5.1, 7.3.4.3; single buckets are 1.5's."""

    ADD = 0
    MODIFY = 1
    DELETE = 2
    INSERT_BUCKET = 3
    REMOVE_BUCKET = 5


class GroupType(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.2."""

    ALL = 0
    SELECT = 1
    INDIRECT = 2
    FF = 3


class GroupCapabilities(IntFlag):
    """OpenFlow 1.3.5, 7.3.5.9."""

    SELECT_WEIGHT = 1 << 0
    SELECT_LIVENESS = 1 << 1
    CHAINING = 1 << 2
    CHAINING_CHECKS = 1 << 3


class MeterModCommand(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.4."""

    ADD = 0
    MODIFY = 1
    DELETE = 2


class MeterFlags(IntFlag):
    """OpenFlow 1.3.5, 7.3.4.4."""

    KBPS = 1 << 0
    PKTPS = 1 << 1
    BURST = 1 << 2
    STATS = 1 << 3


class MeterBandType(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.4."""

    DROP = 1
    DSCP_REMARK = 2
    EXPERIMENTER = 0xFFFF


class MeterFeatureFlags(IntFlag):
    """Where meter actions may stand (OpenFlow 1.5.1, 7.3.5.13)."""

    ACTION_SET = 1 << 0
    ANY_POSITION = 1 << 1
    MULTI_LIST = 1 << 2
