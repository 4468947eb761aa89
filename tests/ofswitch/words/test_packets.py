"""How people describe packets."""

from __future__ import annotations

from typing import Any

import pytest

from ofswitch.words.fields import SHORTHANDS
from ofswitch.words.packets import parse_packet
from openflow import Match

IPV4, ARP, IPV6 = {"eth_type": 0x0800}, {"eth_type": 0x0806}, {"eth_type": 0x86DD}
TCP = {**IPV4, "ip_proto": 6}


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("tcp,nw_dst=10.0.0.2,tp_dst=80", {**TCP, "ipv4_dst": 0x0A000002, "tcp_dst": 80}),
        ("tcp nw_dst=10.0.0.2, tp_dst=80", {**TCP, "ipv4_dst": 0x0A000002, "tcp_dst": 80}),
        ("tcp, tp_dst = 80", {**TCP, "tcp_dst": 80}),
        ("tp_dst=80,tcp", {**TCP, "tcp_dst": 80}),
        ("tcp_dst=80", {**TCP, "tcp_dst": 80}),
        ("tcp_dst=80,ipv6_dst=::1", {**IPV6, "ip_proto": 6, "tcp_dst": 80, "ipv6_dst": 1}),
        ("udp6,tp_src=53", {**IPV6, "ip_proto": 17, "udp_src": 53}),
        ("dl_type=0x806,nw_src=10.0.0.1,nw_proto=2", {**ARP, "arp_spa": 0x0A000001, "arp_op": 2}),
        ("ip_dst=10.0.0.1", {**IPV4, "ipv4_dst": 0x0A000001}),
        ("ip,nw_tos=184,nw_ecn=1", {**IPV4, "ip_dscp": 46, "ip_ecn": 1}),
        ("icmp,icmp_type=8", {**IPV4, "ip_proto": 1, "icmpv4_type": 8}),
        ("ip,nw_ttl=1", {**IPV4, "nw_ttl": 1}),
        ("dl_vlan=5", {"vlan_vid": 0x1005}),
        ("dl_vlan=0xffff", {"vlan_vid": 0}),
        ("vlan_vid=5", {"vlan_vid": 0x1005}),
        ("vlan_vid=0x1005", {"vlan_vid": 0x1005}),
        ("vlan_pcp=3", {"vlan_vid": 0x1000, "vlan_pcp": 3}),
        ("DL_SRC=00:00:00:00:00:01", {"eth_src": 1}),
        ("", {}),
    ],
)
def test_words_become_fields_and_what_these_need(words: str, fields: dict[str, int]) -> None:
    assert parse_packet(words) == ("", fields)


@pytest.mark.parametrize("port", ["1", "s1-h1"])
def test_a_port_is_numbered_or_named(port: str) -> None:
    assert parse_packet(f"in_port={port},arp") == (port, ARP)


@pytest.mark.parametrize("shorthand", SHORTHANDS)
def test_a_shorthand_says_what_can_be_matched(shorthand: str) -> None:
    fields: dict[str, Any] = parse_packet(shorthand).fields
    Match(fields).check()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("tpc", "'tpc' is neither FIELD=VALUE nor one of ip, icmp, tcp.*: did you mean tcp?"),
        ("tcp_dst", "as in tcp_dst=VALUE"),
        ("tcp_dts=80", "there is no field 'tcp_dts': did you mean tcp_dst?"),
        ("colour=red", "there is no field 'colour'"),
        ("tp_dst=80", "tp_dst depends on the protocol: add tcp, udp, sctp or icmp"),
        ("tcp,udp", "ip_proto cannot be both 6 and 17"),
        ("ip,ipv6_src=::1", "ipv6_src needs eth_type=0x86dd, not eth_type=0x800"),
        ("tcp_dst=1,udp_dst=2", "udp_dst needs ip_proto=17, which does not go with the other"),
        ("ip,nw_dst=10.0.0.0/8", "nw_dst=10.0.0.0/8: a packet has one value there"),
        ("nw_dst=10.0.0.300", "10.0.0.300"),
        ("eth_dst=zz", "eth_dst: not an Ethernet address: 'zz'"),
        ("tcp_dst=65536", "does not fit tcp_dst"),
        ("dl_vlan=4096", "a VLAN has a number from 0 to 4095"),
        ("ip,nw_ttl=256", "nw_ttl=256: write a number from 0 to 255"),
        ("eth_type=0x8100", "say vlan_vid=5 for a tag"),
        ("metadata=5", "it is 0 when a packet comes in"),
        ("ipv6_exthdr=1", "with --packet"),
        ("tcp_flags=2", "this switch does not know tcp_flags"),
        ("tcp,tcp_dst=1,tcp_dst=2", "tcp_dst is given twice"),
        ("in_port=1,in_port=2", "in_port is given twice"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(words: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(").replace("?", r"\?")):
        parse_packet(words)
