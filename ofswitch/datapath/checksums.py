"""Keep checksums right while header fields change.

A checksum is adjusted by the difference that an edit makes (RFC 1624), never computed afresh: a
packet that was damaged on its way stays recognisably damaged, and fragments and truncated packets
need no special treatment, since the rest of the packet is not looked at.

While a frame's checksum is unfinished (`ofswitch.frame`), the field holds the sum over the
pseudo-header only, not complemented. A change to a pseudo-header field is added to it, and a change
to what the checksum itself covers leaves it alone: whoever finishes the frame sums that up.

UDP's checksum 0 says that there is none, and stays 0 (RFC 768); a sum that comes out as 0 is sent as
0xffff. SCTP has a CRC32c over its whole packet and no pseudo-header (RFC 9260, 6.8). That of a
fragment's packet cannot be known here: it is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from ofswitch.frame import Frame
from ofswitch.offload import crc32c, ones_sum
from openflow.exthdr import ExtHdr
from openflow.fields import (
    ETH_TYPE_IPV4,
    IP_PROTO_ICMP,
    IP_PROTO_ICMPV6,
    IP_PROTO_SCTP,
    IP_PROTO_TCP,
    IP_PROTO_UDP,
)
from openflow.packet import Packet

_IPV4_CHECKSUM = 10
_IPV4_MORE_OR_OFFSET = 0x3FFF
_SCTP_CHECKSUM = 8

_CHECKSUM_OFFSET = {IP_PROTO_TCP: 16, IP_PROTO_UDP: 6, IP_PROTO_ICMP: 2, IP_PROTO_ICMPV6: 2}
_WITH_PSEUDO_HEADER = frozenset({IP_PROTO_TCP, IP_PROTO_UDP, IP_PROTO_ICMPV6})


class Covered(Flag):
    """Which checksums cover a field."""

    NOTHING = 0
    IPV4_HEADER = auto()
    PSEUDO_HEADER = auto()
    TRANSPORT = auto()


@dataclass(frozen=True, slots=True)
class Edit:
    """Some octets of a frame that change their value but not their number.

    `odd` says whether they begin in the second octet of a 16-bit word of the sum; `odd_in_pseudo`
    says it for the pseudo-header, where the protocol number stands elsewhere than in IPv6's header.
    """

    offset: int
    new: bytes
    covered: Covered = Covered.NOTHING
    odd: bool = False
    odd_in_pseudo: bool = False


def edit(frame: Frame, packet: Packet, change: Edit) -> Frame:
    """Return the frame with the octets changed and every checksum as right as it was before."""
    end = change.offset + len(change.new)
    old = frame.data[change.offset : end]
    if old == change.new:
        return frame
    data = bytearray(frame.data)
    data[change.offset : end] = change.new
    if Covered.IPV4_HEADER in change.covered:
        delta = _delta(old, change.new, change.odd)
        _adjust(data, packet.l3_offset + _IPV4_CHECKSUM, delta)
    if packet.l4_offset >= 0:
        _fix_transport(frame, data, packet, change, old)
    return Frame(bytes(data), frame.offload)


def is_fragment(packet: Packet) -> bool:
    """Whether this is a part of an IP packet, the first part included."""
    fields = packet.fields()
    if "ipv4_src" in fields:
        at = packet.l3_offset + 6
        return bool((packet.data[at] << 8 | packet.data[at + 1]) & _IPV4_MORE_OR_OFFSET)
    return bool(fields.get("ipv6_exthdr", 0) & ExtHdr.FRAG)


def adjust_ipv4_header(data: bytearray, ip: int, old: bytes, new: bytes) -> None:
    """Follow, in the checksum of the IPv4 header at `ip`, a change to octets at an even offset."""
    _adjust(data, ip + _IPV4_CHECKSUM, _delta(old, new, False))


def _fix_transport(frame: Frame, data: bytearray, packet: Packet, change: Edit, old: bytes) -> None:
    """Follow a change in the checksum of the transport header, as far as that covers it."""
    proto = packet.fields()["ip_proto"]
    if proto == IP_PROTO_SCTP:
        if Covered.TRANSPORT in change.covered:
            _fix_sctp(frame, data, packet)
        return
    field = packet.l4_offset + _CHECKSUM_OFFSET[proto]
    if Covered.PSEUDO_HEADER in change.covered and proto in _WITH_PSEUDO_HEADER:
        delta = _delta(old, change.new, change.odd_in_pseudo)
        if _is_unfinished(frame, field):
            total = int.from_bytes(data[field : field + 2], "big") + delta
            data[field : field + 2] = (total % 65535).to_bytes(2, "big")
        else:
            _adjust(data, field, delta, is_udp=proto == IP_PROTO_UDP)
    elif Covered.TRANSPORT in change.covered and not _is_unfinished(frame, field):
        delta = _delta(old, change.new, change.odd)
        _adjust(data, field, delta, is_udp=proto == IP_PROTO_UDP)


def _is_unfinished(frame: Frame, field: int) -> bool:
    offload = frame.offload
    return (
        offload is not None
        and offload.needs_csum
        and offload.csum_start + offload.csum_offset == field
    )


def _delta(old: bytes, new: bytes, odd: bool) -> int:
    """What a change adds to the ones' complement sum, modulo 65535."""
    pad = b"\0" if odd else b""
    return ones_sum(pad + new) - ones_sum(pad + old)


def _adjust(data: bytearray, field: int, delta: int, is_udp: bool = False) -> None:
    """Subtract a difference from a checksum, which is the complement of the sum."""
    value = data[field] << 8 | data[field + 1]
    if is_udp and value == 0:
        return
    value = (value - delta) % 65535
    if is_udp and value == 0:
        value = 0xFFFF
    data[field : field + 2] = value.to_bytes(2, "big")


def _fix_sctp(frame: Frame, data: bytearray, packet: Packet) -> None:
    """Change the CRC32c by what the edit changes it by: CRCs are linear."""
    start, end = packet.l4_offset, packet.l3_end
    field = start + _SCTP_CHECKSUM
    if is_fragment(packet) or _is_unfinished(frame, field):
        return
    difference = crc32c(memoryview(frame.data)[start:end]) ^ crc32c(memoryview(data)[start:end])
    before = int.from_bytes(frame.data[field : field + 4], "little")
    # The field itself is the same in both, and so is its share of the two sums.
    data[field : field + 4] = (before ^ difference).to_bytes(4, "little")


def is_ipv4(packet: Packet) -> bool:
    """Whether the packet has an IPv4 header that is right."""
    return packet.eth_type == ETH_TYPE_IPV4 and "ipv4_src" in packet.fields()
