"""Numbers that stand for "none" or "all": buffers, cookies, counters, ports, tables, groups, meters, queues."""

from __future__ import annotations

from enum import IntEnum

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


class BucketId(IntEnum):
    """Reserved numbers of buckets (OpenFlow 1.5.1, 7.3.4.3)."""

    MAX = 0xFFFF_FF00
    FIRST = 0xFFFF_FFFD
    LAST = 0xFFFF_FFFE
    ALL = 0xFFFF_FFFF


class MeterId(IntEnum):
    """OpenFlow 1.3.5, 7.3.4.4 (ofp_meter)."""

    MAX = 0xFFFF_0000
    SLOWPATH = 0xFFFF_FFFD
    CONTROLLER = 0xFFFF_FFFE
    ALL = 0xFFFF_FFFF


class QueueId(IntEnum):
    """OpenFlow 1.3.5, 7.2.2."""

    ALL = 0xFFFF_FFFF
