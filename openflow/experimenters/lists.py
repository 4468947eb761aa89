"""Lists of numbers in Nicira's actions, before which stands how many there are: controllers, members of a bundle."""

from __future__ import annotations

import struct
from typing import Any

from openflow.errors import EncodeError, ErrorCode, takes
from openflow.experimenters.headers import ofs_and_nbits, written_bits
from openflow.faults import Fault
from openflow.forms.special import Form, add_form
from openflow.layouts.kinds import TRANSLATIONS
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.versions import Version

_COUNT = struct.Struct(">H")
_LOAD = struct.Struct(">HI4x")
"""What stands between a bundle's number of members and the members: where to put the one that is chosen."""
_FIELD = TRANSLATIONS["oxmid"]


def _numbers(gap: int) -> Form:
    """A form of one name: how many there are, zeros, and the numbers, 16 bits each."""

    def form(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
        (name,) = names

        def read(data: bytes, position: int, end: int, values: Values) -> int:
            count = _read_count(data, position, end, name)
            numbers, following = _read_numbers(data, position + 2 + gap, end, count, name)
            values.append(numbers)
            return following

        def write(value: Any, out: bytearray, start: int) -> None:
            numbers = _packed(value, name)
            out += _COUNT.pack(len(numbers) // 2) + bytes(gap) + numbers

        return read, write

    return form


def _load_members(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The members of a bundle, and before them where the chosen one goes: offset and number of bits, field."""
    ofs_name, n_bits_name, dst_name, name = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        count = _read_count(data, position, end, name)
        first = position + 2 + _LOAD.size
        if first > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, dst_name, position + 2, "truncated")
        word, head = _LOAD.unpack_from(data, position + 2)
        numbers, following = _read_numbers(data, first, end, count, name)
        values += (*ofs_and_nbits(word), _FIELD.decode(head), numbers)
        return following

    def write(value: Any, out: bytearray, start: int) -> None:
        numbers = _packed(value, name)
        try:
            head = _FIELD.encode(getattr(value, dst_name))
        except ValueError as error:
            raise EncodeError(type(value).__name__, dst_name, str(error)) from None
        out += _COUNT.pack(len(numbers) // 2)
        out += _LOAD.pack(written_bits(value, ofs_name, n_bits_name), head) + numbers

    return read, write


def _read_count(data: bytes, position: int, end: int, name: str) -> int:
    if position + 2 > end:
        raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, f"n_{name}", position, "truncated")
    return int.from_bytes(data[position : position + 2], "big")


def _read_numbers(
    data: bytes, position: int, end: int, count: int, name: str
) -> tuple[list[int], int]:
    following = position + 2 * count
    if following > end:
        text = f"{count} {name} do not fit the {max(0, end - position)} bytes left"
        raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, name, min(position, end), text)
    return list(struct.unpack_from(f">{count}H", data, position)), following


def _packed(value: Any, name: str) -> bytes:
    numbers = getattr(value, name)
    if not isinstance(numbers, list | tuple):
        raise EncodeError(type(value).__name__, name, f"takes a list, not {numbers!r}")
    try:
        return struct.pack(f">{len(numbers)}H", *numbers)
    except struct.error:
        text = f"cannot hold {numbers!r}: each {takes(2)}"
        raise EncodeError(type(value).__name__, name, text) from None


add_form("cntids", _numbers(4))
add_form("members", _numbers(10))
add_form("loadmembers", _load_members)
