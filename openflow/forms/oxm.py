"""OpenFlow extensible match: fields as type, length, value (OpenFlow 1.3.5, 7.2.3.2).

An entry is a 32-bit header (class, field, has-mask, length) and its payload: the value, then the mask if there is one;
an experimenter's payload begins with his number. Which fields there are depends on the version. Entries of other
classes and numbers are kept under a key that names them (see `openflow.match`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from functools import cache

from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import (
    KNOWN,
    OXM_CLASS_BASIC,
    OXM_CLASS_EXPERIMENTER,
    Field,
    add_extension,
    hint,
    oxm_fields,
)
from openflow.layouts.parts import patch_length
from openflow.match import Match, Value
from openflow.versions import V1_3, Version

_HEADER = struct.Struct(">HBB")
_TYPE_AND_LENGTH = struct.Struct(">HH")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_LENGTH_FAULT = ErrorCode.BAD_MATCH__BAD_LEN
_FIRST_EXPERIMENTER = OXM_CLASS_EXPERIMENTER << 16
"""Headers from here on are experimenters'."""

_RAW_NAME = re.compile(r"0x(?P<class>[0-9a-f]{4})(:[0-9a-f]*)?\.(?P<number>\d+)(?P<mask>/m)?")

_RAW_HEADER = re.compile(r"0x(?!ffff)[0-9a-f]{8}|0xffff[0-9a-f]{4}:[0-9a-f]{8}")


class Oxm:
    """Reads and writes the entries of one version."""

    def __init__(self, version: Version) -> None:
        self._version = version
        fields = oxm_fields(version)
        self._exact = {_number(field.oxm_head()): field for field in fields}
        self._masked = {_number(field.oxm_head(masked=True)): field for field in fields}
        own_first = fields[::-1]
        self._heads = {field.name: field.oxm_head() for field in own_first}
        self._masked_heads = {field.name: field.oxm_head(masked=True) for field in own_first}
        self._by_number = {
            field.number: field for field in fields if field.oxm_class == OXM_CLASS_BASIC
        }

    def read_entry(self, data: bytes, position: int, end: int) -> tuple[str, Value, int]:
        """One entry's name and value, and where the next begins. Raises Fault."""
        start = position + 4
        if start > end:
            raise Fault(_LENGTH_FAULT, "oxm", position, "truncated header")
        (header,) = _U32.unpack_from(data, position)
        stop = start + (header & 0xFF)
        if stop > end:
            text = f"{stop - start} bytes of payload do not fit the {end - start} left"
            raise Fault(_LENGTH_FAULT, "oxm", position + 3, text)
        if header >= _FIRST_EXPERIMENTER and stop - start >= 4:
            (header,) = _U64.unpack_from(data, position)
            start += 4
        field = self._exact.get(header)
        if field is not None:
            return field.name, int.from_bytes(data[start:stop], "big"), stop
        field = self._masked.get(header)
        if field is None:
            return *self._read_unknown(data, position, stop), stop
        middle = start + field.size
        value = int.from_bytes(data[start:middle], "big")
        return field.name, _reduced(field, value, int.from_bytes(data[middle:stop], "big")), stop

    def write_entry(self, name: str, value: Value, out: bytearray) -> None:
        """Append one entry.

        Raises Unsupported for a field that this version lacks, EncodeError when there is no such field, or the value
        is none of it.
        """
        head = self._heads.get(name)
        if head is None or isinstance(value, bytes):
            out += self._raw_entry(name, value)
            return
        size = KNOWN[name].size
        try:
            if isinstance(value, int):
                out += head + value.to_bytes(size, "big")
                return
            bits, mask = value
            payload = bits.to_bytes(size, "big") + mask.to_bytes(size, "big")
        except (OverflowError, TypeError, ValueError, AttributeError):
            raise EncodeError("Match", name, f"cannot hold {value!r}") from None
        out += self._masked_heads[name] + payload

    def read_entries(self, data: bytes, position: int, end: int) -> dict[str, Value]:
        """All entries up to `end`, in their order. Raises Fault; a field that comes twice is one."""
        entries: dict[str, Value] = {}
        while position < end:
            name, value, following = self.read_entry(data, position, end)
            if name in entries:
                raise Fault(ErrorCode.BAD_MATCH__DUP_FIELD, name, position, "given twice")
            entries[name] = value
            position = following
        return entries

    def read_match(self, data: bytes, start: int, end: int) -> tuple[dict[str, Value], int]:
        """An ofp_match (7.2.3.1): type 1, length without padding, entries, padding to 8 bytes. Raises Fault."""
        if start + 4 > end:
            raise Fault(_LENGTH_FAULT, "", start, "truncated header")
        type_, length = _TYPE_AND_LENGTH.unpack_from(data, start)
        if type_ != 1:
            raise Fault(ErrorCode.BAD_MATCH__BAD_TYPE, "type", start, f"type {type_} is not OXM, 1")
        following: int = start + (length + 7) // 8 * 8
        if length < 4 or following > end:
            text = f"a length of {length} does not fit the {end - start} bytes there are"
            raise Fault(_LENGTH_FAULT, "length", start + 2, text)
        return self.read_entries(data, start + 4, start + length), following

    def write_match(self, entries: Iterable[tuple[str, Value]], out: bytearray) -> None:
        """Append an ofp_match."""
        start = len(out)
        out += b"\0\1\0\0"
        for name, value in entries:
            self.write_entry(name, value, out)
        length = len(out) - start
        patch_length(out, start + 2, length, "Match", "")
        out += bytes(-length % 8)

    def read_header(self, data: bytes, position: int, end: int) -> tuple[str, int]:
        """A header that stands for a field: its name, and where the next begins. Raises Fault.

        A header that is no field's is named by its digits, with an experimenter's number behind a colon.
        """
        size = 8 if data[position : position + 2] == b"\xff\xff" else 4
        following = position + size
        if following > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, "", position, "truncated header")
        head = data[position:following]
        field = self._exact.get(_number(head))
        if field is not None:
            return field.name, following
        return "0x" + head.hex(":", -4), following

    def write_header(self, name: str, out: bytearray) -> None:
        """Append the header that stands for a field. Raises Unsupported or EncodeError."""
        if not isinstance(name, str):
            raise EncodeError("Match", "", f"takes the name of a field, not {name!r}")
        head = self._heads.get(name)
        if head is not None:
            out += head
        elif _RAW_HEADER.fullmatch(name):
            out += bytes.fromhex(name[2:].replace(":", ""))
        else:
            raise self._no_field(name)

    def _no_field(self, name: str) -> EncodeError:
        if name in KNOWN:
            text = f"OpenFlow {self._version} has no match field {name}"
            return Unsupported("Match", name, self._version, text)
        return EncodeError("Match", name, f"is no field that there is{hint(name)}")

    def _read_unknown(self, data: bytes, position: int, stop: int) -> tuple[str, bytes]:
        """An entry that is none of the catalogue's, unless it is one of them with a wrong length."""
        class_, number, length = _HEADER.unpack_from(data, position)
        field = self._by_number.get(number >> 1) if class_ == OXM_CLASS_BASIC else None
        if field is not None:
            text = f"a length of {length} is not that of {field.name}, {field.size << (number & 1)}"
            raise Fault(_LENGTH_FAULT, field.name, position + 3, text)
        payload = data[position + 4 : stop]
        return _raw_name(class_, number, payload), payload

    def _raw_entry(self, name: str, value: Value) -> bytes:
        """An entry of a class that the catalogue does not know, by the key that `_raw_name` makes."""
        found = _RAW_NAME.fullmatch(str(name))
        if found is None:
            raise self._no_field(str(name)) if name not in self._heads else _no_bytes(name, value)
        if not isinstance(value, bytes) or len(value) > 0xFF:
            raise EncodeError("Match", name, f"takes up to 255 bytes, not {value!r}")
        class_, number = int(found["class"], 16), int(found["number"]) << 1 | bool(found["mask"])
        if number > 0xFF or _raw_name(class_, number, value) != name:
            raise EncodeError(
                "Match", name, f"is not the name of an entry with the bytes {value.hex()}"
            )
        return _HEADER.pack(class_, number, len(value)) + value


def _no_bytes(name: str, value: Value) -> EncodeError:
    return EncodeError("Match", name, f"cannot hold {value!r}")


@cache
def oxm_of(version: Version) -> Oxm:
    """The entries of a version, made when they are first needed: all fields are known by then."""
    return Oxm(version)


def add_field(field: Field) -> None:
    """Make a field known that is not in the catalogue: an experimenter's, or one of another class than the basic."""
    add_extension(field)
    oxm_of.cache_clear()


def read_entry(
    data: bytes, position: int, end: int, version: Version = V1_3
) -> tuple[str, Value, int]:
    """`Oxm.read_entry`, of whichever version."""
    return oxm_of(version).read_entry(data, position, end)


def write_entry(name: str, value: Value, out: bytearray, version: Version = V1_3) -> None:
    """`Oxm.write_entry`, of whichever version."""
    oxm_of(version).write_entry(name, value, out)


def as_match(entries: dict[str, Value]) -> Match:
    """Entries as a Match; what says nothing (an empty mask) is left out."""
    if (0, 0) in entries.values():
        entries = {name: value for name, value in entries.items() if value != (0, 0)}
    return Match.of(entries)


def _number(head: bytes) -> int:
    """What stands before a value as one number, of 32 bits, of 64 for an experimenter's field."""
    return int.from_bytes(head, "big")


def _reduced(field: Field, bits: int, mask: int) -> Value:
    """A mask of all ones is no mask."""
    return bits if mask == field.ones else (bits, mask)


def _raw_name(class_: int, number: int, payload: bytes) -> str:
    """The key under which a match keeps an entry that it does not know; experimenters number for themselves."""
    vendor = f":{payload[:4].hex()}" if class_ == OXM_CLASS_EXPERIMENTER else ""
    return f"0x{class_:04x}{vendor}.{number >> 1}{'/m' if number & 1 else ''}"
