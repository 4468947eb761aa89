"""Flow tables: their configuration, their features, and why a switch tells of them."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class TableConfig(IntFlag):
    """OpenFlow 1.4.0, 7.3.3; before 1.3 the lowest bits, reserved since, say what a miss does (1.2, A.3.3)."""

    TABLE_MISS_CONTINUE = 1 << 0
    TABLE_MISS_DROP = 1 << 1
    DEPRECATED_MASK = 3
    EVICTION = 1 << 2
    VACANCY_EVENTS = 1 << 3


class EvictionFlags(IntFlag):
    """By what a table chooses whom to evict (OpenFlow 1.4.0, 7.3.3)."""

    OTHER = 1 << 0
    IMPORTANCE = 1 << 1
    LIFETIME = 1 << 2


class TableReason(IntEnum):
    """Why a switch tells of a table (OpenFlow 1.4.0, 7.4.5)."""

    VACANCY_DOWN = 3
    VACANCY_UP = 4


class TableFeaturePropType(IntEnum):
    """OpenFlow 1.5.1, 7.3.5.18.2; TABLE_SYNC_FROM came with 1.4."""

    INSTRUCTIONS = 0
    INSTRUCTIONS_MISS = 1
    NEXT_TABLES = 2
    NEXT_TABLES_MISS = 3
    WRITE_ACTIONS = 4
    WRITE_ACTIONS_MISS = 5
    APPLY_ACTIONS = 6
    APPLY_ACTIONS_MISS = 7
    MATCH = 8
    WILDCARDS = 10
    WRITE_SETFIELD = 12
    WRITE_SETFIELD_MISS = 13
    APPLY_SETFIELD = 14
    APPLY_SETFIELD_MISS = 15
    TABLE_SYNC_FROM = 16
    WRITE_COPYFIELD = 18
    WRITE_COPYFIELD_MISS = 19
    APPLY_COPYFIELD = 20
    APPLY_COPYFIELD_MISS = 21
    PACKET_TYPES = 22
    EXPERIMENTER = 0xFFFE
    EXPERIMENTER_MISS = 0xFFFF


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
