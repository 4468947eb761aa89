"""The rules that the benchmark gives to switches, and the flows that it sends."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest

from benchmarks.datapath import flow_mods
from benchmarks.datapath.rules import RULES, Rules, flow
from openflow import FlowMod, decode
from openflow.framing import split

every_set = pytest.mark.parametrize("rules", RULES.values(), ids=lambda rules: rules.name)


@every_set
def test_rules_are_the_same_each_time(rules: Rules) -> None:
    assert list(rules.lines()) == list(rules.lines())


@every_set
def test_no_rule_drops(rules: Rules) -> None:
    assert all(re.search(r"actions=(output|goto_table):\d$", line) for line in rules.lines())


def test_the_mixed_rules_are_a_thousand_of_dozens_of_shapes() -> None:
    lines = list(RULES["mixed"].lines())
    shapes = {re.sub(r"=[^,/]*", "", line.partition(",")[2]) for line in lines}
    assert len(lines) == 1002
    assert len(shapes) > 100


def test_no_two_flows_are_alike() -> None:
    assert len({flow(number) for number in range(100_000)}) == 100_000


def test_flows_are_where_the_rules_look_for_them() -> None:
    for number in (0, 1, 12345, 1 << 40):
        one = flow(number)
        assert ip_address(one.ipv4_src) in ip_network("10.0.0.0/8")
        assert ip_address(one.ipv4_dst) in ip_network("10.64.0.0/16")
        assert 16384 <= one.udp_src < 32768
        assert 1024 <= one.udp_dst < 2048


def test_flow_mods_are_encoded_by_the_dozen_as_they_would_be_one_by_one() -> None:
    messages, _ = split(flow_mods.encoded(7, 3), 1 << 16)
    for number, message in zip((7, 8, 9), messages, strict=True):
        flow_mod = decode(message)
        assert isinstance(flow_mod, FlowMod)
        match = {name: int(value) for name, value in flow_mod.match.items()}  # type: ignore[arg-type]
        one = flow(number)
        assert match["ipv4_src"] == int(ip_address(one.ipv4_src))
        assert match["ipv4_dst"] == int(ip_address(one.ipv4_dst))
        assert (match["udp_src"], match["udp_dst"]) == (one.udp_src, one.udp_dst)
