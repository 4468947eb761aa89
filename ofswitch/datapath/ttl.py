"""The TTL actions, for IPv4, IPv6 and MPLS (OpenFlow 1.3.5, 5.12 and 7.2.5).

Each returns the frame as it was where it has no such header. A decrement of a TTL of 0 or 1 is
refused with `InvalidTtl`: the packet must not go on.
"""

from __future__ import annotations

from ofswitch.datapath.checksums import Covered, Edit, adjust_ipv4_header, edit, is_ipv4
from ofswitch.datapath.tags import outermost_label
from ofswitch.frame import Frame
from openflow.packet import Packet

_IPV4_TTL, _IPV6_HOP_LIMIT, _MPLS_TTL = 8, 7, 3
_IPV4_HEADER, _IPV6_HEADER = 20, 40


class InvalidTtl(Exception):
    """The TTL has run out."""


def nw_ttl(packet: Packet) -> int | None:
    """IPv4's TTL or IPv6's hop limit, of a packet that has one."""
    if is_ipv4(packet):
        return packet.data[packet.l3_offset + _IPV4_TTL]
    if "ipv6_src" in packet.fields():
        return packet.data[packet.l3_offset + _IPV6_HOP_LIMIT]
    return None


def mpls_ttl(packet: Packet) -> int | None:
    """The TTL of the outermost label, of a packet that has one."""
    entry = outermost_label(packet)
    return None if entry is None else entry & 0xFF


def set_nw_ttl(frame: Frame, packet: Packet, ttl: int) -> Frame:
    """Set IPv4's TTL or IPv6's hop limit."""
    if is_ipv4(packet):
        place = packet.l3_offset + _IPV4_TTL
        return edit(frame, packet, Edit(place, bytes([ttl]), Covered.IPV4_HEADER))
    if "ipv6_src" in packet.fields():
        return edit(frame, packet, Edit(packet.l3_offset + _IPV6_HOP_LIMIT, bytes([ttl])))
    return frame


def dec_nw_ttl(frame: Frame, packet: Packet) -> Frame:
    """Take one off IPv4's TTL or IPv6's hop limit."""
    ttl = nw_ttl(packet)
    return frame if ttl is None else set_nw_ttl(frame, packet, _one_less(ttl))


def set_mpls_ttl(frame: Frame, packet: Packet, ttl: int) -> Frame:
    """Set the TTL of the outermost label."""
    if outermost_label(packet) is None:
        return frame
    return edit(frame, packet, Edit(packet.l3_offset + _MPLS_TTL, bytes([ttl])))


def dec_mpls_ttl(frame: Frame, packet: Packet) -> Frame:
    """Take one off the TTL of the outermost label."""
    ttl = mpls_ttl(packet)
    return frame if ttl is None else set_mpls_ttl(frame, packet, _one_less(ttl))


def copy_ttl_out(frame: Frame, packet: Packet) -> Frame:
    """Copy the TTL of the header under the outermost label to that label."""
    inner = _under_label(packet)
    return frame if inner < 0 else set_mpls_ttl(frame, packet, frame.data[inner])


def copy_ttl_in(frame: Frame, packet: Packet) -> Frame:
    """Copy the TTL of the outermost label to the header under it: a label, IPv4 or IPv6."""
    inner, entry = _under_label(packet), outermost_label(packet)
    if inner < 0 or entry is None:
        return frame
    data = bytearray(frame.data)
    data[inner] = entry & 0xFF
    if _is_bottom(entry) and frame.data[packet.l3_offset + 4] >> 4 == 4:
        old, new = frame.data[inner : inner + 1], bytes([entry & 0xFF])
        adjust_ipv4_header(data, packet.l3_offset + 4, old, new)
    return Frame(bytes(data), frame.offload)


def _one_less(ttl: int) -> int:
    if ttl <= 1:
        raise InvalidTtl
    return ttl - 1


def _is_bottom(entry: int) -> bool:
    return bool(entry & 1 << 8)


def _under_label(packet: Packet) -> int:
    """The offset of the TTL under the outermost label; -1 when that is no label, IPv4 or IPv6."""
    entry = outermost_label(packet)
    if entry is None:
        return -1
    start = packet.l3_offset + 4
    room = len(packet.data) - start
    if not _is_bottom(entry):
        return start + _MPLS_TTL if room >= 4 else -1
    version = packet.data[start] >> 4 if room else 0
    if version == 4 and room >= _IPV4_HEADER:
        return start + _IPV4_TTL
    return start + _IPV6_HOP_LIMIT if version == 6 and room >= _IPV6_HEADER else -1
