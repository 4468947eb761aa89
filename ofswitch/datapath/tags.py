"""Push and pop of VLAN tags, MPLS labels and PBB service tags (OpenFlow 1.3.5, 5.12 and 5.12.1).

A new tag goes in as the outermost one, right behind the Ethernet header and before all other tags:
of OpenFlow 1.3, an MPLS label too, whose type then hides the VLAN tags under it. Its fields
are copied from the outermost header that has them, and zero where none has (table 8). What the
metadata of an unfinished frame point at moves along.

Each function returns the frame as it was where there is nothing to pop.
"""

from __future__ import annotations

from ofswitch.frame import Frame, Offload
from openflow.fields import (
    ETH_TYPE_IPV4,
    ETH_TYPE_IPV6,
    ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MULTICAST,
    ETH_TYPE_PBB,
)
from openflow.packet import Packet

_ADDRESSES = 12
"""Octets before the first type: the destination's and the source's address."""

MPLS_TYPES = frozenset({ETH_TYPE_MPLS, ETH_TYPE_MPLS_MULTICAST})
_BOTTOM_OF_STACK = 1 << 8


def push_vlan(frame: Frame, packet: Packet, ethertype: int) -> Frame:
    """Put a VLAN tag on, with the id and priority of the outermost tag so far."""
    if packet.l3_offset < 0:
        return frame
    fields = packet.fields()
    tci = fields.get("vlan_pcp", 0) << 13 | fields["vlan_vid"] & 0xFFF
    return _insert(frame, _ADDRESSES, _u16(ethertype) + _u16(tci))


def push_vlan_id(frame: Frame, packet: Packet) -> Frame:
    """Make sure of a tag, as 1.0's SET_VLAN_VID and SET_VLAN_PCP do: id 0, priority 0."""
    return frame if packet.vlan_count else push_vlan(frame, packet, 0x8100)


def pop_vlan(frame: Frame, packet: Packet) -> Frame:
    """Take the outermost VLAN tag off."""
    if not packet.vlan_count or packet.l3_offset < 0:
        return frame
    return _remove(frame, _ADDRESSES, 4)


def push_mpls(frame: Frame, packet: Packet, ethertype: int) -> Frame:
    """Put a label on, with label, class and TTL of the outermost label, or the TTL of IP."""
    if packet.l3_offset < 0:
        return frame
    entry = outermost_label(packet)
    if entry is None:
        entry = _ip_ttl(packet)
    entry &= ~_BOTTOM_OF_STACK
    below = int.from_bytes(frame.data[_ADDRESSES : _ADDRESSES + 2], "big")
    if below not in MPLS_TYPES:
        entry |= _BOTTOM_OF_STACK
    pushed = _insert(frame, _ADDRESSES + 2, entry.to_bytes(4, "big"))
    return _with_type(pushed, _ADDRESSES, ethertype)


def pop_mpls(frame: Frame, packet: Packet, ethertype: int) -> Frame:
    """Take the outermost label off; what was under it gets this type, bottom of stack or not."""
    if outermost_label(packet) is None:
        return frame
    popped = _remove(frame, packet.l3_offset, 4)
    return _with_type(popped, packet.eth_type_offset, ethertype)


def push_pbb(frame: Frame, packet: Packet, ethertype: int) -> Frame:
    """Wrap the whole frame: the same addresses again, a service tag, then the frame as it was."""
    if packet.l3_offset < 0:
        return frame
    fields = packet.fields()
    tci = fields.get("vlan_pcp", 0) << 29 | fields.get("pbb_isid", 0)
    header = frame.data[:_ADDRESSES] + _u16(ethertype) + tci.to_bytes(4, "big")
    return _insert(frame, 0, header)


def pop_pbb(frame: Frame, packet: Packet) -> Frame:
    """Unwrap: take off all that stands before the customer's frame, backbone VLAN tags included."""
    end = packet.l3_offset + 4
    if packet.eth_type != ETH_TYPE_PBB or len(frame.data) < end:
        return frame
    return _remove(frame, 0, end)


def outermost_label(packet: Packet) -> int | None:
    """The outermost MPLS label stack entry: label, class, bottom of stack, TTL."""
    at = packet.l3_offset
    if packet.eth_type not in MPLS_TYPES or len(packet.data) < at + 4:
        return None
    return int.from_bytes(packet.data[at : at + 4], "big")


def _ip_ttl(packet: Packet) -> int:
    fields = packet.fields()
    if packet.eth_type == ETH_TYPE_IPV4 and "ipv4_src" in fields:
        return packet.data[packet.l3_offset + 8]
    if packet.eth_type == ETH_TYPE_IPV6 and "ipv6_src" in fields:
        return packet.data[packet.l3_offset + 7]
    return 0


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _with_type(frame: Frame, offset: int, ethertype: int) -> Frame:
    data = frame.data
    return Frame(data[:offset] + _u16(ethertype) + data[offset + 2 :], frame.offload)


def _insert(frame: Frame, offset: int, octets: bytes) -> Frame:
    data = frame.data[:offset] + octets + frame.data[offset:]
    return Frame(data, _moved(frame.offload, len(octets)))


def _remove(frame: Frame, offset: int, count: int) -> Frame:
    data = frame.data[:offset] + frame.data[offset + count :]
    return Frame(data, _moved(frame.offload, -count))


def _moved(offload: Offload | None, octets: int) -> Offload | None:
    """Move what the metadata point at; metadata that no virtio-net header can say are dropped."""
    if offload is None:
        return None
    moved = offload.moved(octets)
    fits = 0 <= moved.csum_start <= 0xFFFF and 0 <= moved.hdr_len <= 0xFFFF
    return moved if fits else None
