"""OpenFlow extensible match: fields as type, length, value (OpenFlow 1.3.5, 7.2.3.2).

An entry is a 32-bit header (class, field, has-mask, length) and its payload: the value, then the mask if there is one.
Entries of other classes and numbers than the catalogue's are kept under a key that names them (see `openflow.match`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from openflow.errors import EncodeError, ErrorCode
from openflow.fields import BY_NUMBER, FIELDS, OXM_CLASS_BASIC, Field
from openflow.match import Match, Value
from openflow.steps import Fault

_HEADER = struct.Struct(">HBB")
_LENGTH_FAULT = ErrorCode.BAD_MATCH__BAD_LEN


def read_entry(data: bytes, position: int, end: int) -> tuple[str, Value, int]:
    """One entry's name and value, and where the next begins. Raises Fault."""
    if position + 4 > end:
        raise Fault(_LENGTH_FAULT, "oxm", position, "truncated header")
    class_, number, length = _HEADER.unpack_from(data, position)
    start, stop = position + 4, position + 4 + length
    if stop > end:
        text = f"{length} bytes of payload do not fit the {end - start} left"
        raise Fault(_LENGTH_FAULT, "oxm", position + 3, text)
    field = BY_NUMBER.get(number >> 1) if class_ == OXM_CLASS_BASIC else None
    if field is None:
        masked = "/m" if number & 1 else ""
        return f"0x{class_:04x}.{number >> 1}{masked}", data[start:stop], stop
    if length != field.size << (number & 1):
        text = f"a length of {length} is not that of {field.name}, {field.size << (number & 1)}"
        raise Fault(_LENGTH_FAULT, field.name, position + 3, text)
    if not number & 1:
        return field.name, int.from_bytes(data[start:stop], "big"), stop
    middle = start + field.size
    value = int.from_bytes(data[start:middle], "big")
    return field.name, _reduced(field, value, int.from_bytes(data[middle:stop], "big")), stop


def write_entry(name: str, value: Value, out: bytearray) -> None:
    """Append one entry. Raises EncodeError when the value does not fit the field."""
    if isinstance(value, bytes):
        out += _raw_header(name, len(value)) + value
        return
    field = FIELDS.get(name)
    if field is None:
        raise EncodeError("Match", name, "there is no such match field")
    size = field.size
    try:
        if isinstance(value, int):
            out += field.oxm_header.to_bytes(4, "big") + value.to_bytes(size, "big")
        else:
            bits, mask = value
            out += _HEADER.pack(OXM_CLASS_BASIC, field.number << 1 | 1, size << 1)
            out += bits.to_bytes(size, "big") + mask.to_bytes(size, "big")
    except OverflowError:
        raise EncodeError("Match", name, f"{value!r} does not fit {field.bits} bits") from None


def read_entries(data: bytes, position: int, end: int) -> dict[str, Value]:
    """All entries up to `end`, in their order. Raises Fault; a field that comes twice is one."""
    entries: dict[str, Value] = {}
    while position < end:
        name, value, following = read_entry(data, position, end)
        if name in entries:
            raise Fault(ErrorCode.BAD_MATCH__DUP_FIELD, name, position, "given twice")
        entries[name] = value
        position = following
    return entries


def read_match(data: bytes, start: int, end: int) -> tuple[dict[str, Value], int]:
    """An ofp_match (7.2.3.1): type 1, length without padding, entries, padding to 8 bytes. Raises Fault."""
    if start + 4 > end:
        raise Fault(_LENGTH_FAULT, "", start, "truncated header")
    type_, length = (
        int.from_bytes(data[start : start + 2]),
        int.from_bytes(data[start + 2 : start + 4]),
    )
    if type_ != 1:
        raise Fault(ErrorCode.BAD_MATCH__BAD_TYPE, "type", start, f"type {type_} is not OXM, 1")
    following = start + (length + 7) // 8 * 8
    if length < 4 or following > end:
        text = f"a length of {length} does not fit the {end - start} bytes there are"
        raise Fault(_LENGTH_FAULT, "length", start + 2, text)
    return read_entries(data, start + 4, start + length), following


def write_match(entries: Iterable[tuple[str, Value]], out: bytearray) -> None:
    """Append an ofp_match."""
    start = len(out)
    out += b"\0\1\0\0"
    for name, value in entries:
        write_entry(name, value, out)
    length = len(out) - start
    out[start + 2 : start + 4] = length.to_bytes(2, "big")
    out += bytes(-length % 8)


def _reduced(field: Field, bits: int, mask: int) -> Value:
    """A mask of all ones is no mask."""
    return bits if mask == field.ones else (bits, mask)


def _raw_header(name: str, length: int) -> bytes:
    try:
        class_, _, rest = name.partition(".")
        number, slash, _ = rest.partition("/")
        return _HEADER.pack(int(class_, 16), int(number) << 1 | bool(slash), length)
    except (ValueError, struct.error):
        raise EncodeError("Match", name, "is no raw OXM field (0xCLASS.NUMBER)") from None


def as_match(entries: dict[str, Value]) -> Match:
    """Entries as a Match; what says nothing (an empty mask) is left out."""
    return Match.of({name: value for name, value in entries.items() if value != (0, 0)})
