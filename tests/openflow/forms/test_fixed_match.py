"""OpenFlow 1.0's match against a model of its own: a frame's slots, and which of them a wildcard word lets through."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import FlowMod, Match, decode, encode
from openflow.fields import FIELDS
from openflow.forms.fixed_match import SIZE, read_fixed_match, write_fixed_match
from openflow.versions import V1_0
from tests.openflow.match_strategies import fixed_matches

WILDCARD = {
    "in_port": 1 << 0,
    "dl_src": 1 << 2,
    "dl_dst": 1 << 3,
    "dl_vlan": 1 << 1,
    "dl_vlan_pcp": 1 << 20,
    "dl_type": 1 << 4,
    "nw_tos": 1 << 21,
    "nw_proto": 1 << 5,
    "nw_src": 0x3F << 8,
    "nw_dst": 0x3F << 14,
    "tp_src": 1 << 6,
    "tp_dst": 1 << 7,
}
"""The wildcard bits as OpenFlow 1.0.2 prints them (5.2.3, ofp_flow_wildcards), in the order of the slots."""
NAMES = list(WILDCARD)
ALL = (1 << 22) - 1
IN_PORT, DL_SRC, DL_DST, DL_VLAN, DL_VLAN_PCP, DL_TYPE, NW_TOS, NW_PROTO, *_, TP_SRC, TP_DST = (
    WILDCARD.values()
)
NW_SRC_SHIFT, NW_DST_SHIFT = 8, 14


def wire(wildcards: int, **slots: int) -> bytes:
    """A match's bytes, by the names of 1.0.2's struct ofp_match."""
    held = {**dict.fromkeys(NAMES, 0), **slots}
    return struct.pack(
        ">IH6s6sHBxHBB2xIIHH",
        wildcards,
        held["in_port"],
        held["dl_src"].to_bytes(6, "big"),
        held["dl_dst"].to_bytes(6, "big"),
        *(held[name] for name in NAMES[3:]),
    )


def read(data: bytes) -> Match:
    match, stop = read_fixed_match(data, 0, len(data))
    assert stop == SIZE
    return match


def written(match: Match) -> bytes:
    out = bytearray()
    write_fixed_match(match, out)
    return bytes(out)


@st.composite
def frames(draw: st.DrawFn) -> dict[str, int]:
    """The twelve slots of a frame as 1.0's switch extracts them (1.0.2, 3.4)."""
    small = st.integers(0, 2)
    frame = dict.fromkeys(NAMES, 0)
    frame |= {name: draw(small) for name in ("in_port", "dl_src", "dl_dst")}
    frame["dl_vlan"] = draw(st.sampled_from([0xFFFF, 0, 1, 2]))
    if frame["dl_vlan"] != 0xFFFF:
        frame["dl_vlan_pcp"] = draw(small)
    frame["dl_type"] = draw(st.sampled_from([0x0800, 0x0806, 0x88CC]))
    if frame["dl_type"] == 0x88CC:
        return frame
    frame["nw_src"], frame["nw_dst"] = draw(st.integers(0, 7)), draw(st.integers(0, 7))
    frame["nw_proto"] = draw(st.sampled_from([1, 6, 17, 47]))
    if frame["dl_type"] == 0x0800:
        frame["nw_tos"] = draw(small) << 2
        if frame["nw_proto"] != 47:
            frame["tp_src"], frame["tp_dst"] = draw(small), draw(small)
    return frame


def lets_through(data: bytes, frame: dict[str, int]) -> bool:
    """Whether a match lets a frame through, by brute force from its bytes (1.0.2, 5.2.3 and its table of fields)."""
    wildcards, in_port, dl_src, dl_dst, *rest = struct.unpack(">IH6s6sHBxHBB2xIIHH", data)
    macs = (int.from_bytes(dl_src, "big"), int.from_bytes(dl_dst, "big"))
    slots = dict(zip(NAMES, (in_port, *macs, *rest), strict=True))
    slots["nw_tos"] &= 0xFC  # "actually DSCP field, 6 bits", as openflow.h says
    dl_type = None if wildcards & DL_TYPE else slots["dl_type"]
    proto = None if wildcards & NW_PROTO else slots["nw_proto"]
    for name in NAMES:
        network = dl_type in (0x0800, 0x0806)
        counts = {
            "nw_src": network,
            "nw_dst": network,
            "nw_proto": network,
            "nw_tos": dl_type == 0x0800,
            "tp_src": dl_type == 0x0800 and proto in (1, 6, 17),
            "tp_dst": dl_type == 0x0800 and proto in (1, 6, 17),
            "dl_vlan_pcp": wildcards & DL_VLAN or slots["dl_vlan"] != 0xFFFF,
        }.get(name, True)
        if not counts:
            continue
        if name in ("nw_src", "nw_dst"):
            shift = NW_SRC_SHIFT if name == "nw_src" else NW_DST_SHIFT
            ignored = min(wildcards >> shift & 0x3F, 32)
            if slots[name] >> ignored != frame[name] >> ignored:
                return False
        elif wildcards & WILDCARD[name]:
            continue
        elif name == "dl_vlan_pcp" and frame["dl_vlan"] == 0xFFFF:
            return False  # a frame without a tag has no priority
        elif slots[name] != frame[name]:
            return False
    return True


def neutral(frame: dict[str, int]) -> dict[str, int]:
    """The frame as match fields."""
    tagged = frame["dl_vlan"] != 0xFFFF
    fields = {
        "in_port": frame["in_port"],
        "eth_src": frame["dl_src"],
        "eth_dst": frame["dl_dst"],
        "eth_type": frame["dl_type"],
        "vlan_vid": 0x1000 | frame["dl_vlan"] if tagged else 0,
    }
    if tagged:
        fields["vlan_pcp"] = frame["dl_vlan_pcp"]
    for name, field in FIELDS.items():
        wanted = field.prerequisites and field.slot and name != "vlan_pcp"
        if wanted and all(needed.met_by(fields) for needed in field.prerequisites):
            fields[name] = frame[field.slot] >> (2 if field.slot == "nw_tos" else 0)
    return fields


def matches(match: Match, fields: dict[str, int]) -> bool:
    """Whether every field of the match is that of the frame, under its mask."""
    return all(
        name in fields and (fields[name] & match.masked(name)[1]) == match.masked(name)[0]
        for name in match
    )


@st.composite
def fixed_bytes(draw: st.DrawFn) -> bytes:
    """Matches of all sorts, sensible or not, that meet the frames above often enough."""
    slots = draw(frames())
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2)):
        slots[name] = draw(st.integers(0, 3))
    prefixes = draw(st.integers(0, 63)) << NW_SRC_SHIFT | draw(st.integers(0, 63)) << NW_DST_SHIFT
    flags = draw(st.integers(0, ALL)) | draw(st.integers(0, ALL))
    return wire(flags & ~(0xFFF << NW_SRC_SHIFT) | prefixes, **slots)


class TestAgainstBruteForce:
    @settings(max_examples=500)
    @given(data=fixed_bytes(), frame=frames())
    def test_a_match_means_what_its_forty_bytes_mean(
        self, data: bytes, frame: dict[str, int]
    ) -> None:
        assert matches(read(data), neutral(frame)) == lets_through(data, frame)

    @settings(max_examples=300)
    @given(match=fixed_matches(), frame=frames())
    def test_what_is_written_means_what_the_match_means(
        self, match: Match, frame: dict[str, int]
    ) -> None:
        assert lets_through(written(match), frame) == matches(match, neutral(frame))


class TestBytes:
    def test_no_fields_at_all_are_1_0s_all_wildcards(self) -> None:
        assert written(Match()) == wire(0x3820FF)

    @pytest.mark.parametrize("counted", [32, 33, 63])
    def test_thirty_two_ignored_bits_and_more_are_a_wildcard(self, counted: int) -> None:
        assert read(wire(ALL & ~DL_TYPE & ~(0x3F << 8) | counted << 8, dl_type=0x800)) == Match(
            eth_type=0x800
        )


# wildcards that are off, slots, the match
MEANINGS: dict[str, tuple[int, dict[str, int], dict[str, Any]]] = {
    "a port": (IN_PORT, {"in_port": 7}, {"in_port": 7}),
    "a reserved port": (IN_PORT, {"in_port": 0xFFFE}, {"in_port": 0xFFFF_FFFE}),
    "no tag": (DL_VLAN, {"dl_vlan": 0xFFFF}, {"vlan_vid": 0}),
    "a tag": (DL_VLAN, {"dl_vlan": 5}, {"vlan_vid": 0x1005}),
    "a tag with VLAN id 0": (DL_VLAN, {"dl_vlan": 0}, {"vlan_vid": 0x1000}),
    "a priority with any VLAN id": (
        DL_VLAN_PCP,
        {"dl_vlan_pcp": 3},
        {"vlan_vid": (0x1000, 0x1000), "vlan_pcp": 3},
    ),
    "no tag, whose priority is ignored": (
        DL_VLAN | DL_VLAN_PCP,
        {"dl_vlan": 0xFFFF, "dl_vlan_pcp": 3},
        {"vlan_vid": 0},
    ),
    "the six bits of DSCP": (
        DL_TYPE | NW_TOS,
        {"dl_type": 0x800, "nw_tos": 0xB8},
        {"eth_type": 0x800, "ip_dscp": 46},
    ),
    "ARP's opcode": (
        DL_TYPE | NW_PROTO,
        {"dl_type": 0x806, "nw_proto": 2},
        {"eth_type": 0x806, "arp_op": 2},
    ),
    "ICMP's type": (
        DL_TYPE | NW_PROTO | TP_SRC,
        {"dl_type": 0x800, "nw_proto": 1, "tp_src": 8},
        {"eth_type": 0x800, "ip_proto": 1, "icmpv4_type": 8},
    ),
    "a transport port without its protocol, which is ignored": (
        DL_TYPE | TP_DST,
        {"dl_type": 0x800, "tp_dst": 80},
        {"eth_type": 0x800},
    ),
    "an address without its type, which is ignored": (0x3F << 8, {"nw_src": 1}, {}),
}


@pytest.mark.parametrize(("exact", "slots", "fields"), MEANINGS.values(), ids=MEANINGS.keys())
def test_slots_mean_fields_by_what_else_is_matched(
    exact: int, slots: dict[str, int], fields: dict[str, Any]
) -> None:
    assert read(wire(ALL & ~exact, **slots)) == Match(fields)


def test_a_changed_match_no_longer_goes_out_as_it_came_in() -> None:
    data = wire(ALL & ~IN_PORT, in_port=1)
    flow = decode(encode(FlowMod(read(data)), V1_0))
    assert isinstance(flow, FlowMod)
    flow.match = flow.match.replace(in_port=2)
    assert written(flow.match) == wire(0x3820FE, in_port=2)
