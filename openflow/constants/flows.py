"""Flow entries: how they change and end, what they match and do, who watches them."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class FlowModCommand(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.1."""

    ADD = 0
    MODIFY = 1
    MODIFY_STRICT = 2
    DELETE = 3
    DELETE_STRICT = 4


class FlowModFlags(IntFlag):
    """OpenFlow 1.3.5, 7.3.4.1; EMERG is 1.0's (5.3.3)."""

    SEND_FLOW_REM = 1 << 0
    CHECK_OVERLAP = 1 << 1
    RESET_COUNTS = 1 << 2
    NO_PKT_COUNTS = 1 << 3
    NO_BYT_COUNTS = 1 << 4
    EMERG = 1 << 16


class FlowRemovedReason(IntEnum):
    """OpenFlow 1.5.1, 7.4.2; METER_DELETE and EVICTION came with 1.4."""

    IDLE_TIMEOUT = 0
    HARD_TIMEOUT = 1
    DELETE = 2
    GROUP_DELETE = 3
    METER_DELETE = 4
    EVICTION = 5


class FlowStatsReason(IntEnum):
    """Why flow counters are sent: they were asked for, or a StatTrigger says so (OpenFlow 1.5.1, 7.3.5.3)."""

    STATS_REQUEST = 0
    STAT_TRIGGER = 1


class StatTriggerFlags(IntFlag):
    """OpenFlow 1.5.1, 7.2.5."""

    PERIODIC = 1 << 0
    ONLY_FIRST = 1 << 1


class FlowWildcards(IntFlag):
    """Which slots of OpenFlow 1.0's match are wildcards (1.0.2, 5.2.3); what its tables can leave open.

    NW_SRC and NW_DST are six bits each that count how many low bits of the address are; these are all of them.
    """

    IN_PORT = 1 << 0
    DL_VLAN = 1 << 1
    DL_SRC = 1 << 2
    DL_DST = 1 << 3
    DL_TYPE = 1 << 4
    NW_PROTO = 1 << 5
    TP_SRC = 1 << 6
    TP_DST = 1 << 7
    NW_SRC = 32 << 8
    NW_DST = 32 << 14
    DL_VLAN_PCP = 1 << 20
    NW_TOS = 1 << 21


class InstructionType(IntEnum):
    """OpenFlow 1.5.1, 7.2.5; METER was 1.3's and 1.4's, STAT_TRIGGER came with 1.5."""

    GOTO_TABLE = 1
    WRITE_METADATA = 2
    WRITE_ACTIONS = 3
    APPLY_ACTIONS = 4
    CLEAR_ACTIONS = 5
    METER = 6
    STAT_TRIGGER = 7
    EXPERIMENTER = 0xFFFF


class ActionType(IntEnum):
    """OpenFlow 1.5.1, 7.2.6; COPY_FIELD and METER came with 1.5."""

    OUTPUT = 0
    COPY_TTL_OUT = 11
    COPY_TTL_IN = 12
    SET_MPLS_TTL = 15
    DEC_MPLS_TTL = 16
    PUSH_VLAN = 17
    POP_VLAN = 18
    PUSH_MPLS = 19
    POP_MPLS = 20
    SET_QUEUE = 21
    GROUP = 22
    SET_NW_TTL = 23
    DEC_NW_TTL = 24
    SET_FIELD = 25
    PUSH_PBB = 26
    POP_PBB = 27
    COPY_FIELD = 28
    METER = 29
    EXPERIMENTER = 0xFFFF


class ActionType10(IntEnum):
    """OpenFlow 1.0.2, 5.2.4."""

    OUTPUT = 0
    SET_VLAN_VID = 1
    SET_VLAN_PCP = 2
    STRIP_VLAN = 3
    SET_DL_SRC = 4
    SET_DL_DST = 5
    SET_NW_SRC = 6
    SET_NW_DST = 7
    SET_NW_TOS = 8
    SET_TP_SRC = 9
    SET_TP_DST = 10
    ENQUEUE = 11
    VENDOR = 0xFFFF


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
