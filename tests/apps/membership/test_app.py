"""The app in simulated networks: agents on hosts, hosts without, and what other apps hear."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

import openflow as of
from apps.membership import Options, frames
from apps.membership.limits import CUT_S
from apps.swim.address import Address
from apps.swim.members import State
from openflow.addresses import format_mac
from openflow.packet import Packet
from openflow.versions import SUPPORTED, Version
from tests.apps.membership.hosts import OPTIONS, VIRTUAL, SimHost, World

EVERY_VERSION = pytest.mark.parametrize("version", SUPPORTED, ids=str)


def cluster(version: Version = of.V1_3, options: Options = OPTIONS) -> World:
    """Two switches in a row, each with a host that has an agent."""
    world = World(options, version)
    world.link((1, 4), (2, 4))
    for dpid in (1, 2):
        world.add(dpid, 4)
        world.host(f"h{dpid}", f"10.0.0.{dpid}", (dpid, 1)).start_agent()
    world.pass_time(3)
    return world


@EVERY_VERSION
def test_agents_join_the_controllers_virtual_address(version: Version) -> None:
    world = cluster(version)
    for host in world.hosts.values():
        assert host.core is not None
        assert sorted(host.core.members) == ["controller", "h1", "h2"]
        assert {m.state for m in host.core.members.values()} == {State.ALIVE}
    seen = world.membership.members
    assert sorted(seen) == ["h1", "h2"]
    assert [(s.dpid, s.port_no, s.mac) for s in seen.values()] == [
        (dpid, 1, world.hosts[dpid, 1].mac) for dpid in (1, 2)
    ]
    assert all(s.rtt_s is not None and s.state == "alive" for s in seen.values())
    assert world.kinds("h1")[0] == "join"
    assert not world.membership.counters


def test_an_agent_that_dies_is_suspected_and_fails_and_comes_back() -> None:
    world = cluster()
    world.said.clear()
    world.hosts[2, 1].alive = False
    world.pass_time(5)
    assert world.kinds("h2") == ["suspect", "failed"]
    event, dpid, member = world.said[-1]
    assert (event, dpid, member.port_no, member.mac, member.state) == (
        "member_failed", 2, 1, world.hosts[2, 1].mac, "failed",
    )  # fmt: skip
    assert world.kinds("h1") == []
    world.said.clear()
    world.hosts[2, 1].alive = True
    world.pass_time(10)
    assert world.kinds("h2")[0] == "join"
    assert world.membership.members["h2"].state == "alive"


def test_an_agent_that_leaves_is_gone_without_suspicion() -> None:
    world = cluster()
    world.said.clear()
    host = world.hosts[1, 1]
    assert host.core is not None
    host.carry(host.core.leave(world.shell.time))
    world.pass_time(2)
    assert world.kinds("h1") == ["leave"]


def test_what_an_agent_says_of_itself_is_an_update() -> None:
    world = cluster()
    world.said.clear()
    host = world.hosts[1, 1]
    assert host.core is not None
    host.carry(host.core.update(b"role=web", world.shell.time))
    world.pass_time(1)
    assert world.kinds("h1") == ["update"]
    assert world.said[-1][2].meta == b"role=web"


def test_two_of_one_name_are_a_conflict() -> None:
    world = cluster()
    world.said.clear()
    twin = world.host("h1", "10.0.0.9", (2, 2))
    twin.start_agent()
    world.pass_time(2)
    assert ("member_conflict", "10.0.0.9:7946") in {(e, m.other) for e, _, m in world.said}


def test_the_controller_joins_an_agent_that_it_is_told_of() -> None:
    options = replace(OPTIONS, join=(Address(ip_address("10.0.0.1").packed, 7946),))
    world = World(options)
    world.host("h1", "10.0.0.1", (1, 1)).start_agent(join=False)
    world.add(1, 2)
    world.pass_time(3)
    assert world.membership.members["h1"].state == "alive"


def test_a_member_that_only_others_have_told_of_is_found_by_asking_at_edge_ports() -> None:
    world = World()
    world.add(1, 4)
    world.host("h1", "10.0.0.1", (1, 1)).start_agent()
    second = world.host("h2", "10.0.0.2", (1, 2))
    second.start_agent(join=False)
    core = second.core
    assert core is not None
    second.carry(core.join([Address(ip_address("10.0.0.1").packed, 7946)], world.shell.time))
    world.pass_time(3)
    seen = world.membership.members["h2"]
    assert (seen.state, seen.dpid, seen.port_no) == ("alive", 1, 2)


def test_a_host_can_ping_the_controller() -> None:
    world = cluster()
    host = world.hosts[1, 1]
    payload = b"\0\1\0\1hello"
    host.send_packet(VIRTUAL, frames.echo(True, host.ip, VIRTUAL, payload))
    world.pass_time(0.1)
    assert [echo.payload for echo in host.echoed] == [payload]


def test_agents_have_the_controller_by_ipv6_too() -> None:
    virtual = ip_address("fd00::fe").packed
    world = World(replace(OPTIONS, address=virtual))
    world.add(1, 2)
    host = world.host("h1", "fd00::1", (1, 1))
    core = host.start_agent(join=False)
    host.carry(core.join([Address(virtual, 7946)], world.shell.time))
    world.pass_time(3)
    assert core.members["controller"].state is State.ALIVE
    assert world.membership.members["h1"].state == "alive"


def test_a_question_about_another_address_with_the_same_end_is_not_taken() -> None:
    world = World(replace(OPTIONS, address=ip_address("fd00::fe").packed))
    world.add(1, 2)
    host = world.host("six", "fd00:1::fe", (1, 2))
    asker = world.host("h1", "fd00:1::1", (1, 1))
    asker.send_packet(host.ip, frames.echo(True, asker.ip, host.ip, b"\0\1\0\1hello"))
    world.pass_time(0.2)
    assert [echo.payload for echo in asker.echoed] == [b"\0\1\0\1hello"]


# --- hosts without an agent -----------------------------------------------------------------------


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


# --- load and mischief ----------------------------------------------------------------------------


def test_a_host_that_floods_is_limited_and_then_cut_off_and_others_are_not() -> None:
    world = cluster()
    flood = frames.ethernet(world.membership.network.mac, 0x0200_0000_0666, 0, 0x88B5, bytes(46))
    for _ in range(2000):
        world.switches[1].receive(2, flood)
    world.said.clear()
    world.pass_time(0.02)
    counters = world.membership.counters
    taken = int(OPTIONS.port_rate * 2)
    assert counters["not_understood"] <= taken + 10
    assert counters["port_limited"] + counters["ports_cut"] + counters["not_understood"] == 2000
    cuts = [f for f in world.switches[1].flows if f.match.get("in_port") == 2 and f.hard_timeout]
    assert {flow.hard_timeout for flow in cuts} == {CUT_S}
    ups = world.switches[1].packet_ins
    world.switches[1].receive(2, flood)
    assert world.switches[1].packet_ins == ups
    world.pass_time(3)
    assert world.said == []


def test_nobody_else_may_have_the_controllers_address() -> None:
    world = cluster()
    mac = world.membership.network.mac
    forged = frames.question(mac, VIRTUAL, VIRTUAL[:3] + b"\1", 0)
    assert world.send((1, 2), forged) == set()
    claim = frames.question(0x0200_0000_0666, VIRTUAL, VIRTUAL, 0)
    world.send((1, 2), claim)
    assert world.membership.counters["address_conflict"] == 1
    assert VIRTUAL not in world.membership.network.places


def test_a_packet_with_another_ethernet_address_does_not_move_a_host() -> None:
    world = cluster()
    network, host = world.membership.network, world.hosts[1, 1]
    packet = frames.udp(host.ip, 7946, VIRTUAL, 7946, b"")
    world.send((2, 2), frames.ethernet(network.mac, 0x0200_0000_0666, 0, 0x0800, packet))
    place = network.places.find(host.ip)
    assert place is not None
    assert place[:2] == (1, 1)


HOST = b"\n\0\0\1"
STRAY_ACK = frames.sealed(frames.TCP, HOST, VIRTUAL, bytes(12) + b"\x50\x10" + bytes(6), 16)
FRAGMENT = bytes.fromhex("4500001c 00002000 40110000") + HOST + VIRTUAL + bytes(8)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (frames.udp(HOST, 7946, VIRTUAL, 53, b""), "not_for_us"),
        (frames.udp(HOST, 7946, b"\n\0\0\7", 7946, b""), "not_for_us"),
        (frames.udp(HOST, 7946, VIRTUAL, 7946, b"x")[:-1] + b"y", "bad_checksum"),
        (frames.packet(47, HOST, VIRTUAL, bytes(20)), "not_understood"),
        (FRAGMENT, "fragment"),
        (frames.packet(frames.TCP, HOST, VIRTUAL, STRAY_ACK), "segments_unasked"),
    ],
)
def test_what_is_nothing_to_us_is_counted(packet: bytes, reason: str) -> None:
    world = cluster()
    mac = world.membership.network.mac
    before = world.membership.members
    data = frames.ethernet(mac, world.hosts[1, 1].mac, 0, frames.ETH_IPV4, packet)
    assert Packet(data).eth_dst == mac
    world.send((1, 1), data)
    assert world.membership.counters == {reason: 1}
    assert world.membership.members == before


# --- the learning switch --------------------------------------------------------------------------


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
