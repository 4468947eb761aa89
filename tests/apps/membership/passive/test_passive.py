"""Hosts without an agent, in simulated networks."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from apps.membership.network import frames
from openflow.addresses import format_mac
from tests.apps.membership.hosts import OPTIONS, VIRTUAL, SimHost, World


def passive(
    *, probe: str = "arp", learn: bool = True, configured: str = ""
) -> tuple[World, SimHost]:
    """A network with a host without an agent."""
    hosts = ((configured, ip_address("10.0.0.9").packed),) if configured else ()
    world = World(replace(OPTIONS, probe=probe, learn=learn, passive=hosts))
    world.add(1, 4)
    host = world.host("printer", "10.0.0.9", (1, 3))
    world.pass_time(0.1)
    return world, host


@pytest.mark.parametrize("probe", ["arp", "icmp"])
def test_a_configured_host_is_found_and_probed(probe: str) -> None:
    world, _ = passive(probe=probe, learn=False, configured="printer")
    world.pass_time(3)
    seen = world.membership.members["printer"]
    assert (seen.state, seen.dpid, seen.port_no, seen.passive) == ("alive", 1, 3, True)
    assert world.kinds("printer") == ["join"]
    assert seen.rtt_s is not None


def test_a_host_is_learned_from_its_arp_messages() -> None:
    world, host = passive()
    host.put(frames.question(host.mac, host.ip, ip_address("10.0.0.77").packed, 0))
    world.pass_time(0.5)
    assert world.kinds("10.0.0.9") == ["join"]
    assert world.membership.members["10.0.0.9"].mac == host.mac


def test_a_host_that_does_not_answer_is_suspected_and_any_frame_refutes() -> None:
    world, host = passive(configured="printer")
    world.pass_time(2)
    host.alive = False
    while "suspect" not in world.kinds("printer"):
        world.pass_time(0.02)
    before = world.membership.members["printer"].incarnation
    host.alive = True
    host.put(frames.ethernet(0x0200_0000_0001, host.mac, 0, 0x88B5, bytes(46)))
    world.pass_time(0.02)
    assert world.kinds("printer") == ["join", "suspect", "cleared"]
    assert world.membership.members["printer"].incarnation == before + 1
    world.pass_time(3)
    assert world.kinds("printer") == ["join", "suspect", "cleared"]


def test_a_host_that_stays_silent_fails_and_comes_back() -> None:
    world, host = passive(configured="printer")
    world.pass_time(2)
    host.alive = False
    world.pass_time(5)
    assert world.kinds("printer") == ["join", "suspect", "failed"]
    host.alive = True
    world.pass_time(3)
    assert world.kinds("printer") == ["join", "suspect", "failed", "join"]


def test_a_host_that_has_moved_is_found_again() -> None:
    world, host = passive(configured="printer")
    world.pass_time(2)
    del world.hosts[1, 3]
    host.at = (1, 2)
    world.hosts[1, 2] = host
    world.pass_time(3)
    assert world.membership.members["printer"].port_no == 2
    assert world.kinds("printer")[:2] == ["join", "update"]
    assert "failed" not in world.kinds("printer")


def test_a_host_whose_agent_starts_speaks_for_itself() -> None:
    world, host = passive()
    host.name = "h9"
    host.put(frames.question(host.mac, host.ip, ip_address("10.0.0.77").packed, 0))
    world.pass_time(1)
    host.start_agent()
    world.pass_time(2)
    assert world.kinds("10.0.0.9") == ["join", "leave"]
    assert sorted(world.membership.members) == ["h9"]


def test_hosts_without_an_agent_are_not_told_to_agents() -> None:
    world, _ = passive(configured="printer")
    agent = world.host("h1", "10.0.0.1", (1, 1))
    core = agent.start_agent()
    world.pass_time(3)
    assert sorted(core.members) == ["controller", "h1"]
    assert sorted(world.membership.members) == ["h1", "printer"]


def test_a_host_with_an_ipv6_address_is_asked_by_neighbour_discovery() -> None:
    ip = ip_address("fd00::9")
    world = World(replace(OPTIONS, passive=(("six", ip.packed),)))
    world.add(1, 2)
    host = world.host("six", "fd00::9", (1, 2))
    world.pass_time(3)
    assert world.kinds("six") == ["join"]
    host.alive = False
    world.pass_time(5)
    assert world.kinds("six") == ["join", "suspect", "failed"]


def test_too_many_hosts_of_a_port_are_counted() -> None:
    world = World(replace(OPTIONS, hosts_of_port=5))
    world.add(1, 2)
    for number in range(20):
        ip = ip_address("10.0.1.0") + number
        frame = frames.question(0x0200_0000_0100 + number, ip.packed, VIRTUAL[:3] + b"\x77", 0)
        world.send((1, 1), frame)
    assert len(world.membership.members) == 5
    assert world.membership.counters["hosts_refused"] == 15


def test_a_switch_that_comes_back_finds_its_hosts_as_they_were() -> None:
    world, _ = passive(configured="printer")
    world.pass_time(2)
    before = world.membership.members["printer"]
    world.controller.switch(1).disconnect()
    world.pass_time(1)
    assert world.membership.members["printer"].incarnation == before.incarnation
    del world.switches[1]
    world.add(1, 4)
    world.pass_time(2)
    after = world.membership.members["printer"]
    assert (after.state, after.port_no, after.incarnation) == ("alive", 3, before.incarnation)
    assert world.kinds("printer") == ["join"]


def test_nobody_fails_because_the_controller_ends() -> None:
    world, host = passive(configured="printer")
    world.pass_time(2)
    host.alive = False
    world.end()
    assert world.kinds("printer") == ["join"]


def test_the_learning_switch_drops_flows_to_a_failed_host_and_no_other() -> None:
    world, host = passive(configured="printer")
    others = [world.host(f"o{n}", f"10.0.0.{n}", (1, n)) for n in (1, 2)]
    everyone = [host, *others]
    world.pass_time(2)
    for one in everyone:
        for other in everyone:
            if one is not other:
                world.talk(one.at, format_mac(one.mac), format_mac(other.mac))
    assert flows_of(world, host)
    between = flows_of(world, others[0]) - flows_of(world, host)
    host.alive = False
    world.pass_time(5)
    assert world.kinds("printer")[-1] == "failed"
    assert not flows_of(world, host)
    assert between <= flows_of(world, others[0])
    host.alive = True
    assert world.talk((1, 1), format_mac(others[0].mac), format_mac(host.mac)) >= {(1, 3)}
    world.talk((1, 3), format_mac(host.mac), format_mac(others[0].mac))
    assert world.talk((1, 1), format_mac(others[0].mac), format_mac(host.mac)) == {(1, 3)}


def flows_of(world: World, host: SimHost) -> set[tuple[int, int]]:
    """The flows to and from a host, as (source, destination)."""
    pairs = {(f.match.get("eth_src"), f.match.get("eth_dst")) for f in world.switches[1].flows}
    return {pair for pair in pairs if host.mac in pair}
