"""OpenFlow 1.0's match: twelve slots in forty bytes, and a word that says which are wildcards (1.0.2, 5.2.3).

Some slots mean different fields by what else is matched: `nw_src` is the IPv4 source, or ARP's sender address; `tp_src`
a TCP, UDP or SCTP port, or the ICMP type. A slot is the field of the catalogue whose prerequisites the match
meets; where there is none, 1.0 says that the slot is ignored, and so it is. A match that was read keeps its bytes, so
that what was ignored, and the several ways to say "wildcard", go out as they came in. To write a field that the reader
would ignore is an error: the entry would match more than was asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache

from openflow.constants import OFPVID_NONE, OFPVID_PRESENT, FlowWildcards
from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import FIELDS, Field
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

_DL_VLAN_NONE = 0xFFFF
_VLAN_SLOTS = ("dl_vlan", "dl_vlan_pcp")
_PORT = TRANSLATIONS["port"]


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
    names = slot_names(slots.get("dl_type"), slots.get("nw_proto"))
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
    proto = match.get("ip_proto", match.get("arp_op"))
    names = slot_names(_exact(match.get("eth_type")), _exact(proto))
    for name, value in match.items():
        field = FIELDS.get(name)
        if field is None or not field.slot:
            raise Unsupported("Match", name, V1_0, f"OpenFlow 1.0 does not match {name}")
        if field.slot in _VLAN_SLOTS:
            wildcards &= _write_vlan(match, field, value, slots)
            continue
        slots[field.slot], counted = _slot(field, value)
        wildcards = wildcards & ~_WILDCARDS[field.slot] | counted
        if names.get(field.slot) != name:
            raise _ignored(field)
    out += _STRUCT.pack(wildcards, *slots.values())


_EMPTY: dict[str, int | bytes] = {
    slot: bytes(6) if slot in ("dl_src", "dl_dst") else 0 for slot in _SLOTS
}


@lru_cache(maxsize=1024)
def slot_names(dl_type: int | None, nw_proto: int | None) -> Mapping[str, str]:
    """What the slots mean when these are matched: the first field whose prerequisites are met."""
    fields: dict[str, Value] = {} if dl_type is None else {"eth_type": dl_type}
    names: dict[str, str] = {}
    for field in FIELDS.values():
        known = not field.slot or field.slot in names or field.slot in _VLAN_SLOTS
        if known or not all(needed.met_by(fields) for needed in field.prerequisites):
            continue
        names[field.slot] = field.name
        if field.slot == "nw_proto" and nw_proto is not None:
            fields[field.name] = nw_proto
    return names


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
    if vid == _DL_VLAN_NONE:
        fields["vlan_vid"] = OFPVID_NONE
        return
    if vid is not None:
        fields["vlan_vid"] = OFPVID_PRESENT | vid & 0xFFF
    if pcp is not None:
        fields.setdefault("vlan_vid", (OFPVID_PRESENT, OFPVID_PRESENT))
        fields["vlan_pcp"] = pcp & 7


def _write_vlan(match: Match, field: Field, value: Value, slots: dict[str, int | bytes]) -> int:
    """Fill one of the two slots; the wildcards that stay."""
    any_tag = match.get("vlan_vid") == (OFPVID_PRESENT, OFPVID_PRESENT)
    if field.name == "vlan_vid" and any_tag and "vlan_pcp" in match:
        return ~0
    if not isinstance(value, int):
        raise _no_mask(field)
    if field.name == "vlan_vid":
        slots["dl_vlan"] = _vlan_id(value)
    elif all(needed.met_by(match) for needed in field.prerequisites):
        slots["dl_vlan_pcp"] = value
    else:
        raise _ignored(field)
    return ~_WILDCARDS[field.slot]


def _vlan_id(value: int) -> int:
    if value == OFPVID_NONE:
        return _DL_VLAN_NONE
    if not value & OFPVID_PRESENT:
        text = f"{value:#x} lacks the bit OFPVID_PRESENT: 0x1000 | VLAN id is a tag, 0 is none"
        raise EncodeError("Match", "vlan_vid", text)
    return value & 0xFFF


def _slot(field: Field, value: Value) -> tuple[int | bytes, int]:
    """What stands in the slot, and the bits that count how much of it is a wildcard."""
    if isinstance(value, int):
        return _wire(field, value), 0
    if field.slot not in _PREFIXES or isinstance(value, bytes):
        raise _no_mask(field)
    bits, mask = value
    counted = 32 - mask.bit_count()
    if mask != 0xFFFF_FFFF >> counted << counted:
        raise _no_mask(field)
    return bits, counted << _PREFIXES[field.slot]


def _wire(field: Field, value: int) -> int | bytes:
    if value > field.ones:
        raise EncodeError("Match", field.name, f"{value:#x} does not fit {field.bits} bits")
    match field.slot:
        case "dl_src" | "dl_dst":
            return value.to_bytes(6, "big")
        case "in_port":
            try:
                return _PORT.encode(value)
            except Inexpressible as error:
                raise Unsupported("Match", field.name, V1_0, f"OpenFlow 1.0 has {error}") from None
        case "nw_tos":
            return value << 2
        case "nw_proto" if value > 0xFF:
            text = f"OpenFlow 1.0 matches 8 bits of {field.name} only"
            raise Unsupported("Match", field.name, V1_0, text)
        case _:
            return value


def _exact(value: Value | None) -> int | None:
    """A field's value, unless it is masked."""
    return value if isinstance(value, int) else None


def _no_mask(field: Field) -> Unsupported:
    text = f"OpenFlow 1.0 has no such mask for {field.name}"
    return Unsupported("Match", field.name, V1_0, text)


def _ignored(field: Field) -> EncodeError:
    needed = " and ".join(prerequisite.field for prerequisite in field.prerequisites)
    text = f"OpenFlow 1.0 ignores it unless {needed} are matched that go with it"
    return EncodeError("Match", field.name, text)
