"""The forms that the layout language has no words for: matches, statistics, errors, bare lists of actions."""

from __future__ import annotations

import struct
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported, error_code, takes
from openflow.faults import Fault
from openflow.forms.matches import MATCH_FORMS
from openflow.forms.oxs import oxs_form
from openflow.layouts.parts import Codec, CodecOf, Form, Reader, Values, Writer, read_all, write_all
from openflow.structs import STRUCTS
from openflow.versions import Version

__all__ = ["Form", "add_form", "special"]

_TYPE_AND_CODE = struct.Struct(">HH")
_LATE = struct.Struct(">I4x")


def special(
    form: str, names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The functions that read and write a form that fills the fields `names`."""
    return _FORMS[form](names, version, codec_of)


def _error(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """An error's type and code as one member of the catalogue, or as numbers where it has none."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + 4 > end:
            raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, name, position, "truncated")
        type_, code = _TYPE_AND_CODE.unpack_from(data, position)
        values.append(error_code(type_, code, version) or (type_, code))
        return position + 4

    def write(value: Any, out: bytearray, start: int) -> None:
        error = getattr(value, name)
        try:
            wire = error.wire(version) if isinstance(error, ErrorCode) else error
            out += _TYPE_AND_CODE.pack(*wire)
        except (TypeError, struct.error):
            text = f"takes an ErrorCode or (type, code), not {error!r}"
            raise EncodeError(type(value).__name__, name, text) from None

    return read, write


def _applied(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """1.0's actions of a flow entry, which are later versions' APPLY_ACTIONS; none of them is no instruction."""
    (name,) = names
    actions: Codec = codec_of("Action", version)
    apply_actions: Any = STRUCTS["ApplyActions"]
    path = f"{name}[0].actions"

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        found = read_all(data, position, end, actions, path)
        values.append([apply_actions(found)] if found else [])
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        instructions = getattr(value, name)
        if not isinstance(instructions, list | tuple):
            raise EncodeError(owner, name, f"takes a list, not {instructions!r}")
        for index, instruction in enumerate(instructions):
            if index > 0 or not isinstance(instruction, apply_actions):
                text = (
                    f"OpenFlow {version} has one list of actions, a single ApplyActions,"
                    f" not {instruction!r}"
                )
                raise Unsupported(owner, f"{name}[{index}]", version, text)
            write_all(instruction.actions, actions, out, owner, path)

    return read, write


def _late(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A number of 32 bits and four bytes of padding at the end, which some peers leave out: it is None then."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position == end:
            values.append(None)
            return position
        if position + _LATE.size > end:
            raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, name, position, "truncated")
        values += _LATE.unpack_from(data, position)
        return position + _LATE.size

    def write(value: Any, out: bytearray, start: int) -> None:
        number = getattr(value, name)
        if number is None:
            return
        try:
            out += _LATE.pack(number)
        except struct.error:
            text = f"cannot hold {number!r}: {takes(4)}"
            raise EncodeError(type(value).__name__, name, text) from None

    return read, write


def _fill(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """What pads an element up to its end; the family writes it."""

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if end - position > 7 or any(data[position:end]):
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, "fill", position, "bytes too many")
        return end

    return read, lambda value, out, start: None


_FORMS: dict[str, Form] = {
    **MATCH_FORMS,
    "oxs": oxs_form,
    "error": _error,
    "applied": _applied,
    "fill": _fill,
    "late": _late,
}


def add_form(name: str, form: Form) -> None:
    """Make a form of the layout language known; a package of extensions brings its own."""
    _FORMS[name] = form
