"""The description of networks: shapes and names as Mininet has them, mistakes in one line."""

from __future__ import annotations

import pytest

from topologies.topology import MOST_NODES, Topology, TopologyError, parse_topology

MISTAKES = {
    "": "no known shape",
    "ring,3": "no known shape; there are single,HOSTS, linear,",
    "single": "write it as single,HOSTS",
    "single,3,4": "write it as single,HOSTS",
    "tree,2": "write it as tree,DEPTH,FANOUT",
    "single,three": "'three' is not a number",
    "single,0": "'0' is not a number from 1",
    "single,-1": "'-1' is not a number",
    "single,²": "'²' is not a number",
    "linear,2,": "'' is not a number",
    "tree,9,9": f"more than {MOST_NODES} switches and hosts",
    "tree,101,1": "a tree of more than 100 levels",
}


@pytest.mark.parametrize(("text", "reason"), MISTAKES.items())
def test_a_mistake_is_told_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(TopologyError) as told:
        parse_topology(text)
    assert reason in str(told.value)
    assert "\n" not in str(told.value)


def test_hosts_get_their_addresses_in_the_order_of_their_names() -> None:
    hosts = parse_topology("single,11").hosts
    assert list(hosts)[:2] == ["h1", "h2"]
    assert [str(hosts[name].ip) for name in ("h1", "h10")] == ["10.0.0.1/8", "10.0.0.10/8"]
    assert hosts["h10"].mac_text == "00:00:00:00:00:0a"


def test_more_hosts_than_one_octet_can_number_go_on_in_the_next() -> None:
    assert str(parse_topology("single,300").hosts["h300"].ip) == "10.0.1.44/8"


def test_ports_count_from_one_at_switches_and_from_zero_at_hosts() -> None:
    topology = parse_topology("linear,2")
    assert [str((near.interface, far.interface)) for near, far in topology.ends_of("s2")] == [
        "('s2-eth1', 'h2-eth0')",
        "('s2-eth2', 's1-eth2')",
    ]


def test_the_datapath_id_is_the_number_in_the_name() -> None:
    assert parse_topology("linear,12").switches["s12"].dpid == 12


def test_a_name_is_given_once() -> None:
    topology = Topology()
    topology.add_host("h1")
    with pytest.raises(TopologyError, match="two nodes are called 'h1'"):
        topology.add_switch("h1")


def test_a_link_joins_nodes_that_exist() -> None:
    topology = Topology()
    topology.add_host("h1")
    with pytest.raises(TopologyError, match="not there: 's1'"):
        topology.add_link("h1", "s1")


def test_a_switch_without_number_has_no_datapath_id() -> None:
    with pytest.raises(TopologyError, match="needs a number"):
        Topology().add_switch("core")
