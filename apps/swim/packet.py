"""Datagrams: what stands around the messages, from the outside in.

    label (244, length, label)    which cluster; in clear, but vouched for by the encryption
    encryption (`keyring`)        no type byte, it simply is
    checksum (12, CRC-32)         for peers that know it; it stands inside the encryption
    compression (9)               only read
    compound (7, count, lengths)  several messages in one datagram

`Envelope.open` takes a datagram apart and `Envelope.seal` makes one. What is wrong is raised as a SwimError that says
under which name to count it; a compound whose end is cut off gives the messages that are whole, as in memberlist.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from apps.swim import messages
from apps.swim.errors import BadPacket, NotDecryptable, WrongLabel
from apps.swim.keyring import OVERHEAD, Keyring, Randomness
from apps.swim.lzw import decompress
from apps.swim.messages import COMPOUND, COMPRESS, HAS_CRC, Compressed

BUDGET = 1400
"""Bytes that a datagram may take, so that it passes every path in one piece."""

COMPOUND_HEAD, COMPOUND_EACH = 2, 2
"""Bytes that a compound takes, and each message in it."""

COMPOUND_MOST = 255
_CHECKSUM = struct.Struct(">BI")
CRC_SIZE = _CHECKSUM.size
LABEL_MOST = 255
_LABEL = 244
_DECOMPRESSED_MOST = 1 << 20
_NESTED_MOST = 4
_COMPOUND, _COMPRESS = bytes([COMPOUND]), bytes([COMPRESS])


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a cluster wraps its datagrams."""

    label: bytes = b""
    keyring: Keyring | None = None

    @property
    def overhead(self) -> int:
        """Bytes that wrapping adds, a checksum included."""
        label = len(self.label) + 2 if self.label else 0
        return label + CRC_SIZE + (OVERHEAD if self.keyring else 0)

    def seal(self, payload: bytes, randomness: Randomness, *, crc: bool = True) -> bytes:
        """A datagram of a message or a compound."""
        if crc:
            payload = _CHECKSUM.pack(HAS_CRC, crc32(payload)) + payload
        if self.keyring is not None:
            payload = self.keyring.seal(payload, self.label, randomness)
        return self.head() + payload

    def head(self) -> bytes:
        """The label, as it stands in front of datagrams and streams."""
        return bytes([_LABEL, len(self.label)]) + self.label if self.label else b""

    def open(self, datagram: bytes) -> list[bytes]:
        """The messages in a datagram, each with its type byte. Raises SwimError; nothing else."""
        label, payload = split_label(datagram)
        if label != self.label:
            raise WrongLabel(f"labelled {label!r}, we are {self.label!r}")
        if self.keyring is not None:
            payload = self.keyring.open(payload, self.label)
        elif payload[:1] in (b"\x00", b"\x01") and not _plausible(payload):
            raise NotDecryptable("it seems encrypted, and we have no key")
        return _unwrapped(_uncompressed(_checked(payload)), _NESTED_MOST)


def split_label(data: bytes) -> tuple[bytes, bytes]:
    """The label in front, none if there is none, and what follows. Raises BadPacket."""
    if not data or data[0] != _LABEL:
        return b"", data
    end = 2 + data[1] if len(data) > 1 else 2
    if end == 2 or len(data) < end:
        raise BadPacket("a label that is empty or cut off")
    return data[2:end], data[end:]


def compound(parts: list[bytes]) -> bytes:
    """Several messages as one, at most 255; one alone stays as it is."""
    if len(parts) == 1:
        return parts[0]
    assert 1 < len(parts) <= COMPOUND_MOST, f"a compound of {len(parts)} messages"
    lengths = struct.pack(f">BB{len(parts)}H", COMPOUND, len(parts), *map(len, parts))
    return lengths + b"".join(parts)


def _plausible(payload: bytes) -> bool:
    """Whether a ping or an indirect ping, whose types are those of the encryptions, begins with a map."""
    return len(payload) > 1 and (payload[1] & 0xF0 == 0x80 or payload[1] in (0xDE, 0xDF))


def _checked(payload: bytes) -> bytes:
    """What a checksum stands for, or the payload itself."""
    if not payload or payload[0] != HAS_CRC:
        return payload
    if len(payload) < CRC_SIZE:
        raise BadPacket("a checksum that is cut off")
    _, expected = _CHECKSUM.unpack_from(payload)
    payload = payload[CRC_SIZE:]
    if crc32(payload) != expected:
        raise BadPacket(f"the checksum is {crc32(payload):#010x}, not {expected:#010x}")
    return payload


def _uncompressed(payload: bytes) -> bytes:
    """What stands under a compression: once, around all messages; within them it would multiply."""
    if payload[:1] != _COMPRESS:
        return payload
    return decompressed(messages.from_map(Compressed, payload[1:]), _DECOMPRESSED_MOST)


def _unwrapped(payload: bytes, depth: int) -> list[bytes]:
    """The messages in a payload, through compounds."""
    if payload[:1] != _COMPOUND:
        return [payload]
    if not depth:
        raise BadPacket("messages within messages, too deep")
    found: list[bytes] = []
    for part in _parts(payload):
        if part[:1] == _COMPOUND:
            found += _unwrapped(part, depth - 1)
        else:
            found.append(part)
    return found


def decompressed(held: Compressed, most: int) -> bytes:
    """What stands under a compression, at most so many bytes. Raises SwimError."""
    if held.algo:
        raise BadPacket(f"compressed by the algorithm {held.algo}")
    return decompress(held.buf, most)


def _parts(payload: bytes) -> Iterator[bytes]:
    if len(payload) < COMPOUND_HEAD:
        raise BadPacket("a compound that is cut off")
    count = payload[1]
    position = COMPOUND_HEAD + COMPOUND_EACH * count
    if len(payload) < position:
        raise BadPacket("a compound whose lengths are cut off")
    for length in struct.unpack_from(f">{count}H", payload, COMPOUND_HEAD):
        if position + length > len(payload):
            return
        yield payload[position : position + length]
        position += length
