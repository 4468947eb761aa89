"""OpenFlow 1.0's match: twelve slots in forty bytes, and a word that says which are wildcards (1.0.2, 5.2.3).

What the slots mean, `openflow.forms.slots` says. A match that was read keeps its bytes, so that what was ignored, and
the several ways to say "wildcard", go out as they came in.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from openflow.constants import OFPVID_NONE, OFPVID_PRESENT, FlowWildcards
from openflow.errors import ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import FIELDS, Field
from openflow.forms.slots import TAGGED, VLAN_NONE, VLAN_SLOTS, Slots, vlan_id
from openflow.layouts.kinds import TRANSLATIONS, Inexpressible
from openflow.match import Match, Value
from openflow.versions import V1_0

SIZE = 40
_STRUCT = struct.Struct(">IH6s6sHBxHBB2xIIHH")

_SLOTS = (
    "in_port",
    "dl_src",
    "dl_dst",
    "dl_vlan",
    "dl_vlan_pcp",
    "dl_type",
    "nw_tos",
    "nw_proto",
    "nw_src",
    "nw_dst",
    "tp_src",
    "tp_dst",
)
"""The slots in the order of their bytes."""

_WILDCARDS = {slot: int(FlowWildcards[slot.upper()]) for slot in _SLOTS}
"""The bit that makes a slot a wildcard; of the six bits of an address the one that means all of it."""
_ALL = sum(_WILDCARDS.values())
_PREFIXES = {"nw_src": 8, "nw_dst": 14}
"""Where the six bits of an address begin."""

_PORT = TRANSLATIONS["port"]

SLOTS = Slots(V1_0)


def read_fixed_match(data: bytes, position: int, end: int) -> tuple[Match, int]:
    """The match at `position` and where it stops. Raises Fault when it is truncated."""
    following = position + SIZE
    if following > end:
        text = f"truncated: {SIZE} bytes expected, {end - position} left"
        raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, "", position, text)
    wildcards, *values = _STRUCT.unpack_from(data, position)
    slots = {
        slot: value
        for (slot, bit), value in zip(_WILDCARDS.items(), values, strict=True)
        if not wildcards & bit
    }
    names = SLOTS.names(slots.get("dl_type"), slots.get("nw_proto"))
    fields: dict[str, Value] = {
        names[slot]: _neutral(slot, value, wildcards)
        for slot, value in slots.items()
        if slot in names
    }
    _read_vlan(slots.get("dl_vlan"), slots.get("dl_vlan_pcp"), fields)
    return Match.of(fields, data[position:following]), following


def write_fixed_match(match: Match, out: bytearray) -> None:
    """Append the match.

    Raises Unsupported for a field that has no slot or a mask that it cannot say, EncodeError for a field whose
    prerequisites the match lacks.
    """
    if match.fixed is not None and len(match.fixed) == SIZE:
        out += match.fixed
        return
    wildcards = _ALL
    slots: dict[str, int | bytes] = {**_EMPTY}
    names = SLOTS.names_in(match)
    for name, value in match.items():
        field = FIELDS.get(name)
        if field is None or not field.slot:
            raise Unsupported("Match", name, V1_0, f"OpenFlow 1.0 does not match {name}")
        if field.slot in VLAN_SLOTS:
            wildcards &= _write_vlan(match, field, value, slots)
            continue
        slots[field.slot], counted = _slot(field, value)
        wildcards = wildcards & ~_WILDCARDS[field.slot] | counted
        if names.get(field.slot) != name:
            raise SLOTS.ignored(name)
    out += _STRUCT.pack(wildcards, *slots.values())


_EMPTY: dict[str, int | bytes] = {
    slot: bytes(6) if slot in ("dl_src", "dl_dst") else 0 for slot in _SLOTS
}


def _neutral(slot: str, value: int | bytes, wildcards: int) -> Value:
    """What a slot says as the value of a field."""
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    if slot in _PREFIXES:
        counted = wildcards >> _PREFIXES[slot] & 0x3F
        mask = 0xFFFF_FFFF >> counted << counted
        return (value & mask, mask) if counted else value
    if slot == "in_port":
        return _PORT.decode(value)
    return value >> 2 if slot == "nw_tos" else value


def _read_vlan(vid: int | None, pcp: int | None, fields: dict[str, Value]) -> None:
    if vid == VLAN_NONE:
        fields["vlan_vid"] = OFPVID_NONE
        return
    if vid is not None:
        fields["vlan_vid"] = OFPVID_PRESENT | vid & 0xFFF
    if pcp is not None:
        fields.setdefault("vlan_vid", TAGGED)
        fields["vlan_pcp"] = pcp & 7


def _write_vlan(match: Match, field: Field, value: Value, slots: dict[str, int | bytes]) -> int:
    """Fill one of the two slots; the wildcards that stay."""
    any_tag = match.get("vlan_vid") == TAGGED
    if field.name == "vlan_vid" and any_tag and "vlan_pcp" in match:
        return ~0
    if not isinstance(value, int):
        raise SLOTS.no_mask(field.name)
    if field.name == "vlan_vid":
        slots["dl_vlan"] = vlan_id(value)
    elif all(needed.met_by(match) for needed in field.prerequisites):
        slots["dl_vlan_pcp"] = value
    else:
        raise SLOTS.ignored(field.name)
    return ~_WILDCARDS[field.slot]


def _slot(field: Field, value: Value) -> tuple[int | bytes, int]:
    """What stands in the slot, and the bits that count how much of it is a wildcard."""
    slot = field.slot
    if isinstance(value, int):
        number = SLOTS.number(field, value)
        return _ENCODERS[slot](number) if slot in _ENCODERS else number, 0
    if slot not in _PREFIXES or isinstance(value, bytes):
        raise SLOTS.no_mask(field.name)
    bits, mask = value
    counted = 32 - mask.bit_count()
    if mask != 0xFFFF_FFFF >> counted << counted:
        raise SLOTS.no_mask(field.name)
    return bits, counted << _PREFIXES[slot]


def _mac(value: int) -> bytes:
    return value.to_bytes(6, "big")


def _port(value: int) -> int:
    try:
        return _PORT.encode(value)
    except Inexpressible as error:
        raise Unsupported("Match", "in_port", V1_0, f"OpenFlow 1.0 has {error}") from None


_ENCODERS: dict[str, Callable[[int], int | bytes]] = {
    "dl_src": _mac,
    "dl_dst": _mac,
    "in_port": _port,
}
"""Slots in which a number does not stand as it is."""
