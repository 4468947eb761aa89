"""What network hardware does to a frame on its way out, done in software.

Frames carry metadata that says what their sender left unfinished (`ofswitch.frame`). Where a frame
leaves through something that cannot carry it (a capture file, a packet-in to a controller, a
socket without virtio-net header), it is finished here first: `complete_checksum` fills in one
checksum, `segment` cuts a super-frame into the frames that it stands for. Both are pure and total:
a frame whose metadata contradict it never raises.

Sums are taken modulo 65535 over the whole of the octets as one big number. That is the ones'
complement sum of RFC 1071, since 65536 is 1 modulo 65535, and it is four times as fast in CPython
as adding up an array.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from struct import Struct
from typing import NamedTuple

from ofswitch.frame import GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, Frame, Offload

_U16 = Struct("!H")
_U32 = Struct("!I")

_ETH_TYPE_OFFSET = 12
_VLAN_TYPES = frozenset({b"\x81\x00", b"\x88\xa8", b"\x91\x00"})
_MPLS_TYPES = frozenset({b"\x88\x47", b"\x88\x48"})
_IP_TYPES = frozenset({b"\x08\x00", b"\x86\xdd"})
_PBB_TYPE = b"\x88\xe7"
_PBB_INNER_TYPE = 4 + _ETH_TYPE_OFFSET  # I-TAG, then the customer's two addresses

_IP_LENGTH_MAX = 0xFFFF
_SCTP_CSUM_OFFSET = 8  # its "checksum" is a CRC32c; nobody else has one there
_UDP_HEADER = 8
_IPV4_HEADER, _IPV6_HEADER = 20, 40
_PADDING_MAX = 46  # what a minimal Ethernet frame may carry beside its packet
_TCP_FIN_PSH = 0x09
_TCP_CWR = 0x80


def ones_sum(data: bytes | bytearray | memoryview) -> int:
    """Return the ones' complement sum of the 16-bit words, modulo 65535 (RFC 1071)."""
    return (int.from_bytes(data, "big") << 8 * (len(data) & 1)) % 65535


def internet_checksum(data: bytes | bytearray | memoryview) -> int:
    """Return the internet checksum as an IPv4 header has it: 0 rather than 0xffff."""
    return (65535 - ones_sum(data)) % 65535


def complete_checksum(frame: Frame) -> Frame:
    """Return the frame with its unfinished checksum filled in, and without metadata.

    As Linux does, a result of 0 becomes 0xffff: they are equal to every receiver, except that UDP
    takes 0 for "no checksum". A super-frame stays whole, its checksum right for it as one big
    packet. Metadata that point outside the frame are dropped and the frame is left alone.
    """
    offload = frame.offload
    if offload is None or not offload.needs_csum:
        return Frame(frame.data)
    field = offload.csum_start + offload.csum_offset
    data = bytearray(frame.data)
    if offload.csum_offset == _SCTP_CSUM_OFFSET and field + 4 <= len(data):
        data[field : field + 4] = bytes(4)
        crc = crc32c(memoryview(data)[offload.csum_start :])
        data[field : field + 4] = crc.to_bytes(4, "little")
    elif field + 2 <= len(data):
        _U16.pack_into(data, field, 65535 - ones_sum(memoryview(data)[offload.csum_start :]))
    return Frame(bytes(data))


def segment(frame: Frame) -> list[Frame]:
    """Return the frames without metadata that this one stands for: itself, or its segments.

    What differs between segments is what Linux makes differ: IPv4 identification and TCP sequence
    number count on, FIN and PSH are on the last only, CWR on the first only, lengths and checksums
    fit. An empty list says that the metadata contradict the frame: nothing sensible could be sent.
    """
    offload = frame.offload
    if offload is None:
        return [frame]
    if not offload.gso_type:
        return [complete_checksum(frame)]
    transport = _TRANSPORTS.get(offload.segmentation)
    ip = ip_offset(frame.data)
    if transport is None or not _agree(frame.data, offload, ip, transport):
        return []
    return _cut(frame.data, offload, ip, transport)


def kernel_can_finish(frame: Frame) -> bool:
    """Return whether a virtio-net header can tell the kernel all that this frame still needs.

    It cannot for a CRC32c (the header knows one kind of checksum) nor for super-frames inside MPLS
    or PBB (Linux looks for their IP header right behind the VLAN tags). Such frames are finished
    here before they are sent.
    """
    offload = frame.offload
    if offload is None:
        return True
    if not offload.gso_type:
        return offload.csum_offset != _SCTP_CSUM_OFFSET
    data, at = frame.data, _ETH_TYPE_OFFSET
    while data[at : at + 2] in _VLAN_TYPES:
        at += 4
    return data[at : at + 2] in _IP_TYPES


def ip_offset(data: bytes) -> int:
    """Return where the IP header starts, behind any VLAN, MPLS and PBB headers; -1 if none does."""
    at = _ETH_TYPE_OFFSET
    while (eth_type := data[at : at + 2]) not in _IP_TYPES:
        if eth_type in _VLAN_TYPES:
            at += 4
        elif eth_type == _PBB_TYPE:
            at += 2 + _PBB_INNER_TYPE
        elif eth_type in _MPLS_TYPES:
            return _behind_labels(data, at + 2)
        else:
            return -1
    return at + 2


def _behind_labels(data: bytes, at: int) -> int:
    """Return the offset of the IP header behind an MPLS stack, and VLAN tags under it; -1 if none is.

    Labels do not say what they carry, so it is IP where a header tells the length that the frame has.
    """
    while at + 4 < len(data):
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            return next((ip for ip in range(at, at + 12, 4) if _is_filled_by_ip(data, ip)), -1)
    return -1


def _is_filled_by_ip(data: bytes, at: int) -> bool:
    """Return whether an IP packet begins here that ends with the frame, but for its padding."""
    if at + _IPV4_HEADER > len(data):
        return False
    version, length = data[at] >> 4, int.from_bytes(data[at + 2 : at + 4])
    if version == 6:
        length = _IPV6_HEADER + int.from_bytes(data[at + 4 : at + 6])
    return version in (4, 6) and 0 <= len(data) - at - length <= _PADDING_MAX


class _Transport(NamedTuple):
    """What a segmentation type has to know of its transport header."""

    csum_offset: int
    header_size: Callable[[bytes, int], int]
    shape: Callable[[bytearray, int, int, int, bool], None]


def _agree(data: bytes, offload: Offload, ip: int, transport: _Transport) -> bool:
    """Return whether a super-frame's headers are where its metadata say, with room for all."""
    start = offload.csum_start
    if not 0 < ip < start <= len(data) - _UDP_HEADER:
        return False
    if not (offload.needs_csum and offload.gso_size):
        return False
    head_size = transport.header_size(data, start)
    longest = min(len(data), head_size + offload.gso_size) - ip
    return (
        offload.csum_offset == transport.csum_offset
        and ip + _ip_header_size(data[ip]) <= start < head_size <= len(data)
        and longest <= _IP_LENGTH_MAX
    )


def _cut(data: bytes, offload: Offload, ip: int, transport: _Transport) -> list[Frame]:
    """Return the segments of a super-frame whose metadata agree with it."""
    start, size = offload.csum_start, offload.gso_size
    head_size = transport.header_size(data, start)
    head = bytearray(data[:head_size])
    field = start + transport.csum_offset
    # The field holds the pseudo-header's sum for the whole: only the length in it differs.
    pseudo = _U16.unpack_from(head, field)[0] - (len(data) - start)
    _U16.pack_into(head, field, 0)
    number = _number_ipv4 if head[ip] >> 4 == 4 else _number_ipv6
    segments = []
    for index, at in enumerate(range(head_size, max(len(data), head_size + 1), size)):
        payload = data[at : at + size]
        length = head_size + len(payload)
        one = head.copy()
        number(one, ip, length - ip, index)
        transport.shape(one, start, length - start, index * size, at + size >= len(data))
        total = pseudo + length - start + ones_sum(memoryview(one)[start:]) + ones_sum(payload)
        _U16.pack_into(one, field, 65535 - total % 65535)
        segments.append(Frame(bytes(one) + payload))
    return segments


def _ip_header_size(octet: int) -> int:
    """Return the size of the fixed IP header that starts with this octet; too much if none does."""
    match octet >> 4:
        case 4:
            return max(octet & 0x0F, 5) * 4
        case 6:
            return 40
    return _IP_LENGTH_MAX


def _number_ipv4(head: bytearray, ip: int, length: int, index: int) -> None:
    """Set total length, identification and checksum of the IPv4 header of segment `index`."""
    _U16.pack_into(head, ip + 2, length)
    _U16.pack_into(head, ip + 4, (_U16.unpack_from(head, ip + 4)[0] + index) & 0xFFFF)
    _U16.pack_into(head, ip + 10, 0)
    end = ip + (head[ip] & 0x0F) * 4
    _U16.pack_into(head, ip + 10, internet_checksum(memoryview(head)[ip:end]))


def _number_ipv6(head: bytearray, ip: int, length: int, index: int) -> None:
    """Set the payload length of the IPv6 header; there is nothing to count."""
    _U16.pack_into(head, ip + 4, length - 40)


def _shape_tcp(head: bytearray, tcp: int, length: int, sent: int, last: bool) -> None:
    """Set sequence number and flags of the segment that follows `sent` octets of payload."""
    sequence = _U32.unpack_from(head, tcp + 4)[0] + sent
    _U32.pack_into(head, tcp + 4, sequence & 0xFFFF_FFFF)
    if not last:
        head[tcp + 13] &= ~_TCP_FIN_PSH
    if sent:
        head[tcp + 13] &= ~_TCP_CWR


def _shape_udp(head: bytearray, udp: int, length: int, sent: int, last: bool) -> None:
    """Set the length of this datagram."""
    _U16.pack_into(head, udp + 4, length)


def _tcp_header_end(data: bytes, tcp: int) -> int:
    """Return where the payload starts; beyond the frame when the header is cut short."""
    return tcp + max(data[tcp + 12] >> 4, 5) * 4 if tcp + 20 <= len(data) else len(data) + 1


_TCP = _Transport(16, _tcp_header_end, _shape_tcp)
_UDP = _Transport(6, lambda data, udp: udp + _UDP_HEADER, _shape_udp)
_TRANSPORTS = {GSO_TCPV4: _TCP, GSO_TCPV6: _TCP, GSO_UDP_L4: _UDP}


@cache
def _crc32c_table() -> tuple[int, ...]:
    """Return the 256 remainders of the Castagnoli polynomial, bits reflected."""

    def remainder(value: int) -> int:
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        return value

    return tuple(remainder(octet) for octet in range(256))


def crc32c(data: bytes | bytearray | memoryview) -> int:
    """Return the CRC32c that SCTP uses (RFC 9260, appendix A)."""
    table, crc = _crc32c_table(), 0xFFFF_FFFF
    for octet in data:
        crc = crc >> 8 ^ table[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFF_FFFF
