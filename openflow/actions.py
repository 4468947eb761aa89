"""What may be done to a packet (OpenFlow 1.5.1, 7.2.6; 1.3.5, 7.2.5; 1.1.0, A.2.5; 1.0.2, 5.2.4).

1.0's and 1.1's SET_DL_SRC and its like are SetField of the field they set. Two of 1.0's have no twin in later versions
and stand apart: SetVlanVid and SetVlanPcp put a tag on a frame that has none. (1.1's need a tag, as SetField does.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openflow.constants import CONTROLLER_NO_BUFFER
from openflow.errors import ErrorCode
from openflow.fields import (
    ETH_TYPE_IPV4,
    ETH_TYPE_MPLS,
    ETH_TYPE_PBB,
    ETH_TYPE_VLAN,
    KNOWN,
)
from openflow.show import show_field
from openflow.structs import Element
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_5, since


class Action(Element):
    """An action; this class names the family."""

    __slots__ = ()
    raw = "RawAction"
    subtype_size = 2
    bad_length = ErrorCode.BAD_ACTION__BAD_LEN


@dataclass(slots=True)
class Output(Action):
    """Send the packet out of a port; `max_len` bounds the bytes that go to the controller."""

    port: int = 0
    max_len: int = CONTROLLER_NO_BUFFER
    layout = {
        V1_0: {0: "port:port16 max_len:u16"},
        **since(V1_1, {0: "port:u32 max_len:u16 pad6"}),
    }


@dataclass(slots=True)
class SetField(Action):
    """Set a header field to a value, an int; text (an address) becomes one. On 1.5 `(value, mask)` sets some bits.

    `tp_src` and `tp_dst` are 1.0's and 1.1's: the port of whichever transport the packet has. Raises ValueError for a
    value that does not fit.
    """

    field: str = ""
    value: Any = 0
    layout = {
        V1_0: {
            4: "field=eth_src value:u48 pad6",
            5: "field=eth_dst value:u48 pad6",
            6: "field=ipv4_src value:u32",
            7: "field=ipv4_dst value:u32",
            8: "field=ip_dscp value:dscp8 pad3",
            9: "field=tp_src|tcp_src|udp_src value:u16 pad2",
            10: "field=tp_dst|tcp_dst|udp_dst value:u16 pad2",
        },
        V1_1: {
            1: "field=vlan_vid value:vidpresent16 pad2",
            2: "field=vlan_pcp value:u8 pad3",
            3: "field=eth_src value:u48 pad6",
            4: "field=eth_dst value:u48 pad6",
            5: "field=ipv4_src value:u32",
            6: "field=ipv4_dst value:u32",
            7: "field=ip_dscp value:dscp8 pad3",
            8: "field=ip_ecn value:u8 pad3",
            9: "field=tp_src|tcp_src|udp_src|sctp_src value:u16 pad2",
            10: "field=tp_dst|tcp_dst|udp_dst|sctp_dst value:u16 pad2",
            13: "field=mpls_label value:u32",
            14: "field=mpls_tc value:u8 pad3",
        },
        **since(V1_2, {25: "field+value:oxmfield"}),
    }

    def __post_init__(self) -> None:
        if isinstance(self.value, str):
            field = KNOWN.get(self.field)
            if field is None:
                raise ValueError(f"there is no field {self.field!r} to set to {self.value!r}")
            self.value = field.parse(self.value)

    def __repr__(self) -> str:
        return f"SetField({self.field}={show_field(self.field, self.value)})"


@dataclass(slots=True)
class SetVlanVid(Action):
    """Set the VLAN id of the outer tag, or put one on (OpenFlow 1.0 only); 12 bits, without OFPVID_PRESENT."""

    vlan_vid: int = 0
    layout = {V1_0: {1: "vlan_vid:u16 pad2"}}


@dataclass(slots=True)
class SetVlanPcp(Action):
    """Set the priority of the outer VLAN tag, or put one on with VLAN id 0 (OpenFlow 1.0 only)."""

    vlan_pcp: int = 0
    layout = {V1_0: {2: "vlan_pcp:u8 pad3"}}


@dataclass(slots=True)
class Enqueue(Action):
    """Send the packet out of a port through one of its queues (OpenFlow 1.0 only)."""

    port: int = 0
    queue_id: int = 0
    layout = {V1_0: {11: "port:port16 pad6 queue_id:u32"}}


@dataclass(slots=True)
class PushVlan(Action):
    """Put a new outer VLAN tag on, 0x8100 or 0x88a8."""

    ethertype: int = ETH_TYPE_VLAN
    layout = since(V1_1, {17: "ethertype:u16 pad2"})


@dataclass(slots=True)
class PopVlan(Action):
    """Take the outer VLAN tag off; 1.0's STRIP_VLAN."""

    layout = {V1_0: {3: "pad4"}, **since(V1_1, {18: "pad4"})}


@dataclass(slots=True)
class PushMpls(Action):
    """Put a new outer MPLS label on, 0x8847 or 0x8848."""

    ethertype: int = ETH_TYPE_MPLS
    layout = since(V1_1, {19: "ethertype:u16 pad2"})


@dataclass(slots=True)
class PopMpls(Action):
    """Take the outer MPLS label off; what is under it has this type."""

    ethertype: int = ETH_TYPE_IPV4
    layout = since(V1_1, {20: "ethertype:u16 pad2"})


@dataclass(slots=True)
class PushPbb(Action):
    """Put a backbone service tag and a new Ethernet header on, 0x88e7."""

    ethertype: int = ETH_TYPE_PBB
    layout = since(V1_3, {26: "ethertype:u16 pad2"})


@dataclass(slots=True)
class PopPbb(Action):
    """Take the backbone service tag and the outer Ethernet header off."""

    layout = since(V1_3, {27: "pad4"})


@dataclass(slots=True)
class SetMplsTtl(Action):
    """Set the TTL of the outer MPLS label."""

    mpls_ttl: int = 0
    layout = since(V1_1, {15: "mpls_ttl:u8 pad3"})


@dataclass(slots=True)
class DecMplsTtl(Action):
    """Take one off the TTL of the outer MPLS label."""

    layout = since(V1_1, {16: "pad4"})


@dataclass(slots=True)
class CopyTtlOut(Action):
    """Copy the TTL from the next header to the outermost."""

    layout = since(V1_1, {11: "pad4"})


@dataclass(slots=True)
class CopyTtlIn(Action):
    """Copy the TTL from the outermost header to the next."""

    layout = since(V1_1, {12: "pad4"})


@dataclass(slots=True)
class SetNwTtl(Action):
    """Set the TTL (IPv4) or hop limit (IPv6)."""

    nw_ttl: int = 0
    layout = since(V1_1, {23: "nw_ttl:u8 pad3"})


@dataclass(slots=True)
class DecNwTtl(Action):
    """Take one off the TTL (IPv4) or hop limit (IPv6)."""

    layout = since(V1_1, {24: "pad4"})


@dataclass(slots=True)
class SetQueue(Action):
    """Choose the queue for the ports the packet is sent to."""

    queue_id: int = 0
    layout = since(V1_1, {21: "queue_id:u32"})


@dataclass(slots=True)
class Group(Action):
    """Process the packet by a group."""

    group_id: int = 0
    layout = since(V1_1, {22: "group_id:u32"})


@dataclass(slots=True)
class CopyField(Action):
    """Copy bits from one field to another, from OpenFlow 1.5 on; 0 bits mean all of them (1.5.1, 7.2.6.8).

    `src` and `dst` are the names of match fields; a header that has none is hex, as in `0x80007e02`.
    """

    src: str = "in_port"
    dst: str = "metadata"
    n_bits: int = 0
    src_offset: int = 0
    dst_offset: int = 0
    layout = {V1_5: {28: "n_bits:u16 src_offset:u16 dst_offset:u16 pad2 src+dst:oxmheaders"}}


@dataclass(slots=True)
class MeterAction(Action):
    """Send the packet through a meter; what the instruction Meter was before OpenFlow 1.5 (1.5.1, 7.2.6.10)."""

    meter_id: int = 0
    layout = {V1_5: {29: "meter_id:u32"}}


@dataclass(slots=True)
class ExperimenterAction(Action):
    """A vendor's action; `data` is all that follows the experimenter's number, padding included."""

    experimenter: int = 0
    data: bytes = b""
    layout = since(V1_0, {0xFFFF: "experimenter:u32 data:rest"})


@dataclass(slots=True)
class RawAction(Action):
    """An action of a type that this version does not have; `data` is all that follows its header."""

    type: int = 0
    data: bytes = b""
