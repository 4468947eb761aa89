"""The forms of OXM entries on their own: Nicira's matches, which are bare entries, and a field with its value.

ONF's flow monitors for 1.3 stand between: Open vSwitch puts a whole ofp_match there, os-ken bare entries. Either is
read and goes out as it came; ours are ofp_match.
"""

from __future__ import annotations

from typing import Any

from openflow.errors import EncodeError, ErrorCode
from openflow.faults import Fault
from openflow.fields import KNOWN
from openflow.forms.oxm import Oxm, as_match, oxm_of
from openflow.forms.special import add_form
from openflow.layouts.parts import CodecOf, Reader, Values, Writer, patch_length
from openflow.match import Match
from openflow.versions import Version


def _nxm(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A match without a header, up to the end or to the length that was given; NXM's fields and OXM's alike."""
    (name,) = names
    oxm = oxm_of(version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            values.append(as_match(oxm.read_entries(data, position, end)))
        except Fault as fault:
            raise fault.within(name) from None
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        _write_match(value, name, oxm, out)

    return read, write


def _entry(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """One entry: the name of its field, and the value or (value, mask)."""
    field_name, value_name = names
    oxm = oxm_of(version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            field, held, following = oxm.read_entry(data, position, end)
        except Fault as fault:
            fault.code = ErrorCode.BAD_ACTION__BAD_SET_LEN
            raise fault.within(field_name) from None
        values += (field, held)
        return following

    def write(value: Any, out: bytearray, start: int) -> None:
        field, held = getattr(value, field_name), getattr(value, value_name)
        if not isinstance(field, str):
            text = f"takes the name of a field, not {field!r}"
            raise EncodeError(type(value).__name__, field_name, text)
        try:
            oxm.write_entry(field, held, out)
        except EncodeError as error:
            error.message, error.text = type(value).__name__, f"{field} {error.text}"
            error.field = value_name if field in KNOWN else field_name
            raise

    return read, write


_OXM_TYPE = b"\0\1"
_BARE = b"bare"
"""What marks a match that had no header (`Match.fixed`); no match of 1.0 or 1.1 is that short."""


def _onf_match(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    (name,) = names
    oxm = oxm_of(version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        header = _OXM_TYPE + (end - position).to_bytes(2, "big")
        bare = data[position : min(position + 4, end)] != header
        try:
            entries = oxm.read_entries(data, position if bare else position + 4, end)
        except Fault as fault:
            raise fault.within(name) from None
        match = as_match(entries)
        match.fixed = _BARE if bare else None
        values.append(match)
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        before = len(out)
        match = getattr(value, name)
        bare = isinstance(match, Match) and match.fixed == _BARE
        if not bare:
            out += _OXM_TYPE + bytes(2)
        _write_match(value, name, oxm, out)
        if not bare:
            patch_length(out, before + 2, len(out) - before, type(value).__name__, name)

    return read, write


def _write_match(value: Any, name: str, oxm: Oxm, out: bytearray) -> None:
    match = getattr(value, name)
    if not isinstance(match, Match):
        raise EncodeError(type(value).__name__, name, f"takes a Match, not {match!r}")
    try:
        for field, held in match.items():
            oxm.write_entry(field, held, out)
    except EncodeError as error:
        raise error.within(type(value).__name__, name) from None


add_form("nxm", _nxm)
add_form("onfmatch", _onf_match)
add_form("oxmentry", _entry)
