"""The forms that the layout language has no words for: matches, OXM fields, errors, 1.0's bare action lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported, error_code
from openflow.fixed_match import read_fixed_match, write_fixed_match
from openflow.match import Match
from openflow.oxm import as_match, read_entry, read_match, write_entry, write_match
from openflow.steps import Codec, CodecOf, Fault, Reader, Values, Writer
from openflow.structs import STRUCTS
from openflow.versions import Version

_PORTS_1_0 = ("tp_src", "tp_dst")
"""What SetField may set on 1.0 only: the ports of whichever transport the packet has."""


def special(
    form: str, names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The functions that read and write a form that fills the fields `names`."""
    return _FORMS[form](names, version, codec_of)


def _fixed_match(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            values[name], position = read_fixed_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        write_fixed_match(_match(value, name), out)

    return read, write


def _oxm(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            entries, position = read_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        values[name] = as_match(entries)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        write_match(_match(value, name).items(), out)

    return read, write


def _oxm_port(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A packet-in's match, whose in_port is a field of the message itself."""
    port_name, name = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            entries, position = read_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        values[port_name] = entries.pop("in_port", 0)
        values[name] = as_match(entries)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        match = _match(value, name)
        write_match([("in_port", getattr(value, port_name)), *match.items()], out)

    return read, write


def _oxm_field(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The one field of SET_FIELD: its name, and its value (without a mask in OpenFlow 1.3)."""
    field_name, value_name = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            name, value, following = read_entry(data, position, end)
        except Fault as fault:
            fault.code = ErrorCode.BAD_ACTION__BAD_SET_LEN
            raise fault.within(field_name) from None
        values[field_name], values[value_name] = name, value
        if following + 7 < end or any(data[following:end]):
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, field_name, following, "more than one field")
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        name = getattr(value, field_name)
        if name in _PORTS_1_0:
            raise Unsupported(type(value).__name__, field_name, version)
        write_entry(name, getattr(value, value_name), out)

    return read, write


def _error(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """An error's type and code as one member of the catalogue, or as numbers where it has none."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + 4 > end:
            raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, name, position, "truncated")
        type_ = int.from_bytes(data[position : position + 2], "big")
        code = int.from_bytes(data[position + 2 : position + 4], "big")
        values[name] = error_code(type_, code, version) or (type_, code)
        return position + 4

    def write(value: Any, out: bytearray, start: int) -> None:
        error = getattr(value, name)
        type_, code = error.wire(version) if isinstance(error, ErrorCode) else error
        out += type_.to_bytes(2, "big") + code.to_bytes(2, "big")

    return read, write


def _applied(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """1.0's actions of a flow entry, which are 1.3's APPLY_ACTIONS; none of them is no instruction."""
    (name,) = names
    actions: Codec = codec_of("Action", version)
    apply_actions: Any = STRUCTS["ApplyActions"]

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        found = []
        try:
            while position < end:
                action, position = actions.read(data, position, end)
                found.append(action)
        except Fault as fault:
            raise fault.within(f"actions[{len(found)}]") from None
        values[name] = [apply_actions(found)] if found else []
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        for instruction in getattr(value, name):
            if type(instruction) is not apply_actions or len(getattr(value, name)) > 1:
                text = "OpenFlow 1.0 has one list of actions: a single ApplyActions"
                raise Unsupported(type(value).__name__, name, version, text)
            for action in instruction.actions:
                actions.write(action, out)

    return read, write


def _match(value: Any, name: str) -> Match:
    match = getattr(value, name)
    if not isinstance(match, Match):
        raise EncodeError(type(value).__name__, name, f"takes a Match, not {match!r}")
    return match


Form = Callable[[tuple[str, ...], Version, CodecOf], tuple[Reader, Writer]]

_FORMS: dict[str, Form] = {
    "fixedmatch": _fixed_match,
    "oxm": _oxm,
    "oxmport": _oxm_port,
    "oxmfield": _oxm_field,
    "error": _error,
    "applied": _applied,
}
