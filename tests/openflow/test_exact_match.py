"""The match of a packet has all of it that a version can match, and nothing that it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openflow as of
from openflow.packet import Packet
from openflow.versions import SUPPORTED, V1_0, V1_1, V1_2, V1_3, V1_5, Version
from tests.frames import FRAMES, broken_frames

LINK = {"in_port", "eth_src", "eth_dst", "vlan_vid", "eth_type"}
IPV4 = {*LINK, "ip_dscp", "ip_proto", "ipv4_src", "ipv4_dst"}

ON_1_0 = {
    "unknown type": LINK,
    "802.3 LLC": LINK,
    "ARP request": {*LINK, "arp_op", "arp_spa", "arp_tpa"},
    "IPv4 TCP": {*IPV4, "tcp_src", "tcp_dst"},
    "IPv4 UDP": {*IPV4, "udp_src", "udp_dst"},
    "IPv4 ICMP": {*IPV4, "icmpv4_type", "icmpv4_code"},
    "IPv4 later fragment": IPV4,
    "VLAN IPv4": {*IPV4, "vlan_pcp", "tcp_src", "tcp_dst"},
    "MPLS": LINK,
}
"""The twelve fields of POX's exact match, as far as a frame has them."""


@pytest.mark.parametrize(("name", "fields"), ON_1_0.items(), ids=ON_1_0)
def test_on_1_0_it_is_poxs_exact_match(name: str, fields: set[str]) -> None:
    match = of.Match.from_packet(of.Packet(FRAMES[name]), V1_0, in_port=1)
    assert set(match) == fields


@pytest.mark.parametrize("version", [V1_3, V1_5], ids=str)
def test_later_it_is_all_that_the_frame_has(version: Version) -> None:
    for frame in FRAMES.values():
        fields = {**Packet(frame).fields()}
        fields.pop("ipv6_exthdr", None)
        assert of.Match.from_packet(of.Packet(frame), version) == of.Match(fields)


def test_what_came_with_a_later_version_is_left_out() -> None:
    packet = of.Packet(FRAMES["MPLS"])
    assert "mpls_bos" not in of.Match.from_packet(packet, V1_2)
    assert "mpls_label" in of.Match.from_packet(packet, V1_1)
    assert "mpls_bos" in of.Match.from_packet(packet, V1_3)


@given(broken_frames(), st.sampled_from(SUPPORTED))
def test_it_can_be_said_and_comes_back_as_it_was(frame: bytes, version: Version) -> None:
    match = of.Match.from_packet(of.Packet(frame), version, in_port=3)
    flow = of.decode(of.encode(of.FlowMod(match), version))
    assert isinstance(flow, of.FlowMod)
    assert flow.match == match
    if version >= V1_2:
        match.check()


def test_a_port_is_no_version() -> None:
    port: Any = 1  # where POX's from_packet has it
    with pytest.raises(TypeError, match="not 1; a port is given by name: in_port=1"):
        of.Match.from_packet(of.Packet(FRAMES["MPLS"]), port)
