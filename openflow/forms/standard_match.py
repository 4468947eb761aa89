"""OpenFlow 1.1's match: OFPMT_STANDARD, 88 bytes of slots, some with masks, and a word of wildcards (1.1.0, A.2.3).

What the slots mean, `openflow.forms.slots` says; a match that was read keeps its bytes. Other than in 1.0, addresses
and metadata have masks, in which a bit that is set does not count; IPv6 is matched by its Ethernet type only, and MPLS
has slots.

Open vSwitch lists its flow entries with the OXM matches of later versions even on 1.1. They are read as well, and keep
their bytes with one more behind, which tells them from matches of slots.
"""

from __future__ import annotations

import struct

from openflow.constants import OFPVID_NONE, OFPVID_PRESENT
from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.fields import ETH_TYPE_IPV6, FIELDS, KNOWN
from openflow.forms.oxm import oxm_of
from openflow.forms.slots import TAGGED, VLAN_NONE, VLAN_SLOTS, Slots, vlan_id
from openflow.match import Match, Value
from openflow.versions import V1_1

SIZE = 88
_TYPE = 0
_OXM_TYPE = b"\0\1"
_OXM_MARK = b"\1"
_STRUCT = struct.Struct(">HHII6s6s6s6sHBxHBBIIIIHHIB3xQQ")

_WILDCARDS = {
    "in_port": 1 << 0,
    "dl_vlan": 1 << 1,
    "dl_vlan_pcp": 1 << 2,
    "dl_type": 1 << 3,
    "nw_tos": 1 << 4,
    "nw_proto": 1 << 5,
    "tp_src": 1 << 6,
    "tp_dst": 1 << 7,
    "mpls_label": 1 << 8,
    "mpls_tc": 1 << 9,
}
"""The bit that makes a slot a wildcard (ofp_flow_wildcards)."""
_ALL = (1 << 10) - 1

_MASKED = ("dl_src", "dl_dst", "nw_src", "nw_dst", "metadata")
"""Slots with a mask behind them."""
_BYTES = {"dl_src": 6, "dl_dst": 6}
"""Slots that are not integers, with their size."""

_ORDER = (
    "in_port",
    "wildcards",
    "dl_src",
    "dl_src_mask",
    "dl_dst",
    "dl_dst_mask",
    "dl_vlan",
    "dl_vlan_pcp",
    "dl_type",
    "nw_tos",
    "nw_proto",
    "nw_src",
    "nw_src_mask",
    "nw_dst",
    "nw_dst_mask",
    "tp_src",
    "tp_dst",
    "mpls_label",
    "mpls_tc",
    "metadata",
    "metadata_mask",
)
"""The slots in the order of their bytes, behind type and length."""

SLOTS = Slots(
    V1_1,
    more={name: name for name in ("metadata", "mpls_label", "mpls_tc")},
    opaque={ETH_TYPE_IPV6},
)
_VLAN_ANY = 0xFFFE

_ONES = {slot: FIELDS[name].ones for name, slot in SLOTS.of.items() if slot in _MASKED}
_EMPTY = {
    **dict.fromkeys(_ORDER, 0),
    **{f"{slot}_mask": ones for slot, ones in _ONES.items()},
}


def read_standard_match(data: bytes, position: int, end: int) -> tuple[Match, int]:
    """The match at `position` and where it stops. Raises Fault when it is of another type or length."""
    if data[position : position + 2] == _OXM_TYPE:
        return _read_oxm(data, position, end)
    following = position + SIZE
    if following > end:
        text = f"truncated: {SIZE} bytes expected, {end - position} left"
        raise Fault(ErrorCode.BAD_MATCH__BAD_LEN, "", position, text)
    type_, length, *values = _STRUCT.unpack_from(data, position)
    if type_ != _TYPE:
        text = f"type {type_} is not OFPMT_STANDARD, {_TYPE}"
        raise Fault(ErrorCode.BAD_MATCH__BAD_TYPE, "type", position, text)
    if length != SIZE:
        raise Fault(ErrorCode.BAD_MATCH__BAD_LEN, "length", position + 2, f"{length} is not {SIZE}")
    slots = {slot: _integer(value) for slot, value in zip(_ORDER, values, strict=True)}
    return Match.of(_neutral(slots), data[position:following]), following


def write_standard_match(match: Match, out: bytearray) -> None:
    """Append the match.

    Raises Unsupported for a field that has no slot or a mask that it cannot say, EncodeError for a field whose
    prerequisites the match lacks.
    """
    if match.fixed is not None and len(match.fixed) == SIZE:
        out += match.fixed
        return
    if match.fixed is not None and len(match.fixed) % 8 == 1:
        out += match.fixed[:-1]
        return
    slots = {**_EMPTY, "wildcards": _ALL}
    names = SLOTS.names_in(match)
    for name, value in match.items():
        slot = SLOTS.of.get(name)
        if slot is None:
            text = f"OpenFlow 1.1 does not match {name}"
            raise Unsupported("Match", name, V1_1, text)
        if slot not in VLAN_SLOTS and names.get(slot) != name:
            raise SLOTS.ignored(name)
        if slot in _MASKED:
            slots[slot], slots[f"{slot}_mask"] = _bits(name, value, _ONES[slot])
        else:
            slots[slot] = _wire(match, name, value)
            slots["wildcards"] &= ~_WILDCARDS[slot]
    values = [_bytes(slot, value) for slot, value in slots.items()]
    out += _STRUCT.pack(_TYPE, SIZE, *values)


def _read_oxm(data: bytes, position: int, end: int) -> tuple[Match, int]:
    entries, following = oxm_of(V1_1).read_match(data, position, end)
    return Match.of(entries, data[position:following] + _OXM_MARK), following


def _neutral(slots: dict[str, int]) -> dict[str, Value]:
    """What the slots say, as fields."""
    wildcards = slots["wildcards"]
    exact = {slot: slots[slot] for slot, bit in _WILDCARDS.items() if not wildcards & bit}
    names = SLOTS.names(exact.get("dl_type"), exact.get("nw_proto"))
    fields: dict[str, Value] = {}
    for slot, name in names.items():
        if slot in _MASKED:
            mask = _ONES[slot] & ~slots[f"{slot}_mask"]
            if mask:
                bits = slots[slot]
                fields[name] = bits if mask == _ONES[slot] else (bits & mask, mask)
        elif slot in exact:
            fields[name] = exact[slot] >> 2 if slot == "nw_tos" else exact[slot]
    if "dl_vlan" in exact:
        fields |= _vlan(exact["dl_vlan"], exact.get("dl_vlan_pcp"))
    return fields


def _vlan(vid: int, pcp: int | None) -> dict[str, Value]:
    if vid == VLAN_NONE:
        return {"vlan_vid": OFPVID_NONE}
    fields: dict[str, Value] = {
        "vlan_vid": TAGGED if vid == _VLAN_ANY else OFPVID_PRESENT | vid & 0xFFF
    }
    if pcp is not None:
        fields["vlan_pcp"] = pcp & 7
    return fields


def _wire(match: Match, name: str, value: Value) -> int:
    """What stands in a slot that has no mask."""
    field = FIELDS[name]
    if name == "vlan_vid" and value == TAGGED:
        return _VLAN_ANY
    if name == "vlan_pcp" and not all(needed.met_by(match) for needed in field.prerequisites):
        raise SLOTS.ignored(name)
    if not isinstance(value, int):
        raise SLOTS.no_mask(name)
    return vlan_id(value) if name == "vlan_vid" else SLOTS.number(field, value)


def _bits(name: str, value: Value, ones: int) -> tuple[int, int]:
    """What stands in a slot that has a mask, and the mask, whose bits do not count."""
    if isinstance(value, bytes):
        raise SLOTS.no_mask(name)
    bits, mask = (value, ones) if isinstance(value, int) else value
    if bits > ones or mask > ones:
        raise EncodeError("Match", name, f"{value!r} does not fit {KNOWN[name].bits} bits")
    return bits, ones & ~mask


def _integer(value: int | bytes) -> int:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value


def _bytes(slot: str, value: int) -> int | bytes:
    size = _BYTES.get(slot.removesuffix("_mask"))
    return value if size is None else value.to_bytes(size, "big")
