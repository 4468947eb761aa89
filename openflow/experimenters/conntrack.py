"""Connection tracking (ovs-actions(7), "ct"; nicira-ext.h): committing, address translation, forgetting."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

from openflow.actions import Action
from openflow.addresses import parse_ipv4, parse_ipv6
from openflow.errors import EncodeError, ErrorCode, takes
from openflow.experimenters.headers import NO_FIELD, bits, has_bits
from openflow.faults import Fault
from openflow.forms.special import add_form
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.vendors import action
from openflow.versions import Version


class CtFlags(IntFlag):
    """NX_CT_F_*."""

    COMMIT = 1
    FORCE = 2


class NatFlags(IntFlag):
    """NX_NAT_F_*."""

    SRC = 1
    DST = 2
    PERSISTENT = 4
    PROTO_HASH = 8
    PROTO_RANDOM = 16


class CtState(IntFlag):
    """The bits of the match field `ct_state`."""

    NEW = 1
    EST = 2
    REL = 4
    RPL = 8
    INV = 16
    TRK = 32
    SNAT = 64
    DNAT = 128


RECIRC_NONE = 0xFF
"""NX_CT_RECIRC_NONE: the packet goes on without its connection's state."""


@dataclass(slots=True)
class NxCt(Action):
    """Send the packet through the connection tracker; `actions` are done to the connection when it is committed.

    `zone` is the zone, or with a field in `zone_src` which bits of it: text such as `reg0[0..15]` says both.
    """

    flags: int = 0
    zone: int = 0
    zone_src: str = NO_FIELD
    recirc_table: int = RECIRC_NONE
    alg: int = 0
    actions: Sequence[Action] = field(default_factory=list)
    layout = action(
        35,
        "flags:u16 zone_src:oxmid32 zone:u16 recirc_table:u8 pad3 alg:u16 actions:Action*",
    )

    def __post_init__(self) -> None:
        if has_bits(self.zone_src):
            self.zone_src, ofs, n_bits = bits(self.zone_src)
            self.zone = ofs << 6 | n_bits - 1


@dataclass(slots=True)
class NxCtClear(Action):
    """Forget the packet's connection state."""

    layout = action(43, "pad6")


@dataclass(slots=True)
class NxNat(Action):
    """Translate addresses and ports, inside of NxCt; without flags, as the connection does already.

    The bounds of ranges are ints, None where there is none; addresses may be text.
    """

    flags: int = 0
    ipv4_min: int | None = None
    ipv4_max: int | None = None
    ipv6_min: int | None = None
    ipv6_max: int | None = None
    proto_min: int | None = None
    proto_max: int | None = None
    layout = action(
        36,
        "pad2 flags:u16 ipv4_min+ipv4_max+ipv6_min+ipv6_max+proto_min+proto_max:natrange fill",
    )

    def __post_init__(self) -> None:
        for name, parse in _ADDRESSES.items():
            given = getattr(self, name)
            if isinstance(given, str):
                setattr(self, name, parse(given))


_ADDRESSES = {
    "ipv4_min": parse_ipv4,
    "ipv4_max": parse_ipv4,
    "ipv6_min": parse_ipv6,
    "ipv6_max": parse_ipv6,
}
_SIZES = (4, 4, 16, 16, 2, 2)
"""Bytes of each bound of NxNat, in the order of the bits that say which there are."""
_PRESENT = struct.Struct(">H")


def _nat_range(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """A word whose bits say which bounds follow, and those."""

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + 2 > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, names[0], position, "truncated")
        (present,) = _PRESENT.unpack_from(data, position)
        if present >> len(names):
            text = f"unknown bits {present:#06x}"
            raise Fault(ErrorCode.BAD_ACTION__BAD_ARGUMENT, "range_present", position, text)
        position += 2
        for index, (name, size) in enumerate(zip(names, _SIZES, strict=True)):
            if not present >> index & 1:
                values.append(None)
                continue
            if position + size > end:
                raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, name, position, "truncated")
            values.append(int.from_bytes(data[position : position + size], "big"))
            position += size
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        held = [getattr(value, name) for name in names]
        out += _PRESENT.pack(sum(1 << i for i, bound in enumerate(held) if bound is not None))
        for name, size, bound in zip(names, _SIZES, held, strict=True):
            if bound is None:
                continue
            try:
                out += bound.to_bytes(size, "big")
            except (AttributeError, OverflowError):
                text = f"cannot hold {bound!r}: {takes(size)}"
                raise EncodeError(type(value).__name__, name, text) from None

    return read, write


add_form("natrange", _nat_range)
