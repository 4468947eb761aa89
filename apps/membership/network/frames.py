"""Frames that a member without an interface sends and understands: ARP, neighbour discovery, echo, UDP, TCP.

IP addresses are bytes, 4 of IPv4 or 16 of IPv6; Ethernet addresses are ints. `read` takes the header view of a frame
and gives what is in it, or says why it is nothing; it never raises, whatever the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from openflow.addresses import BROADCAST_MAC
from openflow.packet import Packet

ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
ARP_REQUEST, ARP_REPLY = 1, 2
ND_SOLICIT, ND_ADVERT = 135, 136
ECHO = {ICMP: (8, 0), ICMPV6: (128, 129)}
"""The types of an echo request and its reply."""

NOBODY = bytes(4)
_PRESENT = 0x1000
_VID = 0xFFF
_HOPS = 64
_ND_HOPS = 255
_LEAST = 60
_DONT_FRAGMENT, _FRAGMENT = 0x4000, 0x3FFF
_SLL, _TLL = 1, 2
_SOLICITED, _OVERRIDE = 0x40, 0x20

_ARP = Struct(">HHBBHQIQI")
_ARP_BODY = Struct(">HHBBH6s4s6s4s")
_IPV4 = Struct(">BBHHHBBH4s4s")
_IPV6 = Struct(">IHBB16s16s")
_UDP = Struct(">HHHH")
_ICMP = Struct(">BBHHH")


@dataclass(frozen=True, slots=True)
class Lost:
    """A frame that is nothing to us; `reason` is counted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP request or reply (RFC 826)."""

    op: int
    sender_mac: int
    sender: bytes
    target: bytes


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour solicitation or advertisement (RFC 4861, 4.3 and 4.4); `mac` is None when it does not say."""

    solicit: bool
    source: bytes
    target: bytes
    mac: int | None


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request or reply (RFC 792, RFC 4443, 4)."""

    request: bool
    source: bytes
    target: bytes
    payload: bytes
    """Identifier, number, and what follows."""


@dataclass(frozen=True, slots=True)
class Transport:
    """What a UDP datagram or a TCP segment is: the bytes from its header on, its checksum found right."""

    proto: int
    source: bytes
    target: bytes
    data: bytes


Read = Arp | Neighbour | Echo | Transport | Lost


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071) of these bytes."""
    if len(data) % 2:
        data += b"\0"
    return 0xFFFF - (int.from_bytes(data, "big") % 0xFFFF or (0xFFFF if any(data) else 0))


def ethernet(dst: int, src: int, vlan: int, eth_type: int, payload: bytes) -> bytes:
    """A frame; `vlan` is as in `Packet.vlan_vid`, 0 for no tag."""
    tag = (ETH_VLAN << 16 | vlan & _VID).to_bytes(4, "big") if vlan & _PRESENT else b""
    head = dst.to_bytes(6, "big") + src.to_bytes(6, "big")
    return (head + tag + eth_type.to_bytes(2, "big") + payload).ljust(_LEAST, b"\0")


def arp(op: int, sender_mac: int, sender: bytes, target_mac: int, target: bytes) -> bytes:
    """The body of an ARP frame."""
    macs = sender_mac.to_bytes(6, "big"), target_mac.to_bytes(6, "big")
    return _ARP_BODY.pack(1, ETH_IPV4, 6, 4, op, macs[0], sender, macs[1], target)


def packet(proto: int, source: bytes, target: bytes, payload: bytes, hops: int = _HOPS) -> bytes:
    """An IP packet of the addresses' version."""
    if len(source) == 16:
        return _IPV6.pack(6 << 28, len(payload), proto, hops, source, target) + payload
    args = (0x45, 0, 20 + len(payload), 0, _DONT_FRAGMENT, hops, proto)
    head = _IPV4.pack(*args, 0, source, target)
    return _IPV4.pack(*args, checksum(head), source, target) + payload


def sealed(proto: int, source: bytes, target: bytes, data: bytes, at: int) -> bytes:
    """The same data with its checksum put in, at an offset where there are zeros."""
    total = checksum(_pseudo(proto, source, target, len(data)) + data)
    if proto == UDP and total == 0:
        total = 0xFFFF  # 0 says that there is none (RFC 768)
    return data[:at] + total.to_bytes(2, "big") + data[at + 2 :]


def udp(source: bytes, src_port: int, target: bytes, dst_port: int, data: bytes) -> bytes:
    """An IP packet with a UDP datagram."""
    body = _UDP.pack(src_port, dst_port, 8 + len(data), 0) + data
    return packet(UDP, source, target, sealed(UDP, source, target, body, 6))


def echo(request: bool, source: bytes, target: bytes, payload: bytes) -> bytes:
    """An IP packet with an echo request or reply."""
    if len(source) == 16:
        body = bytes([ECHO[ICMPV6][not request], 0, 0, 0]) + payload
        return packet(ICMPV6, source, target, sealed(ICMPV6, source, target, body, 2))
    body = bytes([ECHO[ICMP][not request], 0, 0, 0]) + payload
    total = checksum(body).to_bytes(2, "big")
    return packet(ICMP, source, target, body[:2] + total + payload)


def solicit(source: bytes, mac: int, target: bytes) -> bytes:
    """An IPv6 packet that asks who has an address, for all whose address ends the same."""
    option = bytes([_SLL, 1]) + mac.to_bytes(6, "big")
    return _nd(ND_SOLICIT, source, solicited_node(target), bytes(4) + target + option)


def advertise(source: bytes, mac: int, to: bytes) -> bytes:
    """An IPv6 packet that answers such a question about `source`."""
    option = bytes([_TLL, 1]) + mac.to_bytes(6, "big")
    return _nd(ND_ADVERT, source, to, bytes([_SOLICITED | _OVERRIDE, 0, 0, 0]) + source + option)


def _nd(kind: int, source: bytes, target: bytes, rest: bytes) -> bytes:
    body = bytes([kind, 0, 0, 0]) + rest
    return packet(ICMPV6, source, target, sealed(ICMPV6, source, target, body, 2), _ND_HOPS)


def solicited_node(address: bytes) -> bytes:
    """The multicast address at which questions about an IPv6 address are asked (RFC 4291, 2.7.1)."""
    return bytes.fromhex("ff0200000000000000000001ff") + address[13:]


def multicast_mac(address: bytes) -> int:
    """The Ethernet address of an IPv6 multicast address (RFC 2464, 7)."""
    return 0x3333 << 32 | int.from_bytes(address[12:], "big")


def link_local(mac: int) -> bytes:
    """The IPv6 address that an Ethernet address makes (RFC 4291, 2.5.6 and appendix A)."""
    octets = (mac ^ 1 << 41).to_bytes(6, "big")
    return bytes.fromhex("fe80000000000000") + octets[:3] + b"\xff\xfe" + octets[3:]


def question(mac: int, source: bytes, target: bytes, vlan: int, to: int | None = None) -> bytes:
    """A frame that asks who has an IP address; of all, unless `to` says whom. An IPv4 source may be `NOBODY`."""
    if len(target) == 16:
        dst = multicast_mac(solicited_node(target)) if to is None else to
        return ethernet(dst, mac, vlan, ETH_IPV6, solicit(source, mac, target))
    body = arp(ARP_REQUEST, mac, source, 0, target)
    return ethernet(BROADCAST_MAC if to is None else to, mac, vlan, ETH_ARP, body)


# --- taking frames apart --------------------------------------------------------------------------


def read(frame: Packet) -> Read:
    """What is in a frame."""
    fields = frame.fields()
    if "arp_op" in fields:
        sender, target = fields["arp_spa"].to_bytes(4, "big"), fields["arp_tpa"].to_bytes(4, "big")
        return Arp(fields["arp_op"], fields["arp_sha"], sender, target)
    if frame.l4_offset < 0 or frame.l3_end > len(frame.data):
        return Lost("fragment" if _is_fragment(frame, fields) else "not_understood")
    if _is_fragment(frame, fields):
        return Lost("fragment")
    if "ipv4_src" in fields:
        source, target = (fields[name].to_bytes(4, "big") for name in ("ipv4_src", "ipv4_dst"))
    else:
        source, target = (fields[name].to_bytes(16, "big") for name in ("ipv6_src", "ipv6_dst"))
    data = bytes(frame.data[frame.l4_offset : frame.l3_end])
    return _read_transport(fields["ip_proto"], source, target, data, fields)


def _read_transport(
    proto: int, source: bytes, target: bytes, data: bytes, fields: dict[str, int]
) -> Read:
    unsigned = proto == UDP and len(source) == 4 and data[6:8] == b"\0\0"
    pseudo = b"" if proto == ICMP else _pseudo(proto, source, target, len(data))
    if not unsigned and checksum(pseudo + data):
        return Lost("bad_checksum")
    if proto in (UDP, TCP):
        return Transport(proto, source, target, data)
    if proto not in ECHO or len(data) < 8:
        return Lost("not_understood")
    if data[0] in ECHO[proto]:
        return Echo(data[0] == ECHO[proto][0], source, target, data[4:])
    if proto == ICMPV6 and data[0] in (ND_SOLICIT, ND_ADVERT) and len(data) >= 24:
        solicits = data[0] == ND_SOLICIT
        mac = fields.get("ipv6_nd_sll" if solicits else "ipv6_nd_tll")
        return Neighbour(solicits, source, data[8:24], mac)
    return Lost("not_understood")


def datagram(data: bytes) -> tuple[int, int, bytes] | None:
    """The ports and the payload of a UDP datagram; None if its length is wrong."""
    if len(data) < 8:
        return None
    src, dst, size, _ = _UDP.unpack_from(data)
    return (src, dst, data[8:size]) if 8 <= size <= len(data) else None


def _pseudo(proto: int, source: bytes, target: bytes, size: int) -> bytes:
    """What checksums cover beside the data (RFC 768, RFC 9293, 3.1; RFC 8200, 8.1)."""
    return source + target + size.to_bytes(4, "big") + proto.to_bytes(4, "big")


def _is_fragment(frame: Packet, fields: dict[str, int]) -> bool:
    if "ipv4_src" not in fields:
        return False
    at = frame.l3_offset + 6
    return bool(int.from_bytes(frame.data[at : at + 2], "big") & _FRAGMENT)
