"""Ports: their configuration, state and abilities, and why a switch tells of them."""

from __future__ import annotations

from enum import IntEnum, IntFlag


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
