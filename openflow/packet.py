"""A frame taken apart: where its headers are and what its match fields say.

The switch builds its flow key from `Packet.fields()` and finds the places to rewrite by the
offsets; the controller's `PacketIn.packet` is one of these. Nothing here knows ports or tables.

A `Packet` never raises, whatever the bytes: a header that is truncated or malformed is absent, and
so is all above it. The fields are those of OpenFlow 1.3.5, 7.2.3.7, each an integer under its OXM
name in lower case. What the specification leaves open is fixed here:

- Ethernet: the type is the one after all VLAN tags (0x8100 and 0x88a8); `vlan_vid` and `vlan_pcp`
  are the outermost tag's. A frame with a length in place of the type has the type of its SNAP
  header (with OUI 0), or 0x05ff without one (OpenFlow 1.0.2, 3.4).
- MPLS and PBB: the outermost entry's fields and nothing above it.
- IP: only what lies within the datagram's own length; a header whose version or lengths are wrong
  is absent. Fragments other than the first have no transport fields. `ip_proto` of IPv6 is the
  header after the extension headers (see `openflow.exthdr`).

The Ethernet header is read at once, all else when first asked for: a learning switch never pays
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import overload

from openflow.constants import OFPVID_PRESENT
from openflow.exthdr import EXTENSIONS, walk
from openflow.fields import (
    ETH_TYPE_ARP,
    ETH_TYPE_IPV4,
    ETH_TYPE_IPV6,
    ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MULTICAST,
    ETH_TYPE_NONE,
    ETH_TYPE_PBB,
    ETH_TYPE_QINQ,
    ETH_TYPE_VLAN,
    IP_PROTO_ICMP,
    IP_PROTO_ICMPV6,
    IP_PROTO_SCTP,
    IP_PROTO_TCP,
    IP_PROTO_UDP,
)

__all__ = ["Packet"]

_ETHERNET_LEN = 14
_MIN_ETH_TYPE = 0x0600
_SNAP = bytes.fromhex("aaaa03 000000")
_VLAN_TYPES = frozenset({ETH_TYPE_VLAN, ETH_TYPE_QINQ})

_number = int.from_bytes
_ethernet = Struct(">QIH").unpack_from
_arp_header = Struct(">HHBBHHIIHII").unpack_from
_ipv4_header = Struct(">BBH2xHxB2xII").unpack_from
_ipv6_header = Struct(">IHBxQQQQ").unpack_from
_word = Struct(">I").unpack_from
_two_u16 = Struct(">HH").unpack_from
_two_u8 = Struct(">BB").unpack_from


class _Field:
    """A match field as an attribute: its value, or None where the packet has no such field."""

    __slots__ = ("name",)

    def __set_name__(self, owner: type[Packet], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, packet: None, owner: type[Packet]) -> _Field: ...
    @overload
    def __get__(self, packet: Packet, owner: type[Packet]) -> int | None: ...
    def __get__(self, packet: Packet | None, owner: type[Packet]) -> _Field | int | None:
        return self if packet is None else packet.fields().get(self.name)


class Packet:
    """A frame, its headers located, its match fields as attributes (OpenFlow 1.3.5, 7.2.3.7).

    `total_len` is the frame's length on the link where `data` is only the head of it, as in a
    packet-in; lengths inside the frame are then checked against that. Offsets are -1 for what the
    frame does not have.
    """

    __slots__ = (
        "_fields",
        "_l3_end",
        "_l4_offset",
        "_nd_lladdr_offset",
        "data",
        "eth_type",
        "eth_type_offset",
        "l3_offset",
        "total_len",
        "vlan_count",
    )

    vlan_pcp = _Field()
    mpls_label = _Field()
    mpls_tc = _Field()
    mpls_bos = _Field()
    pbb_isid = _Field()
    arp_op = _Field()
    arp_spa = _Field()
    arp_tpa = _Field()
    arp_sha = _Field()
    arp_tha = _Field()
    ip_dscp = _Field()
    ip_ecn = _Field()
    ip_proto = _Field()
    ipv4_src = _Field()
    ipv4_dst = _Field()
    ipv6_src = _Field()
    ipv6_dst = _Field()
    ipv6_flabel = _Field()
    ipv6_exthdr = _Field()
    tcp_src = _Field()
    tcp_dst = _Field()
    udp_src = _Field()
    udp_dst = _Field()
    sctp_src = _Field()
    sctp_dst = _Field()
    icmpv4_type = _Field()
    icmpv4_code = _Field()
    icmpv6_type = _Field()
    icmpv6_code = _Field()
    ipv6_nd_target = _Field()
    ipv6_nd_sll = _Field()
    ipv6_nd_tll = _Field()

    def __init__(self, data: bytes, total_len: int = 0) -> None:
        size = len(data)
        self.data = data
        self.total_len = size
        if total_len > size:
            self.total_len = total_len
        self.vlan_count = 0
        self._fields: dict[str, int] | None = None
        self._l3_end = self._l4_offset = self._nd_lladdr_offset = -1
        self.eth_type: int | None = None
        if size < _ETHERNET_LEN:
            self.eth_type_offset = self.l3_offset = -1
            return
        eth_type = data[12] << 8 | data[13]
        if eth_type < _MIN_ETH_TYPE or eth_type in _VLAN_TYPES:
            self._locate_eth_type(eth_type)
            return
        self.eth_type_offset, self.l3_offset, self.eth_type = 12, 14, eth_type

    def _locate_eth_type(self, eth_type: int) -> None:
        """Step over the VLAN tags; a tag that is cut short hides the type and all above."""
        data, offset = self.data, 12
        self.eth_type_offset = self.l3_offset = -1
        while eth_type in _VLAN_TYPES:
            offset += 4
            if offset + 2 > len(data):
                return
            self.vlan_count += 1
            eth_type = data[offset] << 8 | data[offset + 1]
        self.eth_type_offset, self.l3_offset, self.eth_type = offset, offset + 2, eth_type
        if eth_type < _MIN_ETH_TYPE:
            self._locate_snap_type(offset + 2)

    def _locate_snap_type(self, llc: int) -> None:
        """Take the type from the SNAP header of an 802.3 frame, when it has one with OUI 0."""
        data = self.data
        self.eth_type = ETH_TYPE_NONE
        if len(data) < llc + 8 or data[llc : llc + 6] != _SNAP:
            return
        snap_type = data[llc + 6] << 8 | data[llc + 7]
        if snap_type >= _MIN_ETH_TYPE:
            self.eth_type_offset, self.l3_offset, self.eth_type = llc + 6, llc + 8, snap_type

    @property
    def eth_dst(self) -> int | None:
        """Destination address of the (outer) Ethernet header."""
        data = self.data
        return _number(data[:6]) if len(data) >= _ETHERNET_LEN else None

    @property
    def eth_src(self) -> int | None:
        """Source address of the (outer) Ethernet header."""
        data = self.data
        return _number(data[6:12]) if len(data) >= _ETHERNET_LEN else None

    @property
    def vlan_vid(self) -> int | None:
        """OFPVID_PRESENT and the outermost tag's VLAN id; OFPVID_NONE (0) for an untagged frame."""
        if self.vlan_count:
            return OFPVID_PRESENT | (self.data[14] << 8 | self.data[15]) & 0xFFF
        return 0 if self.l3_offset >= 0 else None

    @property
    def vlan_offset(self) -> int:
        """Offset of the outermost tag from its 0x8100 or 0x88a8 on; `vlan_count` tags follow."""
        return 12 if self.vlan_count else -1

    @property
    def l3_end(self) -> int:
        """Offset behind the IP datagram, without the padding of a short frame."""
        self.fields()
        return self._l3_end

    @property
    def l4_offset(self) -> int:
        """Offset of the TCP, UDP, SCTP or ICMP header, when it is there in full."""
        self.fields()
        return self._l4_offset

    @property
    def nd_lladdr_offset(self) -> int:
        """Offset of the address that `ipv6_nd_sll` or `ipv6_nd_tll` is read from."""
        self.fields()
        return self._nd_lladdr_offset

    def fields(self) -> dict[str, int]:
        """Return every match field that the frame has, by OXM name: the frame's part of a flow key.

        The dictionary belongs to the packet: copy it before changing it.
        """
        if self._fields is None:
            self._fields = self._read_fields()
        return self._fields

    def _read_fields(self) -> dict[str, int]:
        data, eth_type = self.data, self.eth_type
        if len(data) < _ETHERNET_LEN:
            return {}
        head, tail, _ = _ethernet(data)
        fields = {"eth_dst": head >> 16, "eth_src": (head & 0xFFFF) << 32 | tail}
        if self.vlan_count:
            tci = data[14] << 8 | data[15]
            fields["vlan_vid"] = OFPVID_PRESENT | tci & 0xFFF
            fields["vlan_pcp"] = tci >> 13
        if eth_type is None:
            return fields
        fields.setdefault("vlan_vid", 0)
        fields["eth_type"] = eth_type
        read = _NETWORK.get(eth_type)
        if read is not None:
            read(self, fields)
        return fields

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value:#x}" for name, value in self.fields().items())
        return f"<Packet {self.total_len} bytes: {inside}>"

    # The readers below add the fields of one header, or nothing when the header is not right.

    def _read_mpls(self, fields: dict[str, int]) -> None:
        """Add the outermost label stack entry (RFC 3032, 2.1)."""
        if len(self.data) < self.l3_offset + 4:
            return
        (entry,) = _word(self.data, self.l3_offset)
        fields["mpls_label"] = entry >> 12
        fields["mpls_tc"] = entry >> 9 & 7
        fields["mpls_bos"] = entry >> 8 & 1

    def _read_pbb(self, fields: dict[str, int]) -> None:
        """Add the service id of the I-TAG: the low 24 bits after its type (IEEE 802.1Q, 9.7)."""
        if len(self.data) >= self.l3_offset + 4:
            (tci,) = _word(self.data, self.l3_offset)
            fields["pbb_isid"] = tci & 0xFFFFFF

    def _read_arp(self, fields: dict[str, int]) -> None:
        """Add an ARP packet's fields, for IPv4 on Ethernet (RFC 826)."""
        if len(self.data) < self.l3_offset + 28:
            return
        header = _arp_header(self.data, self.l3_offset)
        if header[:4] != (1, ETH_TYPE_IPV4, 6, 4):
            return
        op, sha_head, sha_tail, spa, tha_head, tha_tail, tpa = header[4:]
        fields["arp_op"] = op
        fields["arp_spa"] = spa
        fields["arp_tpa"] = tpa
        fields["arp_sha"] = sha_head << 32 | sha_tail
        fields["arp_tha"] = tha_head << 32 | tha_tail

    def _read_ipv4(self, fields: dict[str, int]) -> None:
        """Add the IPv4 header (RFC 791, 3.1) and, but for later fragments, the transport header."""
        start = self.l3_offset
        if len(self.data) < start + 20:
            return
        first, tos, length, fragment, proto, src, dst = _ipv4_header(self.data, start)
        header_len = (first & 15) * 4
        if first >> 4 != 4 or not 20 <= header_len <= length or start + length > self.total_len:
            return
        fields["ip_dscp"] = tos >> 2
        fields["ip_ecn"] = tos & 3
        fields["ip_proto"] = proto
        fields["ipv4_src"] = src
        fields["ipv4_dst"] = dst
        self._l3_end = start + length
        if not fragment & 0x1FFF and proto in _IPV4_TRANSPORT:
            self._read_transport(fields, _IPV4_TRANSPORT[proto], start + header_len)

    def _read_ipv6(self, fields: dict[str, int]) -> None:
        """Add the IPv6 header (RFC 8200, 3), its extension headers and the transport header."""
        start = self.l3_offset + 40
        if len(self.data) < start:
            return
        first, length, proto, src, src_tail, dst, dst_tail = _ipv6_header(self.data, start - 40)
        if first >> 28 != 6 or start + length > self.total_len:
            return
        fields["ip_dscp"] = first >> 22 & 0x3F
        fields["ip_ecn"] = first >> 20 & 3
        fields["ipv6_src"] = src << 64 | src_tail
        fields["ipv6_dst"] = dst << 64 | dst_tail
        fields["ipv6_flabel"] = first & 0xFFFFF
        self._l3_end = start + length
        exthdr, later_fragment, offset = 0, False, start
        if proto in EXTENSIONS:
            chain = walk(self.data, proto, start, min(self._l3_end, len(self.data)))
            if chain is None:
                return
            exthdr, proto, offset, later_fragment = chain
        fields["ip_proto"], fields["ipv6_exthdr"] = proto, exthdr
        if not later_fragment and proto in _IPV6_TRANSPORT:
            self._read_transport(fields, _IPV6_TRANSPORT[proto], offset)
            if fields.get("icmpv6_type") in _ND_ADDRESS and not fields["icmpv6_code"]:
                self._read_neighbor_discovery(fields, offset + 8)

    def _read_transport(self, fields: dict[str, int], header: _Transport, offset: int) -> None:
        """Add the two fields that lead every transport header we know: ports, or type and code."""
        first, second, length, unpack = header
        if offset + length <= min(self._l3_end, len(self.data)):
            self._l4_offset = offset
            fields[first], fields[second] = unpack(self.data, offset)

    def _read_neighbor_discovery(self, fields: dict[str, int], target: int) -> None:
        """Add target and link-layer address of a solicitation or advertisement (RFC 4861, 4.3)."""
        data, end = self.data, min(self._l3_end, len(self.data))
        if target + 16 > end:
            return
        fields["ipv6_nd_target"] = int.from_bytes(data[target : target + 16], "big")
        option, name = _ND_ADDRESS[fields["icmpv6_type"]]
        offset = target + 16
        while offset + 8 <= end and 0 < data[offset + 1] * 8 <= end - offset:
            if data[offset] == option and data[offset + 1] == 1:
                fields[name] = int.from_bytes(data[offset + 2 : offset + 8], "big")
                self._nd_lladdr_offset = offset + 2
                return
            offset += data[offset + 1] * 8


_Transport = tuple[str, str, int, Callable[[bytes, int], tuple[int, int]]]

# EtherType -> what reads the header behind it.
_NETWORK: dict[int, Callable[[Packet, dict[str, int]], None]] = {
    ETH_TYPE_IPV4: Packet._read_ipv4,
    ETH_TYPE_ARP: Packet._read_arp,
    ETH_TYPE_IPV6: Packet._read_ipv6,
    ETH_TYPE_MPLS: Packet._read_mpls,
    ETH_TYPE_MPLS_MULTICAST: Packet._read_mpls,
    ETH_TYPE_PBB: Packet._read_pbb,
}

# IP protocol -> the first two fields, the length of the header's fixed part, how to read the two.
_PORTS: dict[int, _Transport] = {
    IP_PROTO_TCP: ("tcp_src", "tcp_dst", 20, _two_u16),
    IP_PROTO_UDP: ("udp_src", "udp_dst", 8, _two_u16),
    IP_PROTO_SCTP: ("sctp_src", "sctp_dst", 12, _two_u16),
}
_IPV4_TRANSPORT = _PORTS | {IP_PROTO_ICMP: ("icmpv4_type", "icmpv4_code", 8, _two_u8)}
_IPV6_TRANSPORT = _PORTS | {IP_PROTO_ICMPV6: ("icmpv6_type", "icmpv6_code", 4, _two_u8)}

# ICMPv6 type of neighbour discovery -> the option that holds a link-layer address, and its field.
_ND_ADDRESS = {135: (1, "ipv6_nd_sll"), 136: (2, "ipv6_nd_tll")}
