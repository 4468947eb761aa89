"""A frame that has certain fields: no longer than it must be, with lengths and checksums that are right.

What is not given is zero, but for the source of the frame (some station), times to live (64), TCP's flags
(SYN), and ARP, which is a request to all. Fields are written where SET_FIELD writes them, into a frame with
the headers that they need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import pack

from ofswitch.datapath import ttl
from ofswitch.datapath.rewrite import set_field
from ofswitch.frame import Frame
from openflow.constants import OFPVID_PRESENT
from openflow.fields import (
    ETH_TYPE_ARP,
    ETH_TYPE_IPV4,
    ETH_TYPE_IPV6,
    ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MULTICAST,
    ETH_TYPE_NONE,
    ETH_TYPE_PBB,
    ETH_TYPE_VLAN,
    IP_PROTO_ICMP,
    IP_PROTO_ICMPV6,
    IP_PROTO_SCTP,
    IP_PROTO_TCP,
    IP_PROTO_UDP,
)
from openflow.packet import Packet

Fields = Mapping[str, int]

SHORTEST = 60
"""Octets of an Ethernet frame at least, without its checksum."""

TIMES_TO_LIVE: dict[str, Callable[[Frame, Packet, int], Frame]] = {
    "nw_ttl": ttl.set_nw_ttl,
    "mpls_ttl": ttl.set_mpls_ttl,
}
"""What can be said of a packet though it cannot be matched."""

_SOME_STATION = bytes.fromhex("020000000001")
_ALL = b"\xff" * 6
_REQUEST = 1
_TTL = 64
_SYN = 2
_NO_NEXT_HEADER = 59
_LLC = bytes.fromhex("424203")
_ND_OPTIONS = {"ipv6_nd_sll": 1, "ipv6_nd_tll": 2}
_ND_TYPES = (135, 136)


def compose(fields: Fields) -> bytes:
    """Return a frame with these fields, whose prerequisites are among them.

    Raises ValueError for a field that cannot be had together with the others.
    """
    frame = Frame(_ethernet(fields))
    for name, value in fields.items():
        edit = TIMES_TO_LIVE.get(name)
        packet = Packet(frame.data)
        frame = edit(frame, packet, value) if edit else set_field(frame, packet, name, value)
    _check(Packet(frame.data), fields)
    return frame.data.ljust(SHORTEST, b"\0")


def _check(packet: Packet, fields: Fields) -> None:
    """Every field is as it was asked for."""
    found = packet.fields() | {"nw_ttl": ttl.nw_ttl(packet), "mpls_ttl": ttl.mpls_ttl(packet)}
    for name, value in fields.items():
        if found.get(name) != value:
            raise ValueError(f"no packet with the other fields has {name}={value:#x}")


def _ethernet(fields: Fields) -> bytes:
    tag = pack(">HH", ETH_TYPE_VLAN, 0) if fields.get("vlan_vid", 0) & OFPVID_PRESENT else b""
    eth_type = fields.get("eth_type", ETH_TYPE_NONE)
    payload = _PAYLOADS[eth_type](fields) if eth_type in _PAYLOADS else b""
    kind = len(payload) if eth_type == ETH_TYPE_NONE else eth_type
    asks_all = eth_type == ETH_TYPE_ARP and fields.get("arp_op", _REQUEST) == _REQUEST
    return (_ALL if asks_all else bytes(6)) + _SOME_STATION + tag + pack(">H", kind) + payload


def _arp(fields: Fields) -> bytes:
    return pack(">HHBBH20x", 1, ETH_TYPE_IPV4, 6, 4, _REQUEST)


def _mpls(fields: Fields) -> bytes:
    return pack(">I20x", 1 << 8 | _TTL)


def _pbb(fields: Fields) -> bytes:
    return bytes(4 + 12) + pack(">H", ETH_TYPE_NONE)


def _ipv4(fields: Fields) -> bytes:
    proto = fields.get("ip_proto", 0)
    payload = _transport(proto, fields)
    header = pack(">BBHHHBBH8x", 0x45, 0, 20 + len(payload), 0, 0, _TTL, proto, 0)
    return _with_checksum(header, 10) + payload


def _ipv6(fields: Fields) -> bytes:
    proto = fields.get("ip_proto", _NO_NEXT_HEADER)
    payload = _transport(proto, fields)
    return pack(">IHBB32x", 6 << 28, len(payload), proto, _TTL) + payload


def _transport(proto: int, fields: Fields) -> bytes:
    return _TRANSPORTS[proto](fields) if proto in _TRANSPORTS else b""


def _icmpv4(fields: Fields) -> bytes:
    return _with_checksum(bytes(8), 2)


def _tcp(fields: Fields) -> bytes:
    header = pack(">HHIIBBHHH", 0, 0, 0, 0, 5 << 4, _SYN, 0xFFFF, 0, 0)
    return _with_checksum(header, 16, IP_PROTO_TCP)


def _udp(fields: Fields) -> bytes:
    return _with_checksum(pack(">HHHH", 0, 0, 8, 0), 6, IP_PROTO_UDP)


def _sctp(fields: Fields) -> bytes:
    return bytes(12)


def _icmpv6(fields: Fields) -> bytes:
    kind = fields.get("icmpv6_type", 0)
    body = bytes(4)
    if kind in _ND_TYPES:
        options = (pack(">BB6x", _ND_OPTIONS[name], 1) for name in _ND_OPTIONS if name in fields)
        body += bytes(16) + b"".join(options)
    return _with_checksum(pack(">BBH", kind, 0, 0) + body, 2, IP_PROTO_ICMPV6)


def _with_checksum(octets: bytes, at: int, proto: int | None = None) -> bytes:
    """Put a checksum in; with `proto`, over the pseudo-header between two addresses of zeros too."""
    total = 0 if proto is None else proto + len(octets)
    total += sum(int.from_bytes(octets[i : i + 2], "big") for i in range(0, len(octets), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return octets[:at] + pack(">H", ~total & 0xFFFF) + octets[at + 2 :]


_PAYLOADS: dict[int, Callable[[Fields], bytes]] = {
    ETH_TYPE_NONE: lambda fields: _LLC,
    ETH_TYPE_ARP: _arp,
    ETH_TYPE_IPV4: _ipv4,
    ETH_TYPE_IPV6: _ipv6,
    ETH_TYPE_MPLS: _mpls,
    ETH_TYPE_MPLS_MULTICAST: _mpls,
    ETH_TYPE_PBB: _pbb,
}

_TRANSPORTS: dict[int, Callable[[Fields], bytes]] = {
    IP_PROTO_ICMP: _icmpv4,
    IP_PROTO_TCP: _tcp,
    IP_PROTO_UDP: _udp,
    IP_PROTO_ICMPV6: _icmpv6,
    IP_PROTO_SCTP: _sctp,
}
