"""SET_FIELD: where each header field stands, and how to write it (OpenFlow 1.3.5, 7.2.5).

A field is set only in a packet that has it; elsewhere the action does nothing. The places are data:
a function from the parsed packet to offset and size, the bits of the field within those octets, and
the checksums that cover them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ofswitch.datapath.checksums import Covered, Edit, edit, is_ipv4
from ofswitch.frame import Frame
from openflow.exthdr import ESP, EXTENSIONS, NO_NEXT, ROUTING, ExtHdr, header_length
from openflow.fields import ETH_TYPE_NONE
from openflow.packet import Packet

_NOTHING, _TRANSPORT = Covered.NOTHING, Covered.TRANSPORT
_IPV4_AND_PSEUDO = Covered.IPV4_HEADER | Covered.PSEUDO_HEADER

Where = Callable[[Packet], int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: its octets' offset and number, its lowest bit, its width."""

    offset: Where
    size: int
    bits: int = 0
    shift: int = 0
    covered: Covered = _NOTHING
    odd: bool = False
    odd_in_pseudo: bool = False

    @property
    def mask(self) -> int:
        """The field's bits within its octets."""
        return ((1 << (self.bits or self.size * 8)) - 1) << self.shift


def _at(offset: int) -> Where:
    return lambda packet: offset


def _l3(offset: int) -> Where:
    return lambda packet: packet.l3_offset + offset


def _l4(offset: int) -> Where:
    return lambda packet: packet.l4_offset + offset


def _ports(prefix: str) -> dict[str, Place]:
    return {
        f"{prefix}_src": Place(_l4(0), 2, covered=_TRANSPORT),
        f"{prefix}_dst": Place(_l4(2), 2, covered=_TRANSPORT),
    }


def _icmp(prefix: str) -> dict[str, Place]:
    return {
        f"{prefix}_type": Place(_l4(0), 1, covered=_TRANSPORT),
        f"{prefix}_code": Place(_l4(1), 1, covered=_TRANSPORT, odd=True),
    }


def _last_next_header(packet: Packet) -> int:
    """The offset of the Next Header field that names the transport, or what else `ip_proto` is."""
    field, at, data = packet.l3_offset + 6, packet.l3_offset + 40, packet.data
    while (proto := data[field]) in EXTENSIONS and proto not in (ESP, NO_NEXT):
        field, at = at, at + header_length(data, proto, at)
        if proto == _FRAGMENT and data[field + 2] << 8 | data[field + 3] > 7:
            break
    return field


_FRAGMENT = 44

_IPV4 = {
    "ip_dscp": Place(_l3(1), 1, 6, 2, Covered.IPV4_HEADER, odd=True),
    "ip_ecn": Place(_l3(1), 1, 2, 0, Covered.IPV4_HEADER, odd=True),
    "ip_proto": Place(_l3(9), 1, covered=_IPV4_AND_PSEUDO, odd=True, odd_in_pseudo=True),
}
_IPV6 = {
    "ip_dscp": Place(_l3(0), 4, 6, 22),
    "ip_ecn": Place(_l3(0), 4, 2, 20),
    "ip_proto": Place(_last_next_header, 1, covered=Covered.PSEUDO_HEADER, odd_in_pseudo=True),
}
"""Fields that stand elsewhere in IPv6 than in IPv4."""

_PLACES: dict[str, Place] = {
    "eth_dst": Place(_at(0), 6),
    "eth_src": Place(_at(6), 6),
    "eth_type": Place(lambda packet: packet.eth_type_offset, 2),
    "vlan_vid": Place(_at(14), 2, 12),
    "vlan_pcp": Place(_at(14), 2, 3, 13),
    "mpls_label": Place(_l3(0), 4, 20, 12),
    "mpls_tc": Place(_l3(0), 4, 3, 9),
    "mpls_bos": Place(_l3(0), 4, 1, 8),
    "pbb_isid": Place(_l3(0), 4, 24),
    "arp_op": Place(_l3(6), 2),
    "arp_sha": Place(_l3(8), 6),
    "arp_spa": Place(_l3(14), 4),
    "arp_tha": Place(_l3(18), 6),
    "arp_tpa": Place(_l3(24), 4),
    "ipv4_src": Place(_l3(12), 4, covered=_IPV4_AND_PSEUDO),
    "ipv4_dst": Place(_l3(16), 4, covered=_IPV4_AND_PSEUDO),
    "ipv6_src": Place(_l3(8), 16, covered=Covered.PSEUDO_HEADER),
    "ipv6_dst": Place(_l3(24), 16, covered=Covered.PSEUDO_HEADER),
    "ipv6_flabel": Place(_l3(0), 4, 20),
    "ipv6_nd_target": Place(_l4(8), 16, covered=_TRANSPORT),
    "ipv6_nd_sll": Place(lambda packet: packet.nd_lladdr_offset, 6, covered=_TRANSPORT),
    "ipv6_nd_tll": Place(lambda packet: packet.nd_lladdr_offset, 6, covered=_TRANSPORT),
    **_ports("tcp"),
    **_ports("udp"),
    **_ports("sctp"),
    **_icmp("icmpv4"),
    **_icmp("icmpv6"),
}

_ALIASES = {
    "tp_src": ("tcp_src", "udp_src", "sctp_src"),
    "tp_dst": ("tcp_dst", "udp_dst", "sctp_dst"),
}
"""1.0's SET_TP_SRC and SET_TP_DST set the port of whichever transport the packet has."""


def set_field(frame: Frame, packet: Packet, name: str, value: int) -> Frame:
    """Return the frame with a header field set, or as it was when it has no such field."""
    for candidate in _ALIASES.get(name, (name,)):
        if _has(packet, candidate):
            return _write(frame, packet, candidate, value)
    return frame


def _has(packet: Packet, name: str) -> bool:
    if name == "vlan_vid":
        return packet.vlan_count > 0
    if name == "eth_type" and packet.eth_type == ETH_TYPE_NONE:
        return False
    return name in packet.fields()


def _write(frame: Frame, packet: Packet, name: str, value: int) -> Frame:
    place = _place(packet, name)
    offset = place.offset(packet)
    octets = int.from_bytes(frame.data[offset : offset + place.size], "big")
    octets = octets & ~place.mask | value << place.shift & place.mask
    covered = place.covered
    if name == "ipv6_dst" and _is_routed(packet):
        covered = _NOTHING
    new = octets.to_bytes(place.size, "big")
    return edit(frame, packet, Edit(offset, new, covered, place.odd, place.odd_in_pseudo))


def _place(packet: Packet, name: str) -> Place:
    return _PLACES.get(name) or (_IPV4 if is_ipv4(packet) else _IPV6)[name]


def _is_routed(packet: Packet) -> bool:
    """Whether the pseudo-header has another destination: the last of a routing header (RFC 8200, 8.1)."""
    if not packet.fields().get("ipv6_exthdr", 0) & ExtHdr.ROUTER:
        return False
    data, field, at = packet.data, packet.l3_offset + 6, packet.l3_offset + 40
    while (proto := data[field]) != ROUTING:
        field, at = at, at + header_length(data, proto, at)
    segments_left = data[at + 3]
    return segments_left > 0
