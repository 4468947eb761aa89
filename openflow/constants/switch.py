"""What a switch is and can do, and how it treats fragments."""

from __future__ import annotations

from enum import IntEnum, IntFlag


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


class MultipartFlags(IntFlag):
    """OpenFlow 1.3.5, 7.3.5: MORE is the same bit in requests and replies."""

    MORE = 1 << 0
