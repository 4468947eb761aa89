"""The specification's enumerations, in neutral (1.3) numbering.

A field holds a plain int; these names are for reading and comparing (`event.reason == PacketInReason.NO_MATCH`). Where
OpenFlow 1.0 numbers a thing otherwise, the layouts translate (see `openflow.layouts.kinds`), and what only 1.0 has
stands behind the 1.3 values.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

NO_BUFFER = 0xFFFF_FFFF
"""OFP_NO_BUFFER: the frame is in the message, no copy is kept in the switch."""

NO_COOKIE = 0xFFFF_FFFF_FFFF_FFFF
"""What a packet-in carries when no flow entry caused it."""

CONTROLLER_NO_BUFFER = 0xFFFF
"""OFPCML_NO_BUFFER: as max_len, send whole frames, buffer none."""

CONTROLLER_MAX_LEN = 0xFFE5
"""OFPCML_MAX."""

DEFAULT_MISS_SEND_LEN = 128
DEFAULT_PRIORITY = 0x8000

NO_UINT64 = 0xFFFF_FFFF_FFFF_FFFF
"""What a switch reports for a 64-bit counter that it does not keep."""

OFPVID_NONE = 0x0000
OFPVID_PRESENT = 0x1000


class PortNo(IntEnum):
    """Reserved ports (OpenFlow 1.3.5, 7.2.1; UNSET is 1.5's). 1.0's 16-bit numbers are the low half of these."""

    MAX = 0xFFFF_FF00
    UNSET = 0xFFFF_FFF7
    IN_PORT = 0xFFFF_FFF8
    TABLE = 0xFFFF_FFF9
    NORMAL = 0xFFFF_FFFA
    FLOOD = 0xFFFF_FFFB
    ALL = 0xFFFF_FFFC
    CONTROLLER = 0xFFFF_FFFD
    LOCAL = 0xFFFF_FFFE
    ANY = 0xFFFF_FFFF


class TableId(IntEnum):
    """OpenFlow 1.3.5, 7.2 (ofp_table)."""

    MAX = 254
    ALL = 255


class GroupId(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.2 (ofp_group)."""

    MAX = 0xFFFF_FF00
    ALL = 0xFFFF_FFFC
    ANY = 0xFFFF_FFFF


class MeterId(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.4 (ofp_meter)."""

    MAX = 0xFFFF_0000
    SLOWPATH = 0xFFFF_FFFD
    CONTROLLER = 0xFFFF_FFFE
    ALL = 0xFFFF_FFFF


class QueueId(IntEnum):
    """OpenFlow 1.3.5, 7.2.2."""

    ALL = 0xFFFF_FFFF


class PortConfig(IntFlag):
    """OpenFlow 1.3.5, 7.2.1; the spanning-tree bits and NO_FLOOD are 1.0's (5.2.1)."""

    PORT_DOWN = 1 << 0
    NO_STP = 1 << 1
    NO_RECV = 1 << 2
    NO_RECV_STP = 1 << 3
    NO_FLOOD = 1 << 4
    NO_FWD = 1 << 5
    NO_PACKET_IN = 1 << 6


class PortState(IntFlag):
    """OpenFlow 1.3.5, 7.2.1; 1.0 has LINK_DOWN, and two bits that number the states of spanning tree (5.2.1)."""

    LINK_DOWN = 1 << 0
    BLOCKED = 1 << 1
    LIVE = 1 << 2
    STP_LEARN = 1 << 8
    STP_FORWARD = 2 << 8
    STP_BLOCK = 3 << 8


class PortFeatures(IntFlag):
    """OpenFlow 1.3.5, 7.2.1."""

    HD_10MB = 1 << 0
    FD_10MB = 1 << 1
    HD_100MB = 1 << 2
    FD_100MB = 1 << 3
    HD_1GB = 1 << 4
    FD_1GB = 1 << 5
    FD_10GB = 1 << 6
    FD_40GB = 1 << 7
    FD_100GB = 1 << 8
    FD_1TB = 1 << 9
    OTHER = 1 << 10
    COPPER = 1 << 11
    FIBER = 1 << 12
    AUTONEG = 1 << 13
    PAUSE = 1 << 14
    PAUSE_ASYM = 1 << 15


class PortReason(IntEnum):
    """OpenFlow 1.3.5, 7.4.3."""

    ADD = 0
    DELETE = 1
    MODIFY = 2


class Capabilities(IntFlag):
    """OpenFlow 1.5.1, 7.3.1; STP and ARP_MATCH_IP are 1.0's (5.3.1), the latter 1.1's, too."""

    FLOW_STATS = 1 << 0
    TABLE_STATS = 1 << 1
    PORT_STATS = 1 << 2
    GROUP_STATS = 1 << 3
    IP_REASM = 1 << 5
    QUEUE_STATS = 1 << 6
    PORT_BLOCKED = 1 << 8
    BUNDLES = 1 << 9
    FLOW_MONITORING = 1 << 10
    STP = 1 << 16
    ARP_MATCH_IP = 1 << 17


class ConfigFlags(IntEnum):
    """How fragments are treated (OpenFlow 1.3.5, 7.3.2); and a bit of 1.1 and 1.2 (1.2, A.3.2)."""

    FRAG_NORMAL = 0
    FRAG_DROP = 1
    FRAG_REASM = 2
    FRAG_MASK = 3
    INVALID_TTL_TO_CONTROLLER = 4


class TableConfig(IntFlag):
    """OpenFlow 1.4.0, 7.3.3; before 1.3 the lowest bits, reserved since, say what a miss does (1.2, A.3.3)."""

    TABLE_MISS_CONTINUE = 1 << 0
    TABLE_MISS_DROP = 1 << 1
    DEPRECATED_MASK = 3
    EVICTION = 1 << 2
    VACANCY_EVENTS = 1 << 3


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


class MultipartFlags(IntFlag):
    """OpenFlow 1.3.5, 7.3.5: MORE is the same bit in requests and replies."""

    MORE = 1 << 0


class ControllerRole(IntEnum):
    """OpenFlow 1.3.5, 7.3.9."""

    NOCHANGE = 0
    EQUAL = 1
    MASTER = 2
    SLAVE = 3


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
