"""The forms of matches and of what names match fields: each a pair of functions that read and write it.

`openflow.forms.special` knows them by the names that layouts use.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported, takes
from openflow.faults import Fault
from openflow.fields import KNOWN
from openflow.forms.fixed_match import read_fixed_match, write_fixed_match
from openflow.forms.oxm import Oxm, as_match, oxm_of
from openflow.forms.standard_match import read_standard_match, write_standard_match
from openflow.layouts.parts import CodecOf, Form, Reader, Values, Writer
from openflow.match import Match, Value
from openflow.versions import V1_5, Version

_TWO_PORTS = struct.Struct(">II")

_PORTS_1_0 = ("tp_src", "tp_dst")
"""What SetField may set on 1.0 only: the ports of whichever transport the packet has."""


def _fixed_match(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    return _slots(names, read_fixed_match, write_fixed_match)


def _standard_match(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    return _slots(names, read_standard_match, write_standard_match)


def _slots(
    names: tuple[str, ...],
    read_match: Callable[[bytes, int, int], tuple[Match, int]],
    write_match: Callable[[Match, bytearray], None],
) -> tuple[Reader, Writer]:
    """A match of a fixed size, as 1.0 and 1.1 have it."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            match, position = read_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        values.append(match)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        match = _match(value, name)
        try:
            write_match(match, out)
        except EncodeError as error:
            raise error.within(type(value).__name__, name) from None

    return read, write


def _oxm(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    (name,) = names
    oxm = oxm_of(version)
    read_match = oxm.read_match

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            entries, position = read_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        values.append(as_match(entries))
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        _write_oxm(oxm, value, name, _match(value, name).items(), out)

    return read, write


def _oxm_port(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A packet-in's match, whose in_port is a field of the message itself."""
    port_name, name = names
    oxm = oxm_of(version)
    read_match = oxm.read_match

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            entries, following = read_match(data, position, end)
        except Fault as fault:
            raise fault.within(name) from None
        in_port = entries.pop("in_port", 0)
        if not isinstance(in_port, int):
            code = ErrorCode.BAD_MATCH__BAD_MASK
            raise Fault(code, f"{name}.in_port", position, "a port takes no mask")
        values.append(in_port)
        values.append(as_match(entries))
        return following

    def write(value: Any, out: bytearray, start: int) -> None:
        in_port = getattr(value, port_name)
        if not isinstance(in_port, int) or not 0 <= in_port <= 0xFFFF_FFFF:
            raise EncodeError(type(value).__name__, port_name, f"cannot hold {in_port!r}")
        match = _match(value, name)
        if match.get("in_port", in_port) != in_port:
            text = f"{match['in_port']!r} is not the message's own {port_name}, {in_port}"
            raise EncodeError(type(value).__name__, f"{name}.in_port", text)
        _write_oxm(oxm, value, name, {"in_port": in_port, **match}.items(), out)

    return read, write


def _phy_port(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """1.1's port and physical port of a packet-in; where they are one, the match does not name the latter."""
    port_name, name = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + 8 > end:
            raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, port_name, position, "truncated")
        in_port, physical = _TWO_PORTS.unpack_from(data, position)
        values.append(in_port)
        values.append(Match.of({} if physical == in_port else {"in_phy_port": physical}))
        return position + 8

    def write(value: Any, out: bytearray, start: int) -> None:
        in_port = getattr(value, port_name)
        physical = _match(value, name).get("in_phy_port", in_port)
        try:
            out += _TWO_PORTS.pack(in_port, physical)
        except struct.error:
            text = f"cannot hold {in_port!r}: {takes(4)}"
            raise EncodeError(type(value).__name__, port_name, text) from None

    return read, write


def _write_oxm(
    oxm: Oxm, value: Any, name: str, entries: Iterable[tuple[str, Value]], out: bytearray
) -> None:
    try:
        oxm.write_match(entries, out)
    except EncodeError as error:
        raise error.within(type(value).__name__, name) from None


def _oxm_field(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The one field of SET_FIELD: its name, and its value, which has no mask before OpenFlow 1.5."""
    field_name, value_name = names
    oxm = oxm_of(version)
    read_entry, write_entry = oxm.read_entry, oxm.write_entry
    takes_masks = version >= V1_5

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            name, value, following = read_entry(data, position, end)
        except Fault as fault:
            fault.code = ErrorCode.BAD_ACTION__BAD_SET_LEN
            raise fault.within(field_name) from None
        if isinstance(value, tuple) and not takes_masks:
            code = ErrorCode.BAD_ACTION__BAD_SET_TYPE
            raise Fault(code, field_name, position, f"{name} is set under a mask")
        values += (name, value)
        if following + 7 < end or any(data[following:end]):
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, field_name, following, "more than one field")
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        name, new = getattr(value, field_name), getattr(value, value_name)
        if not isinstance(name, str):
            raise EncodeError(owner, field_name, f"takes the name of a field, not {name!r}")
        if name in _PORTS_1_0:
            raise Unsupported(owner, field_name, version, f"OpenFlow {version} has no field {name}")
        if isinstance(new, tuple) and not takes_masks:
            text = f"OpenFlow {version} sets fields without a mask"
            raise Unsupported(owner, value_name, version, text)
        try:
            write_entry(name, new, out)
        except Unsupported as error:
            raise Unsupported(owner, field_name, version, error.text) from None
        except EncodeError as error:
            wrong = value_name if name in KNOWN else field_name
            raise EncodeError(owner, wrong, f"{name} {error.text}") from None

    return read, write


def _oxm_headers(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """Headers without values, which name fields, and zeros up to the end of the element, which its family writes."""
    oxm = oxm_of(version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        for name in names:
            try:
                held, position = oxm.read_header(data, position, end)
            except Fault as fault:
                raise fault.within(name) from None
            values.append(held)
        if end - position > 7 or any(data[position:end]):
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, "pad", position, "bytes too many")
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        for name in names:
            try:
                oxm.write_header(getattr(value, name), out)
            except Unsupported as error:
                raise Unsupported(type(value).__name__, name, version, error.text) from None
            except EncodeError as error:
                raise EncodeError(type(value).__name__, name, error.text) from None

    return read, write


def _match(value: Any, name: str) -> Match:
    match = getattr(value, name)
    if not isinstance(match, Match):
        raise EncodeError(type(value).__name__, name, f"takes a Match, not {match!r}")
    return match


MATCH_FORMS: dict[str, Form] = {
    "fixedmatch": _fixed_match,
    "standardmatch": _standard_match,
    "oxm": _oxm,
    "oxmport": _oxm_port,
    "phyport": _phy_port,
    "oxmfield": _oxm_field,
    "oxmheaders": _oxm_headers,
}
