"""Hypothesis strategies for matches whose prerequisites are met, and for what else has a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from openflow import ErrorCode, Match, Version
from openflow.errors import error_code
from openflow.fields import (
    FIELDS,
    KNOWN,
    OXM_CLASS_BASIC,
    OXM_CLASS_EXPERIMENTER,
    Field,
    oxm_fields,
)
from openflow.forms.oxs import STAT_FIELDS, StatField
from openflow.layouts.kinds import TRANSLATIONS
from openflow.versions import V1_3, V1_5

ETH_TYPES = (0x0800, 0x0806, 0x86DD, 0x8847, 0x8848, 0x88E7, 0x88CC)
IP_PROTOS = (1, 6, 17, 47, 58, 132)
ICMPV6_TYPES = (128, 135, 136)

_CHOSEN = ("eth_type", "vlan_vid", "ip_proto", "icmpv6_type", "in_port")
"""What other fields depend on, those first that depend on nothing themselves."""


def values(field: Field) -> st.SearchStrategy[int]:
    """Values that the field holds, its ends more often than chance would have them."""
    return st.sampled_from([0, 1, field.ones]) | st.integers(0, field.ones)


def maskable(field: Field) -> st.SearchStrategy[Any]:
    """Values of a field, or some of its bits if it takes a mask."""
    exact = values(field)
    if not field.maskable:
        return exact
    prefixes = st.integers(1, field.bits).map(
        lambda n: field.ones >> field.bits - n << field.bits - n
    )
    return exact | st.tuples(exact, prefixes | st.integers(1, field.ones))


def _preferred(name: str) -> st.SearchStrategy[Any]:
    match name:
        case "eth_type":
            return st.sampled_from(ETH_TYPES)
        case "ip_proto":
            return st.sampled_from(IP_PROTOS)
        case "icmpv6_type":
            return st.sampled_from(ICMPV6_TYPES)
        case "vlan_vid":
            vids = st.integers(0, 0xFFF).map(lambda vid: 0x1000 | vid)
            return vids | st.sampled_from([0, (0x1000, 0x1000)])
        case _:
            return values(FIELDS[name])


def _met(field: Field, fields: dict[str, Any]) -> bool:
    return all(needed.met_by(fields) for needed in field.prerequisites)


@st.composite
def consistent_fields(draw: st.DrawFn, version: Version = V1_3) -> dict[str, Any]:
    """Fields that a version knows, all of whose prerequisites are met."""
    found: dict[str, Any] = {}
    for name in _CHOSEN:
        if _met(FIELDS[name], found) and draw(st.booleans()):
            found[name] = draw(_preferred(name))
    known = {field.name: KNOWN[field.name] for field in oxm_fields(version)}
    possible = [f for f in known.values() if f.name not in found and _met(f, found)]
    for field in draw(st.lists(st.sampled_from(possible), unique=True, max_size=6)):
        found[field.name] = draw(maskable(field))
    order = draw(st.permutations(list(found)))
    return {name: found[name] for name in order}


def consistent_matches(version: Version = V1_3) -> st.SearchStrategy[Match]:
    """Matches of known fields, each with its prerequisites."""
    return consistent_fields(version).map(Match)


@st.composite
def unknown_fields(draw: st.DrawFn) -> dict[str, bytes]:
    """OXM entries that the catalogue does not know, by the key that a match keeps them under."""
    class_ = draw(st.sampled_from([0, 2, 0x7FFF, OXM_CLASS_BASIC, OXM_CLASS_EXPERIMENTER]))
    number = draw(st.integers(64, 127))
    payload = draw(st.binary(max_size=255))
    vendor = f":{payload[:4].hex()}" if class_ == OXM_CLASS_EXPERIMENTER else ""
    return {f"0x{class_:04x}{vendor}.{number}{draw(st.sampled_from(['', '/m']))}": payload}


def oxm_matches(version: Version = V1_3) -> st.SearchStrategy[Match]:
    """Whatever an OXM match may hold."""
    return st.builds(
        lambda known, raw: Match({**known, **raw}), consistent_fields(version), _seldom()
    )


def _seldom() -> st.SearchStrategy[dict[str, bytes]]:
    return st.just({}) | st.just({}) | unknown_fields()


def packet_in_matches(version: Version = V1_3) -> st.SearchStrategy[tuple[int, Match]]:
    """A packet-in's port, and its match without it."""
    names = ("metadata", "tunnel_id") if version >= V1_3 else ("metadata",)
    others = st.fixed_dictionaries({}, optional={name: maskable(FIELDS[name]) for name in names})
    return st.tuples(values(FIELDS["in_port"]), others.map(Match))


def packet_in_ports() -> st.SearchStrategy[tuple[int, Match]]:
    """1.1's port of a packet-in, and a match that names the physical one if it is another."""
    ports = values(FIELDS["in_port"])
    return st.tuples(ports, ports).map(
        lambda pair: (pair[0], Match(in_phy_port=pair[1]) if pair[0] != pair[1] else Match())
    )


def set_fields(version: Version = V1_3) -> st.SearchStrategy[tuple[str, Any]]:
    """A field to set, and its value, on 1.5 with a mask."""
    held = maskable if version >= V1_5 else values
    known = st.sampled_from(oxm_fields(version)).flatmap(
        lambda field: st.tuples(st.just(field.name), held(field).map(_exact_or_masked(field)))
    )
    return known | unknown_fields().map(lambda raw: next(iter(raw.items())))


def _exact_or_masked(field: Field) -> Callable[[Any], Any]:
    """A value as reading gives it: bits outside of the mask are as they were sent, and a full mask is none."""
    return lambda held: held[0] if isinstance(held, tuple) and held[1] == field.ones else held


def headers(version: Version) -> st.SearchStrategy[str]:
    """Names of fields, and of headers that stand for none."""
    known = st.sampled_from([field.name for field in oxm_fields(version)])
    return known | st.sampled_from(["0x80007e02", "0xffff5608:00abcdef"])


def stats(own: tuple[str, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Statistics: the fields of which `own` are the names, and a dict of the others."""
    mine = {name for field in STAT_FIELDS.values() for name in field.fields} & set(own)
    others = {
        field.name: _stat(field) for field in STAT_FIELDS.values() if not set(field.fields) <= mine
    }
    raw = st.fixed_dictionaries({}, optional={"0x8002.99": st.binary(max_size=9)})
    known = st.fixed_dictionaries({}, optional=others)
    counters = [st.integers(0, (1 << (64 if "_count" in name else 32)) - 2) for name in own]
    counters = [
        st.integers(0, 9) if name == "flow_count" else c
        for name, c in zip(own, counters, strict=True)
    ]
    return st.tuples(*counters, st.builds(lambda a, b: {**a, **b}, known, raw))


def _stat(field: StatField) -> st.SearchStrategy[Any]:
    numbers = [st.integers(0, ones) for ones in field.absent]
    return st.tuples(*numbers) if len(numbers) > 1 else numbers[0]


SLOTTED = [field for field in FIELDS.values() if field.slot]


@st.composite
def fixed_matches(draw: st.DrawFn) -> Match:
    """Matches that OpenFlow 1.0 can say."""
    found: dict[str, Any] = {}
    for name in ("eth_type", "vlan_vid", "ip_proto"):
        if _met(FIELDS[name], found) and draw(st.booleans()):
            found[name] = draw(_preferred(name))
    if found.get("vlan_vid") == (0x1000, 0x1000):
        found["vlan_pcp"] = draw(st.integers(0, 7))
    possible = [f for f in SLOTTED if f.name not in found and _met(f, found)]
    for field in draw(st.lists(st.sampled_from(possible), unique=True, max_size=6)):
        found[field.name] = draw(_slotted(field))
    return Match(found)


STANDARD = [*SLOTTED, *(FIELDS[name] for name in ("metadata", "mpls_label", "mpls_tc"))]
NOT_OVER_IPV6 = frozenset({"ipv4_src", "arp_spa", "mpls_label"})


@st.composite
def standard_matches(draw: st.DrawFn) -> Match:
    """Matches that OpenFlow 1.1 can say: IPv6 by its type only."""
    found: dict[str, Any] = {}
    for name in ("eth_type", "vlan_vid", "ip_proto"):
        if _met(FIELDS[name], found) and draw(st.booleans()):
            found[name] = draw(_preferred(name))
    if found.get("eth_type") == 0x86DD:
        del found["eth_type"]
        found.pop("ip_proto", None)
    possible = [f for f in STANDARD if f.name not in found and _met(f, found)]
    for field in draw(st.lists(st.sampled_from(possible), unique=True, max_size=6)):
        found[field.name] = draw(_standard(field))
    if found.get("eth_type") == 0x86DD:
        found = {"eth_type": 0x86DD}
    return Match(found)


def _standard(field: Field) -> st.SearchStrategy[Any]:
    if field.slot == "dl_vlan":
        return _preferred("vlan_vid")
    if field.slot == "nw_proto":
        return st.integers(0, 0xFF)
    return maskable(field)


def _slotted(field: Field) -> st.SearchStrategy[Any]:
    if field.slot == "in_port":
        return st.integers(0, 0xFFFF).map(TRANSLATIONS["port"].decode)
    if field.slot == "dl_vlan":
        return _preferred("vlan_vid").filter(lambda value: isinstance(value, int))
    if field.slot == "nw_proto":
        return st.integers(0, 0xFF)
    if field.slot in ("nw_src", "nw_dst"):
        prefixes = st.integers(1, 32).map(lambda n: 0xFFFF_FFFF >> 32 - n << 32 - n)
        return st.tuples(values(field), prefixes)
    return values(field)


def catalogued_errors(version: Version) -> st.SearchStrategy[ErrorCode | tuple[int, int]]:
    """Errors that the version has a number for, and numbers that it has no error for."""
    known = [code for code in ErrorCode if error_code(*code.wire(version), version) is code]
    numbers = st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
    return st.sampled_from(known) | numbers.filter(lambda wire: error_code(*wire, version) is None)
