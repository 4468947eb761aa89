"""Ports: what they are, how they change, what they have counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import PortNo, PortReason
from openflow.messages.base import Message, MultipartReply, MultipartRequest, since
from openflow.messages.port_properties import PortModProperty, PortProperty, PortStatsProperty
from openflow.structs import Struct
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4, V1_5


@dataclass(slots=True)
class Port(Struct):
    """A port (OpenFlow 1.3.5, 7.2.1; 1.4.0, 7.2.1). `hw_addr` is an Ethernet address as an int, speeds are kbit/s.

    The bits of `state` are the version's own: on 1.0 those above LINK_DOWN are spanning tree's. From 1.4 on `curr` up
    to `max_speed` are an Ethernet property, which is there unless all of them are 0; `properties` are the others.
    """

    port_no: int = 0
    hw_addr: int = 0
    name: str = ""
    config: int = 0
    state: int = 0
    curr: int = 0
    advertised: int = 0
    supported: int = 0
    peer: int = 0
    curr_speed: int = 0
    max_speed: int = 0
    properties: Sequence[PortProperty] = field(default_factory=list)
    layout = {
        V1_0: "port_no:port16 hw_addr:u48 name:text16 config:u32 state:u32 curr:features32"
        " advertised:features32 supported:features32 peer:features32 -curr_speed -max_speed",
        **since(
            V1_1,
            "port_no:u32 pad4 hw_addr:u48 pad2 name:text16 config:u32 state:u32 curr:u32"
            " advertised:u32 supported:u32 peer:u32 curr_speed:u32 max_speed:u32",
            until=V1_3,
        ),
        **since(
            V1_4,
            "port_no:u32 size16 pad2 hw_addr:u48 pad2 name:text16 config:u32 state:u32"
            " curr+advertised+supported+peer+curr_speed+max_speed+properties:portprops",
        ),
    }


@dataclass(slots=True)
class PortStatus(Message):
    """A port came, went or changed (OpenFlow 1.3.5, 7.4.3)."""

    reason: int = PortReason.ADD
    desc: Port = field(default_factory=Port)
    layout = since(V1_0, {12: "reason:u8 pad7 desc:Port"})


@dataclass(slots=True)
class PortMod(Message):
    """Configure a port: the bits of `config` that `mask` names, what to advertise, 0 for no change (7.3.4.3)."""

    port_no: int = 0
    hw_addr: int = 0
    config: int = 0
    mask: int = 0
    advertise: int = 0
    properties: Sequence[PortModProperty] = field(default_factory=list)
    layout = {
        V1_0: {15: "port_no:port16 hw_addr:u48 config:u32 mask:u32 advertise:features32 pad4"},
        **since(
            V1_1,
            {16: "port_no:u32 pad4 hw_addr:u48 pad2 config:u32 mask:u32 advertise:u32 pad4"},
            until=V1_3,
        ),
        **since(
            V1_4,
            {
                16: "port_no:u32 pad4 hw_addr:u48 pad2 config:u32 mask:u32"
                " advertise+properties:portmodprops"
            },
        ),
    }


@dataclass(slots=True)
class PortDescStatsRequest(MultipartRequest["PortDescStatsReply"]):
    """Which ports have you, or (1.5) what is this one? (OpenFlow 1.3.5, 7.3.5.7; 1.5.1, 7.3.5.7)"""

    port_no: int = PortNo.ANY
    layout = {**since(V1_3, {(18, 13): ""}, until=V1_4), V1_5: {(18, 13): "port_no:u32 pad4"}}


@dataclass(slots=True)
class PortDescStatsReply(MultipartReply):
    """The switch's ports."""

    body: list[Port] = field(default_factory=list)
    layout = since(V1_3, {(19, 13): "body:Port*"})


_COUNTERS = (
    "rx_packets:u64 tx_packets:u64 rx_bytes:u64 tx_bytes:u64 rx_dropped:u64 tx_dropped:u64"
    " rx_errors:u64 tx_errors:u64"
)
_ETHERNET = "rx_frame_err:u64 rx_over_err:u64 rx_crc_err:u64 collisions:u64"


@dataclass(slots=True)
class PortStats(Struct):
    """What a port has counted; NO_UINT64 for what it does not count (OpenFlow 1.3.5, 7.3.5.6; 1.4.0, 7.3.5.6).

    From 1.4 on the last four counters are an Ethernet property, which is there unless all of them are 0.
    """

    port_no: int = 0
    rx_packets: int = 0
    tx_packets: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0
    rx_errors: int = 0
    tx_errors: int = 0
    rx_frame_err: int = 0
    rx_over_err: int = 0
    rx_crc_err: int = 0
    collisions: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    properties: Sequence[PortStatsProperty] = field(default_factory=list)
    layout = {
        V1_0: f"port_no:port16 pad6 {_COUNTERS} {_ETHERNET} -duration_sec -duration_nsec",
        **since(
            V1_1,
            f"port_no:u32 pad4 {_COUNTERS} {_ETHERNET} -duration_sec -duration_nsec",
            until=V1_2,
        ),
        V1_3: f"port_no:u32 pad4 {_COUNTERS} {_ETHERNET} duration_sec:u32 duration_nsec:u32",
        **since(
            V1_4,
            f"size16 pad2 port_no:u32 duration_sec:u32 duration_nsec:u32 {_COUNTERS}"
            " rx_frame_err+rx_over_err+rx_crc_err+collisions+properties:portstatsprops",
        ),
    }


@dataclass(slots=True)
class PortStatsRequest(MultipartRequest["PortStatsReply"]):
    """What has a port counted, or (PortNo.ANY) all of them?"""

    port_no: int = PortNo.ANY
    layout = {
        V1_0: {(16, 4): "port_no:port16 pad6"},
        **since(V1_1, {(18, 4): "port_no:u32 pad4"}),
    }


@dataclass(slots=True)
class PortStatsReply(MultipartReply):
    """The ports' counters."""

    body: list[PortStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 4): "body:PortStats*"},
        **since(V1_1, {(19, 4): "body:PortStats*"}),
    }
