"""Fields as such, named in an action by their OXM header: `reg0`, or some bits of one, `reg0[0..15]`.

On the wire a field is the header that would stand before its value in a match, 4 bytes, or 8 for an experimenter's.
A header that is no field's is kept in hex, `0x00019904`. Bits are an offset and a number; actions that take them
accept text as ovs-ofctl does, `reg0[0..15]`, `reg0[3]`, `eth_src[]`, which `bits` takes apart.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import KNOWN, OXM_CLASS_EXPERIMENTER, oxm_fields
from openflow.forms.special import add_form
from openflow.layouts.kinds import TRANSLATIONS, Inexpressible, Translation
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.versions import V1_0, Version

_BITS = re.compile(r"(?P<field>\w+)\[(?:(?P<first>\d+)(?:\.\.(?P<last>\d+))?)?\]")
_HEX = re.compile(r"0x(?:[0-9a-f]{8}|ffff[0-9a-f]{12})")
_EXPERIMENTER = OXM_CLASS_EXPERIMENTER.to_bytes(2, "big")
NO_FIELD = ""
"""What a header of zeros says: no field at all."""


def bits(text: str) -> tuple[str, int, int]:
    """`reg0[4..7]` as field, offset and number of bits; `reg0[]` is all of it.

    Raises ValueError for what is no such text.
    """
    found = _BITS.fullmatch(text)
    if found is None:
        raise ValueError(f"expected FIELD[FIRST..LAST], got {text!r}")
    name = found["field"]
    if found["first"] is None:
        if name not in KNOWN:
            raise ValueError(f"there is no field {name!r}")
        return name, 0, KNOWN[name].bits
    first, last = int(found["first"]), int(found["last"] or found["first"])
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return name, first, last - first + 1


def has_bits(value: Any) -> bool:
    """Whether a field is given as text that says which bits of it."""
    return isinstance(value, str) and "[" in value


def take_bits(value: Any, field_name: str, ofs_name: str) -> None:
    """Where a field is text that says which bits, put them where they belong. Raises ValueError."""
    given = getattr(value, field_name)
    if not has_bits(given):
        return
    name, ofs, n_bits = bits(given)
    if getattr(value, "n_bits", 0) not in (0, n_bits):
        raise ValueError(f"{given} has {n_bits} bits, not {value.n_bits}")
    setattr(value, field_name, name)
    setattr(value, ofs_name, ofs)
    if hasattr(value, "n_bits"):
        value.n_bits = n_bits


@cache
def _names(version: Version) -> dict[bytes, str]:
    """The fields that a version has, by header."""
    return {head: name for name, head in _heads(version).items()}


@cache
def _heads(version: Version) -> dict[str, bytes]:
    heads = {field.name: field.oxm_head() for field in reversed(oxm_fields(version))}
    return {**heads, NO_FIELD: bytes(4)}


def _name(head: bytes, version: Version) -> str:
    name = _names(version).get(head)
    return f"0x{head.hex()}" if name is None else name


def read_head(data: bytes, position: int, end: int, version: Version) -> tuple[str, int]:
    """The field whose header stands at `position`, and where that ends. Raises Fault."""
    experimental = data[position : position + 2] == _EXPERIMENTER
    following = position + (8 if experimental else 4)
    if following > end:
        raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, "", position, "truncated OXM header")
    return _name(data[position:following], version), following


def head_of(name: Any, version: Version) -> bytes:
    """The header of a field. Raises ValueError for a name that is none's, Inexpressible where the version lacks it."""
    if not isinstance(name, str):
        raise ValueError(f"takes the name of a field, not {name!r}")
    head = _heads(version).get(name)
    if head is not None:
        return head
    if _HEX.fullmatch(name):
        return bytes.fromhex(name[2:])
    if name in KNOWN:
        raise Inexpressible(f"no field {name}")
    raise ValueError(f"there is no field {name!r}")


def _oxm_id(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A field's header, 4 or 8 bytes."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        try:
            field, following = read_head(data, position, end, version)
        except Fault as fault:
            raise fault.within(name) from None
        values.append(field)
        return following

    def write(value: Any, out: bytearray, start: int) -> None:
        out += written_head(value, name, getattr(value, name), version)

    return read, write


_WIDE = 14


def _wide_oxm_id(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """A field's header, and zeros up to 14 bytes."""
    read_id, write_id = _oxm_id(names, version, codec_of)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        following = read_id(data, position, end, values)
        if position + _WIDE > end or any(data[following : position + _WIDE]):
            text = "the padding is missing, or no zeros"
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, names[0], position, text)
        return position + _WIDE

    def write(value: Any, out: bytearray, start: int) -> None:
        before = len(out)
        write_id(value, out, start)
        out += bytes(before + _WIDE - len(out))

    return read, write


def written_head(value: Any, where: str, name: Any, version: Version) -> bytes:
    """The header of the field that `where` in `value` names. Raises EncodeError or Unsupported."""
    try:
        return head_of(name, version)
    except Inexpressible as error:
        text = f"OpenFlow {version} has {error}"
        raise Unsupported(type(value).__name__, where, version, text) from None
    except ValueError as error:
        raise EncodeError(type(value).__name__, where, str(error)) from None


def _ofs_nbits(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """Offset and number of bits in one word of 16 bits: ten of the offset, six of the number less one."""
    ofs_name, n_bits_name = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + 2 > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, n_bits_name, position, "truncated")
        values += ofs_and_nbits(int.from_bytes(data[position : position + 2], "big"))
        return position + 2

    def write(value: Any, out: bytearray, start: int) -> None:
        out += written_bits(value, ofs_name, n_bits_name).to_bytes(2, "big")

    return read, write


def ofs_and_nbits(word: int) -> tuple[int, int]:
    """The offset and the number of bits that a word of 16 bits says."""
    return word >> 6, (word & 0x3F) + 1


def written_bits(value: Any, ofs_name: str, n_bits_name: str) -> int:
    """The word of 16 bits that says the offset and the number of bits that `value` holds. Raises EncodeError."""
    ofs, n_bits = getattr(value, ofs_name), getattr(value, n_bits_name)
    for name, number, least, most in ((ofs_name, ofs, 0, 0x3FF), (n_bits_name, n_bits, 1, 64)):
        if not isinstance(number, int) or not least <= number <= most:
            text = f"takes {least} to {most}, not {number!r}"
            raise EncodeError(type(value).__name__, name, text)
    return int(ofs << 6 | n_bits - 1)


def _from_oxm_id(wire: int) -> Any:
    return _name(wire.to_bytes(4, "big"), _ANY_VERSION)


def _to_oxm_id(name: Any) -> int:
    head = head_of(name, _ANY_VERSION)
    if len(head) > 4:
        raise ValueError(f"{name} is an experimenter's field, whose header does not fit")
    return int.from_bytes(head, "big")


_ANY_VERSION = V1_0
"""Headers of 4 bytes are those of all versions: it is experimenters' fields that change."""

TRANSLATIONS["oxmid"] = Translation(_from_oxm_id, _to_oxm_id)
add_form("oxmid", _oxm_id)
add_form("wideoxmid", _wide_oxm_id)
add_form("ofsnbits", _ofs_nbits)
