"""TCP segments: bytes and values (RFC 9293, 3.1). Ports and addresses are others' business."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

WINDOW = 0xFFFF
"""Bytes that we are ready to take; whatever comes is taken at once, so it stays."""
MODULUS = 1 << 32

_HEAD = Struct(">HHIIBBHHH")
_END, _NOTHING, _MSS = 0, 1, 2
CHECKSUM_AT = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment without its ports; `mss` is 0 unless the option is there."""

    seq: int
    ack: int = 0
    flags: int = ACK
    window: int = WINDOW
    data: bytes = b""
    mss: int = 0

    @property
    def length(self) -> int:
        """What it takes of the space of sequence numbers."""
        return len(self.data) + bool(self.flags & SYN) + bool(self.flags & FIN)


def emit(segment: Segment, src: int, dst: int) -> bytes:
    """The bytes of a segment, its checksum yet 0."""
    options = bytes([_MSS, 4, *segment.mss.to_bytes(2, "big")]) if segment.mss else b""
    offset = (20 + len(options)) // 4 << 4
    head = (src, dst, segment.seq, segment.ack, offset, segment.flags, segment.window, 0, 0)
    return _HEAD.pack(*head) + options + segment.data


def parse(data: bytes) -> tuple[int, int, Segment] | None:
    """The ports, and the segment; None when its header is cut off."""
    if len(data) < 20:
        return None
    src, dst, seq, ack, offset, flags, window, _, _ = _HEAD.unpack_from(data)
    begin = (offset >> 4) * 4
    if not 20 <= begin <= len(data):
        return None
    return src, dst, Segment(seq, ack, flags, window, data[begin:], _mss(data[20:begin]))


def _mss(options: bytes) -> int:
    """The size of segments that the other side asks for; 0 when it does not."""
    at = 0
    while at < len(options) and options[at] != _END:
        size = 1 if options[at] == _NOTHING else int.from_bytes(options[at + 1 : at + 2], "big")
        if options[at] == _MSS and size == 4 and at + 4 <= len(options):
            return int.from_bytes(options[at + 2 : at + 4], "big")
        at += max(1, size)
    return 0


def since(later: int, earlier: int) -> int:
    """How far one sequence number is behind another, negative when it comes before."""
    half = MODULUS >> 1
    return (later - earlier + half) % MODULUS - half


def reset_for(segment: Segment) -> Segment | None:
    """What answers a segment of no connection (RFC 9293, 3.5.2); nothing answers a reset."""
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        return Segment(segment.ack, flags=RST, window=0)
    return Segment(0, (segment.seq + segment.length) % MODULUS, RST | ACK, 0)
