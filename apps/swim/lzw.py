"""LZW as memberlist compresses with it: Go's compress/lzw, least significant bits first, literals of 8 bits.

Only reading: peers that compress must be understood, and our own messages are small.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.swim.errors import BadPacket

_CLEAR, _END = 256, 257
_FIRST = 258
_MAX_BITS = 12


def decompress(data: bytes, limit: int) -> bytes:
    """What was compressed. Raises BadPacket for what is no such stream, or for more than `limit` bytes."""
    out = bytearray()
    table: list[bytes] = []
    last = b""
    reader = _Codes(data)
    for code in reader:
        if code == _CLEAR:
            table, last = [], b""
            reader.bits = 9
            continue
        if code == _END:
            return bytes(out)
        entry = _entry(code, table, last)
        out += entry
        if len(out) > limit:
            raise BadPacket(f"more than {limit} bytes when decompressed")
        if last and len(table) < (1 << _MAX_BITS) - _FIRST:
            table.append(last + entry[:1])
        last = entry
        # The writer is one entry ahead: it has seen what follows.
        if _FIRST + len(table) + 1 > 1 << reader.bits and reader.bits < _MAX_BITS:
            reader.bits += 1
    raise BadPacket("a compressed message that has no end")


def _entry(code: int, table: list[bytes], last: bytes) -> bytes:
    if code < _CLEAR:
        return bytes([code])
    place = code - _FIRST
    if place < len(table):
        return table[place]
    if place == len(table) and last:
        return last + last[:1]
    raise BadPacket(f"the code {code} says nothing yet")


class _Codes:
    """The codes of a stream, each of `bits` bits, which the reader changes on its way."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.bits = 9

    def __iter__(self) -> Iterator[int]:
        have, held = 0, 0
        position = 0
        while True:
            while have < self.bits:
                if position == len(self._data):
                    return
                held |= self._data[position] << have
                have += 8
                position += 1
            width = self.bits
            yield held & (1 << width) - 1
            held >>= width
            have -= width
