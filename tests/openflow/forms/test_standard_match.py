"""OpenFlow 1.1's match against a model of its own: its slots by name, and what each says (1.1.0, A.2.3)."""

from __future__ import annotations

import struct

import pytest

from openflow import Match, Unsupported
from openflow.errors import ErrorCode
from openflow.faults import Fault
from openflow.forms.oxm import oxm_of
from openflow.forms.standard_match import SIZE, read_standard_match, write_standard_match
from openflow.versions import V1_3

ALL = (1 << 10) - 1
IN_PORT, DL_VLAN, DL_VLAN_PCP, DL_TYPE, NW_TOS, NW_PROTO, TP_SRC, TP_DST, MPLS_LABEL, MPLS_TC = (
    1 << bit for bit in range(10)
)
"""The wildcard bits as OpenFlow 1.1.0 prints them (A.2.3, ofp_flow_wildcards)."""
ONES_48, ONES_32, ONES_64 = (1 << 48) - 1, (1 << 32) - 1, (1 << 64) - 1


def wire(wildcards: int, *, type_: int = 0, length: int = SIZE, **slots: int) -> bytes:
    """A match's bytes, by the names of 1.1.0's struct ofp_match; a mask that is left out ignores all."""

    def mac(name: str, default: int = 0) -> bytes:
        return slots.get(name, default).to_bytes(6, "big")

    return struct.pack(
        ">HHII6s6s6s6sHBxHBBIIIIHHIB3xQQ",
        type_,
        length,
        slots.get("in_port", 0),
        wildcards,
        mac("dl_src"),
        mac("dl_src_mask", ONES_48),
        mac("dl_dst"),
        mac("dl_dst_mask", ONES_48),
        *(slots.get(name, 0) for name in ("dl_vlan", "dl_vlan_pcp", "dl_type", "nw_tos")),
        slots.get("nw_proto", 0),
        slots.get("nw_src", 0),
        slots.get("nw_src_mask", ONES_32),
        slots.get("nw_dst", 0),
        slots.get("nw_dst_mask", ONES_32),
        *(slots.get(name, 0) for name in ("tp_src", "tp_dst", "mpls_label", "mpls_tc", "metadata")),
        slots.get("metadata_mask", ONES_64),
    )


def read(data: bytes) -> Match:
    match, stop = read_standard_match(data, 0, len(data))
    assert stop == SIZE
    return match


def written(match: Match) -> bytes:
    out = bytearray()
    write_standard_match(match, out)
    return bytes(out)


IPV4 = {"dl_type": 0x0800}
NOT_IPV4_NOR_PROTO = ALL & ~(DL_TYPE | NW_PROTO)
SAID: dict[str, tuple[bytes, Match]] = {
    "nothing": (wire(ALL), Match()),
    "a port of 32 bits": (wire(ALL & ~IN_PORT, in_port=0xFFFFFFFE), Match(in_port=0xFFFFFFFE)),
    "an address": (wire(ALL, dl_src=5, dl_src_mask=0), Match(eth_src=5)),
    "some bits of an address": (
        wire(ALL, dl_dst=1 << 40, dl_dst_mask=ONES_48 ^ 1 << 40),
        Match(eth_dst=(1 << 40, 1 << 40)),
    ),
    "no tag": (wire(ALL & ~DL_VLAN, dl_vlan=0xFFFF), Match(vlan_vid=0)),
    "any tag": (wire(ALL & ~DL_VLAN, dl_vlan=0xFFFE), Match(vlan_vid=(0x1000, 0x1000))),
    "a tag": (
        wire(ALL & ~(DL_VLAN | DL_VLAN_PCP), dl_vlan=7, dl_vlan_pcp=3),
        Match(vlan_vid=0x1007, vlan_pcp=3),
    ),
    "a DSCP in the upper six bits": (
        wire(ALL & ~(DL_TYPE | NW_TOS), nw_tos=46 << 2, **IPV4),
        Match(eth_type=0x0800, ip_dscp=46),
    ),
    "a network": (
        wire(ALL & ~DL_TYPE, nw_src=0x0A000000, nw_src_mask=0x00FFFFFF, **IPV4),
        Match(eth_type=0x0800, ipv4_src="10.0.0.0/8"),
    ),
    "a network with holes": (
        wire(ALL & ~DL_TYPE, nw_dst=0x0A000001, nw_dst_mask=0x00FFFF00, **IPV4),
        Match(eth_type=0x0800, ipv4_dst=(0x0A000001, 0xFF0000FF)),
    ),
    "ARP": (
        wire(NOT_IPV4_NOR_PROTO, dl_type=0x0806, nw_proto=2, nw_dst=9, nw_dst_mask=0),
        Match(eth_type=0x0806, arp_op=2, arp_tpa=9),
    ),
    "TCP": (
        wire(NOT_IPV4_NOR_PROTO & ~TP_SRC, nw_proto=6, tp_src=80, **IPV4),
        Match(eth_type=0x0800, ip_proto=6, tcp_src=80),
    ),
    "SCTP": (
        wire(NOT_IPV4_NOR_PROTO & ~TP_DST, nw_proto=132, tp_dst=9, **IPV4),
        Match(eth_type=0x0800, ip_proto=132, sctp_dst=9),
    ),
    "ICMP": (
        wire(NOT_IPV4_NOR_PROTO & ~TP_SRC, nw_proto=1, tp_src=8, **IPV4),
        Match(eth_type=0x0800, ip_proto=1, icmpv4_type=8),
    ),
    "MPLS": (
        wire(ALL & ~(DL_TYPE | MPLS_LABEL | MPLS_TC), dl_type=0x8847, mpls_label=5, mpls_tc=1),
        Match(eth_type=0x8847, mpls_label=5, mpls_tc=1),
    ),
    "metadata": (
        wire(ALL, metadata=0x10, metadata_mask=ONES_64 ^ 0xF0),
        Match(metadata=(0x10, 0xF0)),
    ),
}


@pytest.mark.parametrize(("data", "match"), SAID.values(), ids=SAID.keys())
def test_a_match_and_its_bytes_say_the_same(data: bytes, match: Match) -> None:
    assert read(data) == match
    assert written(match) == data


IGNORED: dict[str, tuple[bytes, Match]] = {
    "a priority without an id": (wire(ALL & ~DL_VLAN_PCP, dl_vlan_pcp=3), Match()),
    "the priority of no tag": (
        wire(ALL & ~(DL_VLAN | DL_VLAN_PCP), dl_vlan=0xFFFF, dl_vlan_pcp=3),
        Match(vlan_vid=0),
    ),
    "ports of an unknown protocol": (
        wire(NOT_IPV4_NOR_PROTO & ~TP_SRC, nw_proto=47, tp_src=80, **IPV4),
        Match(eth_type=0x0800, ip_proto=47),
    ),
    "a protocol over IPv6": (
        wire(NOT_IPV4_NOR_PROTO, dl_type=0x86DD, nw_proto=6),
        Match(eth_type=0x86DD),
    ),
    "an address of no known type": (wire(ALL, nw_src=1, nw_src_mask=0), Match()),
    "a label under no MPLS": (wire(ALL & ~MPLS_LABEL, mpls_label=5), Match()),
    "wildcards that there are not": (wire(0xFFFF_FFFF), Match()),
    "bits outside of a mask": (
        wire(ALL, dl_dst=0xFF, dl_dst_mask=ONES_48 ^ 0xF),
        Match(eth_dst=(0xF, 0xF)),
    ),
}


@pytest.mark.parametrize(("data", "match"), IGNORED.values(), ids=IGNORED.keys())
def test_what_is_ignored_goes_out_as_it_came_in(data: bytes, match: Match) -> None:
    assert read(data) == match
    assert written(read(data)) == data


def test_a_match_of_oxm_as_open_vswitch_sends_it_is_read_and_goes_out_as_it_came() -> None:
    match = Match(eth_type=0x86DD, ipv6_src=1)
    out = bytearray()
    oxm_of(V1_3).write_match(match.items(), out)
    assert read_standard_match(bytes(out), 0, len(out)) == (match, len(out))
    read_match, _ = read_standard_match(bytes(out), 0, len(out))
    assert written(read_match) == bytes(out)
    with pytest.raises(Unsupported):
        written(match)


@pytest.mark.parametrize(
    ("data", "code", "offset"),
    [
        (wire(ALL)[:-1], ErrorCode.BAD_MATCH__BAD_LEN, 0),
        (wire(ALL, type_=2), ErrorCode.BAD_MATCH__BAD_TYPE, 0),
        (wire(ALL, length=80), ErrorCode.BAD_MATCH__BAD_LEN, 2),
    ],
)
def test_a_match_of_another_type_or_length_is_none(
    data: bytes, code: ErrorCode, offset: int
) -> None:
    with pytest.raises(Fault) as fault:
        read(data)
    assert (fault.value.code, fault.value.offset) == (code, offset)
