"""OpenFlow extensible statistics: what a flow entry has counted, as type, length, value (OpenFlow 1.5.1, 7.2.4).

An entry is a 32-bit header (class, field, a reserved bit, length) and its payload. Statistics are a dict: durations
are (seconds, nanoseconds), counters ints; entries of other classes and numbers are bytes under a key like that
of an unknown match field (`0xffff:4f4e4600.3`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openflow.errors import EncodeError, ErrorCode, takes
from openflow.faults import Fault
from openflow.layouts.parts import CodecOf, Reader, Values, Writer, patch_length
from openflow.versions import Version

OXS_CLASS_BASIC = 0x8002
OXS_CLASS_EXPERIMENTER = 0xFFFF

Stat = int | tuple[int, int] | bytes
"""A counter, a duration in seconds and nanoseconds, or the payload of an unknown entry."""

_HEADER = struct.Struct(">HBB")
_RESERVED_AND_LENGTH = struct.Struct(">HH")
_FAULT = ErrorCode.BAD_REQUEST__BAD_LEN
_RAW_NAME = re.compile(r"0x(?P<class>[0-9a-f]{4})(:[0-9a-f]*)?\.(?P<number>\d+)(?P<reserved>/r)?")


@dataclass(frozen=True, slots=True)
class StatField:
    """One kind of statistics: its number, and the sizes of its values, of which durations have two."""

    name: str
    number: int
    wire: struct.Struct
    fields: tuple[str, ...]
    """What messages call its values."""

    @property
    def header(self) -> bytes:
        """The whole header of an entry."""
        return _HEADER.pack(OXS_CLASS_BASIC, self.number << 1, self.wire.size)

    @property
    def absent(self) -> tuple[int, ...]:
        """What its fields hold when there is no such entry: all ones, as for counters that a switch does not keep."""
        size = self.wire.size // len(self.fields)
        return ((1 << 8 * size) - 1,) * len(self.fields)


_TWO_U32, _U32, _U64 = struct.Struct(">II"), struct.Struct(">I"), struct.Struct(">Q")

STAT_FIELDS: dict[str, StatField] = {
    field.name: field
    for field in (
        StatField("duration", 0, _TWO_U32, ("duration_sec", "duration_nsec")),
        StatField("idle_time", 1, _TWO_U32, ("idle_sec", "idle_nsec")),
        StatField("flow_count", 3, _U32, ("flow_count",)),
        StatField("packet_count", 4, _U64, ("packet_count",)),
        StatField("byte_count", 5, _U64, ("byte_count",)),
    )
}
"""The statistics of the class OFPXSC_OPENFLOW_BASIC, in the order in which they are sent."""

_BY_HEADER = {field.header: field for field in STAT_FIELDS.values()}


def read_stats(data: bytes, start: int, end: int) -> tuple[dict[str, Stat], int]:
    """An ofp_stats and where it stops: reserved, length without padding, entries, padding to 8. Raises Fault."""
    if start + 4 > end:
        raise Fault(_FAULT, "", start, "truncated header")
    _, length = _RESERVED_AND_LENGTH.unpack_from(data, start)
    following: int = start + (length + 7) // 8 * 8
    if length < 4 or following > end:
        text = f"a length of {length} does not fit the {end - start} bytes there are"
        raise Fault(_FAULT, "length", start + 2, text)
    stats: dict[str, Stat] = {}
    position, stop = start + 4, start + length
    while position < stop:
        name, value, after = _read_entry(data, position, stop)
        if name in stats:
            raise Fault(_FAULT, name, position, "given twice")
        stats[name] = value
        position = after
    return stats, following


def _read_entry(data: bytes, position: int, end: int) -> tuple[str, Stat, int]:
    start = position + 4
    if start > end:
        raise Fault(_FAULT, "oxs", position, "truncated header")
    stop = start + data[position + 3]
    if stop > end:
        text = f"{stop - start} bytes of payload do not fit the {end - start} left"
        raise Fault(_FAULT, "oxs", position + 3, text)
    field = _BY_HEADER.get(data[position:start])
    if field is None:
        class_, number, _ = _HEADER.unpack_from(data, position)
        return _raw_name(class_, number, data[start:stop]), data[start:stop], stop
    values = field.wire.unpack_from(data, start)
    return field.name, values if len(values) > 1 else values[0], stop


def write_stats(stats: Mapping[str, Stat], out: bytearray) -> None:
    """Append an ofp_stats. Raises EncodeError."""
    start = len(out)
    out += bytes(4)
    for name, value in stats.items():
        _write_entry(name, value, out)
    length = len(out) - start
    patch_length(out, start + 2, length, "stats", "")
    out += bytes(-length % 8)


def _takes(field: StatField) -> str:
    count = len(field.fields)
    text = takes(field.wire.size // count)
    return f"{text}, and another" if count == 2 else text


def _write_entry(name: str, value: Any, out: bytearray) -> None:
    field = STAT_FIELDS.get(name)
    if field is None:
        out += _raw_entry(name, value)
        return
    try:
        values = value if isinstance(value, tuple) else (value,)
        out += field.header + field.wire.pack(*values)
    except struct.error:
        text = f"cannot hold {value!r}: {_takes(field)}"
        raise EncodeError("stats", name, text) from None


def _raw_entry(name: str, value: Any) -> bytes:
    found = _RAW_NAME.fullmatch(str(name))
    if found is None:
        raise EncodeError("stats", str(name), "is no statistics that there is")
    if not isinstance(value, bytes) or len(value) > 0xFF:
        raise EncodeError("stats", name, f"takes up to 255 bytes, not {value!r}")
    class_, number = int(found["class"], 16), int(found["number"]) << 1 | bool(found["reserved"])
    if number > 0xFF or _raw_name(class_, number, value) != name:
        raise EncodeError(
            "stats", name, f"is not the name of an entry with the bytes {value.hex()}"
        )
    return _HEADER.pack(class_, number, len(value)) + value


def _raw_name(class_: int, number: int, payload: bytes) -> str:
    vendor = f":{payload[:4].hex()}" if class_ == OXS_CLASS_EXPERIMENTER else ""
    return f"0x{class_:04x}{vendor}.{number >> 1}{'/r' if number & 1 else ''}"


def oxs_form(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """1.5's statistics: those that are fields of the structure itself, and a dict of the others.

    An entry that is missing has all ones in its fields, as a counter that is not kept; should it come with that
    value, it stands in the dict as well.
    """
    *own_names, name = names
    own = [field for field in STAT_FIELDS.values() if set(field.fields) <= set(own_names)]

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            stats, position = read_stats(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        held = {key: value for field in own for key, value in _taken(field, stats)}
        values += [held[key] for key in own_names]
        values.append(stats)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        others = getattr(value, name)
        if not isinstance(others, dict) or not all(isinstance(key, str) for key in others):
            raise EncodeError(owner, name, f"takes a dict by name, not {others!r}")
        held = {field.name: _held(field, value) for field in own}
        stats: dict[str, Any] = {
            key: numbers for key, numbers in held.items() if numbers != STAT_FIELDS[key].absent
        }
        if stats.keys() & others.keys():
            twice = min(stats.keys() & others.keys())
            raise EncodeError(owner, f"{name}.{twice}", f"is a field of {owner}, too")
        try:
            write_stats(_in_order(stats | others), out)
        except EncodeError as error:
            raise error.within(owner, name) from None

    return read, write


def _taken(field: StatField, stats: dict[str, Stat]) -> Iterable[tuple[str, int]]:
    """The fields of the structure that an entry fills, which is then taken out."""
    found: Any = stats.get(field.name, field.absent)
    held = found if isinstance(found, tuple) else (found,)
    if held != field.absent:
        del stats[field.name]
    return zip(field.fields, held, strict=True)


def _held(field: StatField, value: Any) -> tuple[int, ...]:
    """The numbers of an entry that are fields of the structure."""
    numbers = tuple(getattr(value, key) for key in field.fields)
    for key, number, ones in zip(field.fields, numbers, field.absent, strict=True):
        if not isinstance(number, int) or not 0 <= number <= ones:
            raise EncodeError(type(value).__name__, key, f"cannot hold {number!r}")
    return numbers


def _in_order(stats: dict[str, Stat]) -> dict[str, Stat]:
    """Statistics in the order of their numbers, unknown ones last."""
    known = {name: stats[name] for name in STAT_FIELDS if name in stats}
    return known | stats
