"""What controllers tell each other of the maps that they share (`controller.shared.maps`), as bytes: msgpack.

    [1, clock, {map: [[key, clock, writer, value], ...]}]      of a removal: [key, clock, writer]

Lists become tuples on the way, so that what has been read is equal to what was written, and can be a key.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

import msgpack

FORM = 1
NAME_MOST = 64
"""Bytes of a map's name, and of a writer's."""
ENTRY_MOST = 1024
"""Bytes of a key and its value together, so that every entry fits a datagram."""
CLOCK_MOST = 1 << 62

Stamp = tuple[int, str]
"""When an entry was written, on the logical clock, and by whom."""

REMOVED: Any = type("Removed", (), {"__slots__": (), "__repr__": lambda self: "REMOVED"})()
"""Stands for the value of an entry that has been removed."""

PLAIN = frozenset({int, str, bytes, bool, float, type(None)})
"""What msgpack leaves as it is."""


_packer = msgpack.Packer()


class Malformed(ValueError):
    """Bytes that no controller of ours has sent; the text says what is wrong."""


class Entry(NamedTuple):
    """An entry of a map, as it was written last: when on the logical clock, and by whom."""

    map: str
    key: Hashable
    clock: int
    writer: str
    value: Any


def pack(value: Any) -> bytes:
    """The bytes of a value. Raises TypeError for what cannot be told, ValueError for what is too large."""
    try:
        packed: bytes = msgpack.packb(value)
    except (TypeError, OverflowError) as error:
        raise TypeError(f"{value!r:.200} cannot be shared: {error}") from None
    if len(packed) > ENTRY_MOST:
        raise ValueError(f"{len(packed)} bytes are more than the {ENTRY_MOST} that can be shared")
    return packed


def unpack(data: bytes) -> Any:
    """The value of bytes. Raises Malformed."""
    try:
        return msgpack.unpackb(data, use_list=False, strict_map_key=False)
    except Exception as error:  # noqa: BLE001 - msgpack raises much, and all of it means this
        raise Malformed(f"no msgpack: {error}") from None


def checked(key: Any, value: Any) -> Any:
    """A value as the others will have it under a key. Raises TypeError and ValueError, as `pack` does."""
    packed = pack((key, value))
    parts = key if type(key) is tuple else (key,)
    if type(value) in PLAIN and all(type(part) in PLAIN for part in parts):
        return value
    key_there, value_there = unpack(packed)
    if key_there != key:
        raise TypeError(f"{key!r:.200} cannot be a key that is shared: it would be {key_there!r}")
    return value_there


def pack_entry(key: Hashable, clock: int, writer: str, value: Any) -> bytes:
    """The bytes of one entry."""
    whole = (key, clock, writer) if value is REMOVED else (key, clock, writer, value)
    packed: bytes = _packer.pack(whole)
    return packed


def assemble(clock: int, maps: dict[str, list[bytes]]) -> bytes:
    """The bytes of a whole, of entries that are bytes already."""
    packer = msgpack.Packer(autoreset=False)
    packer.pack_array_header(3)
    packer.pack(FORM)
    packer.pack(clock)
    packer.pack_map_header(len(maps))
    parts = [packer.bytes()]
    for name, entries in maps.items():
        head = msgpack.Packer(autoreset=False)
        head.pack(name)
        head.pack_array_header(len(entries))
        parts += (head.bytes(), *entries)
    return b"".join(parts)


def head_size(name: str) -> int:
    """Bytes that a map's name takes at most, with what belongs to it."""
    return len(name.encode()) + 10


def read(data: bytes) -> tuple[int, Iterator[Entry]]:
    """The sender's clock and the entries. Raises Malformed, while one iterates too."""
    match unpack(data):
        case (int(form), int(clock), dict(maps)) if form == FORM and 0 <= clock <= CLOCK_MOST:
            return clock, _entries(maps)
    raise Malformed("it has another form")


def _entries(maps: dict[Any, Any]) -> Iterator[Entry]:
    for name, entries in maps.items():
        if not _is_name(name) or not isinstance(entries, tuple):
            raise Malformed("a map without name or entries")
        for entry in entries:
            yield _entry(name, entry)


def _entry(name: str, entry: Any) -> Entry:
    match entry:
        case (key, int(clock), writer):
            value = REMOVED
        case (key, int(clock), writer, value):
            pass
        case _:
            raise Malformed("an entry of another form")
    if not _is_name(writer) or not 0 < clock <= CLOCK_MOST:
        raise Malformed("an entry that nobody can have written")
    try:
        hash(key)
    except TypeError as error:
        raise Malformed(f"a key that is none: {error}") from None
    return Entry(name, key, clock, writer, value)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and len(name.encode()) <= NAME_MOST
