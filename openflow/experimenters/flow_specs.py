"""What a learned flow entry is made of (NXAST_LEARN, ovs-actions(7)): criteria of its match and its actions.

Each takes some bits from the packet that is being processed, or a constant, and says where they go. On the wire a word
of 16 bits says what follows: a source (a field and an offset, or as many bytes as the constant needs) and a destination
(a field and an offset); a word of zeros, or the end, ends the list.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

from openflow.errors import EncodeError, ErrorCode, takes
from openflow.experimenters.headers import read_head, take_bits, written_head
from openflow.faults import Fault
from openflow.forms.special import add_form
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.structs import Struct
from openflow.versions import Version

_U16 = struct.Struct(">H")
_N_BITS = 0x3FF
_IMMEDIATE = 1 << 13
_DESTINATION = 3 << 11
_WITH_FIELD = (0, 1)
"""Destinations that are fields."""
_RESERVED = 0xFFFF & ~(_N_BITS | _IMMEDIATE | _DESTINATION)


class NxFlowSpec(Struct):
    """One part of a learned flow entry. `src` is a field, of which `n_bits` from `src_ofs` on are taken, or a constant.

    Fields may be text that says which bits: `NxFlowSpecMatch("eth_src[]", "eth_dst[]")`.
    """

    __slots__ = ()
    destination: ClassVar[int] = 0
    src: str | int
    src_ofs: int
    n_bits: int

    def __post_init__(self) -> None:
        take_bits(self, "src", "src_ofs")
        if self.destination in _WITH_FIELD:
            take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxFlowSpecMatch(NxFlowSpec):
    """The entry matches these bits of `dst`."""

    src: str | int = 0
    dst: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    dst_ofs: int = 0
    destination = 0


@dataclass(slots=True)
class NxFlowSpecLoad(NxFlowSpec):
    """The entry puts the bits into `dst`."""

    src: str | int = 0
    dst: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    dst_ofs: int = 0
    destination = 1


@dataclass(slots=True)
class NxFlowSpecOutput(NxFlowSpec):
    """The entry sends packets out of the port that the bits number."""

    src: str | int = 0
    n_bits: int = 0
    src_ofs: int = 0
    destination = 2


_KINDS: dict[int, Any] = {
    cls.destination: cls for cls in (NxFlowSpecMatch, NxFlowSpecLoad, NxFlowSpecOutput)
}


def flow_specs(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The form of a list of flow specs."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        specs: list[NxFlowSpec] = []
        try:
            while position + 2 <= end and data[position : position + 2] != b"\0\0":
                spec, position = _read(data, position, end, version)
                specs.append(spec)
        except Fault as fault:
            raise fault.within(f"{name}[{len(specs)}]") from None
        values.append(specs)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        specs = getattr(value, name)
        if not isinstance(specs, list | tuple):
            raise EncodeError(owner, name, f"takes a list, not {specs!r}")
        for index, spec in enumerate(specs):
            try:
                _write(spec, out, version)
            except EncodeError as error:
                raise error.within(owner, f"{name}[{index}]") from None

    return read, write


def _read(data: bytes, start: int, end: int, version: Version) -> tuple[NxFlowSpec, int]:
    (head,) = _U16.unpack_from(data, start)
    cls = _KINDS.get((head & _DESTINATION) >> 11)
    if cls is None or head & _RESERVED or not head & _N_BITS:
        text = f"{head:#06x} is no head of a flow spec"
        raise Fault(ErrorCode.BAD_ACTION__BAD_ARGUMENT, "", start, text)
    found: dict[str, Any] = {"n_bits": head & _N_BITS}
    position = start + 2
    if head & _IMMEDIATE:
        stop = position + _constant_size(head & _N_BITS)
        if stop > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, "src", position, "truncated constant")
        found["src"], position = int.from_bytes(data[position:stop], "big"), stop
    else:
        found["src"], found["src_ofs"], position = _read_bits(data, position, end, version, "src")
    if cls.destination in _WITH_FIELD:
        found["dst"], found["dst_ofs"], position = _read_bits(data, position, end, version, "dst")
    return cls(**found), position


def _read_bits(
    data: bytes, position: int, end: int, version: Version, name: str
) -> tuple[str, int, int]:
    try:
        field, following = read_head(data, position, end, version)
    except Fault as fault:
        raise fault.within(name) from None
    if following + 2 > end:
        raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, f"{name}_ofs", following, "truncated")
    return field, _U16.unpack_from(data, following)[0], following + 2


def _write(spec: Any, out: bytearray, version: Version) -> None:
    owner = type(spec).__name__
    if not isinstance(spec, NxFlowSpec):
        raise EncodeError("NxFlowSpec", "", f"expected NxFlowSpec, got {spec!r}")
    src: Any = spec.src
    n_bits: Any = spec.n_bits
    if not isinstance(n_bits, int) or not 0 < n_bits <= _N_BITS:
        raise EncodeError(owner, "n_bits", f"takes 1 to {_N_BITS}, not {n_bits!r}")
    immediate = not isinstance(src, str)
    out += _U16.pack(spec.destination << 11 | (_IMMEDIATE if immediate else 0) | n_bits)
    if immediate:
        try:
            out += src.to_bytes(_constant_size(n_bits), "big")
        except (OverflowError, AttributeError):
            text = f"cannot hold {src!r}: {takes(_constant_size(n_bits))}"
            raise EncodeError(owner, "src", text) from None
    else:
        _write_bits(spec, "src", out, version)
    if spec.destination in _WITH_FIELD:
        _write_bits(spec, "dst", out, version)


def _write_bits(spec: NxFlowSpec, name: str, out: bytearray, version: Version) -> None:
    out += written_head(spec, name, getattr(spec, name), version)
    ofs = getattr(spec, f"{name}_ofs")
    try:
        out += _U16.pack(ofs)
    except struct.error:
        text = f"cannot hold {ofs!r}: {takes(2)}"
        raise EncodeError(type(spec).__name__, f"{name}_ofs", text) from None


def _constant_size(n_bits: int) -> int:
    """A constant takes whole words of 16 bits."""
    return (n_bits + 15) // 16 * 2


add_form("flowspecs", flow_specs)
