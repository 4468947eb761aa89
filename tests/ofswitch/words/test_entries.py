"""How people choose flow entries."""

from __future__ import annotations

from typing import Any

import pytest

from ofswitch.words.entries import parse_entries
from ofswitch.words.fields import SHORTHANDS
from openflow import FlowStatsRequest, Match

IPV4, IPV6, TAGGED = {"eth_type": 0x0800}, {"eth_type": 0x86DD}, (0x1000, 0x1000)
TCP = {**IPV4, "ip_proto": 6}
ALL_64 = (1 << 64) - 1


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("", {}),
        ("tcp,nw_dst=10.0.0.1", {**TCP, "ipv4_dst": "10.0.0.1"}),
        ("ip nw_dst=10.1.2.3/255.0.0.0", {**IPV4, "ipv4_dst": "10.0.0.0/8"}),
        ("nw_src=10.0.0.0/8", {**IPV4, "ipv4_src": "10.0.0.0/8"}),
        ("ip,nw_dst=0.0.0.0/0", IPV4),
        ("ipv6_src=fe80::/16", {**IPV6, "ipv6_src": "fe80::/16"}),
        ("tcp6,tp_dst=80", {**IPV6, "ip_proto": 6, "tcp_dst": 80}),
        ("dl_dst=01:00:00:00:00:00/01:00:00:00:00:00", {"eth_dst": (1 << 40, 1 << 40)}),
        ("metadata=0x5/0xff", {"metadata": (5, 0xFF)}),
        ("tun_id=7", {"tunnel_id": 7}),
        ("dl_vlan=5", {"vlan_vid": 0x1005}),
        ("vlan_vid=0x1000/0x1000", {"vlan_vid": TAGGED}),
        ("dl_vlan_pcp=3", {"vlan_vid": TAGGED, "vlan_pcp": 3}),
        ("vlan_vid=5,vlan_pcp=3", {"vlan_vid": 0x1005, "vlan_pcp": 3}),
    ],
)
def test_words_become_a_match(words: str, fields: dict[str, Any]) -> None:
    request, in_port, out_port = parse_entries(words)
    assert request == FlowStatsRequest(match=Match(fields))
    assert (in_port, out_port) == ("", "")


@pytest.mark.parametrize("shorthand", SHORTHANDS)
def test_every_shorthand_may_choose(shorthand: str) -> None:
    assert parse_entries(shorthand).request.match == Match(SHORTHANDS[shorthand])


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("table=0", {"table_id": 0}),
        ("cookie=7", {"cookie": 7, "cookie_mask": ALL_64}),
        ("cookie=0x7/-1", {"cookie": 7, "cookie_mask": ALL_64}),
        ("cookie=0x700/0xf00", {"cookie": 0x700, "cookie_mask": 0xF00}),
        ("out_group=5", {"out_group": 5}),
    ],
)
def test_entries_have_a_table_a_cookie_and_groups(words: str, chosen: dict[str, Any]) -> None:
    assert parse_entries(words).request == FlowStatsRequest(**chosen)


def test_ports_get_their_numbers_where_they_are_known() -> None:
    wanted = parse_entries("in_port=p1,arp,out_port=p2")
    request = wanted.asked({"p1": 1, "p2": 2}.__getitem__)
    assert request == FlowStatsRequest(match=Match(in_port=1, eth_type=0x0806), out_port=2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nonsense", "'nonsense' is neither FIELD=VALUE nor one of ip, icmp"),
        ("tcp_dts=80", "there is no field 'tcp_dts': did you mean tcp_dst?"),
        ("nw_ttl=5", "nw_ttl"),
        ("tcp,udp", "ip_proto cannot be both 6 and 17"),
        ("nw_dst=10.0.0.0/8,ip_dst=10.0.0.1", "cannot be both 10.0.0.0/8 and 10.0.0.1"),
        ("nw_dst=10.0.0.0/33", "a prefix of 33 bits does not fit"),
        ("tcp,tp_dst=0x50/0xfff0", "tp_dst=0x50/0xfff0: tcp_dst takes no mask"),
        ("vlan_vid=0,vlan_pcp=3", "vlan_pcp needs vlan_vid with the bit 0x1000"),
        ("in_phy_port=1", "in_phy_port is the same as in_port"),
        ("priority=5", "priority: entries are not chosen by that"),
        ("in_port=1 actions=output:2", "actions: entries are not chosen by that"),
        ("table=255", "table=255: write a number from 0 to 254"),
        ("table=", "table needs a value"),
        ("out_port", "out_port needs a value, as in out_port=VALUE"),
        ("cookie=x", "cookie=x: write a number, or NUMBER/MASK"),
        ("cookie=1/-2", "cookie=1/-2: write a number"),
        ("out_group=any", "out_group=any: write a number"),
        ("table=1,table=2", "table is given twice"),
    ],
)
def test_nonsense_is_told_in_a_sentence(words: str, told: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_entries(words)
    assert told in str(error.value)
