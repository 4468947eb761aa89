"""OpenFlow 1.0's match: twelve fields in forty bytes, and a word that says which are wildcards (1.0.2, 5.2.3).

Some slots mean different fields by what else is matched: `nw_src` is the IPv4 source, or ARP's sender address; `tp_src`
a TCP, UDP or SCTP port, or the ICMP type. A slot becomes the field of the catalogue whose prerequisites the match
meets; where none is, 1.0 says that the slot is ignored, and so it is. A match that was read keeps its forty bytes, so
that what was ignored, and the several ways to say "wildcard", go out as they came in.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from openflow.constants import OFPVID_NONE, OFPVID_PRESENT
from openflow.errors import ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import FIELDS, Field
from openflow.kinds import TRANSLATIONS
from openflow.match import Match, Value
from openflow.versions import V1_0

SIZE = 40
_STRUCT = struct.Struct(">IH6s6sHBxHBB2xIIHH")
_ORDER = (
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
_DL_VLAN_NONE = 0xFFFF
_PREFIXES = {"nw_src": 8, "nw_dst": 14}
"""The first of the six bits that count how many low bits of an address are wildcards."""

_BITS = {
    "in_port": 1 << 0,
    "dl_vlan": 1 << 1,
    "dl_src": 1 << 2,
    "dl_dst": 1 << 3,
    "dl_type": 1 << 4,
    "nw_proto": 1 << 5,
    "tp_src": 1 << 6,
    "tp_dst": 1 << 7,
    "dl_vlan_pcp": 1 << 20,
    "nw_tos": 1 << 21,
}
_ALL = sum(_BITS.values()) | 32 << 8 | 32 << 14
_FIELDS_OF: dict[str, list[Field]] = {
    slot: [field for field in FIELDS.values() if field.slot == slot] for slot in _ORDER
}
# The order in which slots become fields: what others depend on comes first.
_DECODING = tuple(slot for slot in _ORDER if not slot.startswith("dl_vlan"))


@dataclass(slots=True)
class _Slots:
    """The forty bytes taken apart; addresses as ints."""

    wildcards: int
    values: dict[str, int]

    def has(self, slot: str) -> bool:
        return not self.wildcards & _BITS[slot]

    def ignored_bits(self, slot: str) -> int:
        return min(self.wildcards >> _PREFIXES[slot] & 0x3F, 32)


def read_fixed_match(data: bytes, position: int, end: int) -> tuple[Match, int]:
    """The match at `position` and where it stops. Raises Fault when it is truncated."""
    if position + SIZE > end:
        text = f"truncated: {SIZE} bytes expected, {end - position} left"
        raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, "", position, text)
    wildcards, *values = _STRUCT.unpack_from(data, position)
    slots = _Slots(wildcards, dict(zip(_ORDER, map(_number, values), strict=True)))
    fields: dict[str, Value] = {}
    for slot in _DECODING:
        value = _slot_value(slots, slot)
        field = _field_for(slot, fields)
        if value is not None and field is not None:
            fields[field.name] = value
    _read_vlan(slots, fields)
    return Match.of(fields, data[position : position + SIZE]), position + SIZE


def write_fixed_match(match: Match, out: bytearray) -> None:
    """Append the match. Raises Unsupported for a field that has no slot, or a mask that it cannot say."""
    if match.fixed is not None:
        out += match.fixed
        return
    wildcards = _ALL
    values = dict.fromkeys(_ORDER, 0)
    for name, value in match.items():
        field = FIELDS.get(name)
        if field is None or not field.slot:
            raise Unsupported("Match", name, V1_0)
        if field.name == "vlan_vid":
            wildcards &= _write_vlan(value, "vlan_pcp" in match, values)
            continue
        values[field.slot], ignored = _slot_of(field, value)
        if field.slot in _PREFIXES:
            shift = _PREFIXES[field.slot]
            wildcards = wildcards & ~(0x3F << shift) | ignored << shift
        else:
            wildcards &= ~_BITS[field.slot]
    out += _STRUCT.pack(wildcards, *(_wire(slot, values[slot]) for slot in _ORDER))


def _number(value: int | bytes) -> int:
    return value if isinstance(value, int) else int.from_bytes(value, "big")


def _wire(slot: str, value: int) -> int | bytes:
    return value.to_bytes(6, "big") if slot in ("dl_src", "dl_dst") else value


def _field_for(slot: str, fields: dict[str, Value]) -> Field | None:
    for field in _FIELDS_OF[slot]:
        if all(prerequisite.met_by(fields) for prerequisite in field.prerequisites):
            return field
    return None


def _slot_value(slots: _Slots, slot: str) -> Value | None:
    value = slots.values[slot]
    if slot in _PREFIXES:
        ignored = slots.ignored_bits(slot)
        mask = 0xFFFF_FFFF >> ignored << ignored
        if ignored == 32:
            return None
        return value if ignored == 0 else (value & mask, mask)
    if not slots.has(slot):
        return None
    match slot:
        case "in_port":
            return TRANSLATIONS["port"].decode(value)
        case "nw_tos":
            return value >> 2
        case _:
            return value


def _read_vlan(slots: _Slots, fields: dict[str, Value]) -> None:
    vid = slots.values["dl_vlan"] if slots.has("dl_vlan") else None
    if vid == _DL_VLAN_NONE:
        fields["vlan_vid"] = OFPVID_NONE
        return
    if vid is not None:
        fields["vlan_vid"] = OFPVID_PRESENT | vid & 0xFFF
    if slots.has("dl_vlan_pcp"):
        fields.setdefault("vlan_vid", (OFPVID_PRESENT, OFPVID_PRESENT))
        fields["vlan_pcp"] = slots.values["dl_vlan_pcp"] & 7


def _write_vlan(value: Value, with_pcp: bool, values: dict[str, int]) -> int:
    """Fill the slot; the wildcards that stay."""
    if value == (OFPVID_PRESENT, OFPVID_PRESENT) and with_pcp:
        return ~0
    if not isinstance(value, int):
        raise Unsupported("Match", "vlan_vid", V1_0, "OpenFlow 1.0 has no mask for vlan_vid")
    values["dl_vlan"] = value & 0xFFF if value & OFPVID_PRESENT else _DL_VLAN_NONE
    return ~_BITS["dl_vlan"]


def _slot_of(field: Field, value: Value) -> tuple[int, int]:
    """What stands in the slot, and how many low bits of it are wildcards."""
    if isinstance(value, int):
        try:
            return _narrowed(field, value), 0
        except ValueError as error:
            raise Unsupported("Match", field.name, V1_0, str(error)) from None
    if field.slot in _PREFIXES and not isinstance(value, bytes):
        bits, mask = value
        ignored = 32 - mask.bit_count()
        if mask == 0xFFFF_FFFF >> ignored << ignored:
            return bits, ignored
    text = f"OpenFlow 1.0 has no such mask for {field.name}"
    raise Unsupported("Match", field.name, V1_0, text)


def _narrowed(field: Field, value: int) -> int:
    match field.slot:
        case "in_port":
            return TRANSLATIONS["port"].encode(value)
        case "nw_tos":
            return value << 2
        case "nw_proto" if value > 0xFF:
            raise ValueError(f"OpenFlow 1.0 matches 8 bits of {field.name} only")
        case _:
            return value
