"""Members with an agent, in simulated networks, and what other apps hear of them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from apps.membership.agents import ALONE_S
from apps.membership.network import frames
from apps.swim.address import Address
from apps.swim.config import BARE
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.packet import Envelope
from apps.swim.serf_keys import INSTALL, USE, request
from apps.swim.serf_messages import Kind as SerfKind
from apps.swim.serf_messages import decode, encode
from apps.swim.serf_queries import Query, question
from openflow.versions import SUPPORTED, Version
from tests.apps.membership.hosts import OPTIONS, VIRTUAL, World, cluster

EVERY_VERSION = pytest.mark.parametrize("version", SUPPORTED, ids=str)


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
    assert [world.membership.member(name) for name in seen] == list(seen.values())
    assert world.membership.member("controller") is None


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


def test_two_of_one_name_are_a_conflict(caplog: pytest.LogCaptureFixture) -> None:
    world = cluster()
    world.said.clear()
    twin = world.host("h1", "10.0.0.9", (2, 2))
    twin.start_agent()
    world.pass_time(2)
    assert ("member_conflict", "10.0.0.9:7946") in {(e, m.other) for e, _, m in world.said}
    assert "NAME CONFLICT: h1 is at 10.0.0.1, and also at 10.0.0.9:7946" in caplog.text


def test_the_controller_joins_an_agent_that_it_is_told_of() -> None:
    options = replace(OPTIONS, join=(Address(ip_address("10.0.0.1").packed, 7946),))
    world = World(options)
    world.host("h1", "10.0.0.1", (1, 1)).start_agent(join=False)
    world.add(1, 2)
    world.pass_time(3)
    assert world.membership.members["h1"].state == "alive"


def test_nobody_to_join_is_said_and_who_comes_later_is_joined(
    caplog: pytest.LogCaptureFixture,
) -> None:
    options = replace(OPTIONS, join=(Address(ip_address("10.0.0.1").packed, 7946),))
    world = World(options)
    world.add(1, 2)
    world.pass_time(ALONE_S + 1)
    assert caplog.text.count("no member answers at 10.0.0.1:7946; we go on trying") == 1
    world.host("h1", "10.0.0.1", (1, 1)).start_agent(join=False)
    world.pass_time(60)
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


def test_an_agent_with_another_key_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.add(1, 2)
    envelope = Envelope(keyring=Keyring(bytes(16)))
    host = world.host("h1", "10.0.0.1", (1, 1))
    host.start_agent(config=replace(OPTIONS.config, envelope=envelope))
    world.pass_time(2)
    assert "cannot exchange with 10.0.0.1: " in caplog.text
    assert world.membership.members["10.0.0.1"].passive


def test_nobody_fails_while_the_controller_has_no_switch_and_all_meet_again_soon() -> None:
    world = World()
    for number in (1, 2):
        world.host(f"h{number}", f"10.0.0.{number}", (1, number)).start_agent(join=False)
    world.add(1, 4)
    for host in world.hosts.values():
        host.join()
    world.pass_time(3)
    world.said.clear()
    world.lose_switch(1)
    world.pass_time(20)
    assert world.said == []
    assert {seen.state for seen in world.membership.members.values()} == {"alive"}
    everybody = [host.core.members for host in world.hosts.values() if host.core is not None]
    assert {m["controller"].state for m in everybody} == {State.DEAD}
    world.add(1, 4)
    world.pass_time(2)
    assert [{m.state for m in members.values()} for members in everybody] == [{State.ALIVE}] * 2
    assert {seen.state for seen in world.membership.members.values()} == {"alive"}


def test_who_has_left_does_not_come_back_with_the_next_switch() -> None:
    world = cluster(options=replace(OPTIONS, join=(Address(ip_address("10.0.0.1").packed, 7946),)))
    world.end()
    for dpid in (1, 2):
        world.lose_switch(dpid)
    for dpid in (1, 2):
        world.add(dpid, 4)
    world.pass_time(3)
    host = world.hosts[1, 1]
    assert host.core is not None
    assert host.core.members["controller"].state is State.LEFT


def test_a_controller_that_ends_leaves_and_serf_agents_are_told_before() -> None:
    world = cluster()
    took_s = world.end()
    assert took_s < world.controller.settings.shutdown_timeout_s
    for host in world.hosts.values():
        assert host.core is not None
        assert host.core.members["controller"].state is State.LEFT
        assert {decode(data)[0] for data in host.delivered} == {SerfKind.LEAVE}


def test_a_controller_whose_switches_are_gone_does_not_take_all_the_time_to_leave() -> None:
    world = World()
    assert world.end() < 1


def test_a_controller_that_is_no_serf_member_says_nothing_of_serfs() -> None:
    world = cluster(options=replace(OPTIONS, serf=False))
    world.end()
    host = world.hosts[1, 1]
    assert host.core is not None
    assert host.core.members["controller"].state is State.LEFT
    assert host.core.members["controller"].versions == BARE
    assert host.delivered == []


def test_a_serf_agent_that_says_that_it_leaves_has_not_failed() -> None:
    world = cluster()
    world.said.clear()
    host = world.hosts[1, 1]
    assert host.core is not None
    intent = encode(SerfKind.LEAVE, LTime=7, Node="h1")
    host.carry(host.core.broadcast(intent, world.shell.time, "intent"))
    world.pass_time(1)
    host.alive = False
    world.pass_time(5)
    assert world.kinds("h1") == ["suspect", "failed", "leave"]
    assert world.membership.members["h1"].state == "left"


def test_the_controller_takes_the_keys_that_serf_agents_tell_all_to_have() -> None:
    old, new = bytes(16), bytes(range(16))
    world = World(replace(OPTIONS, keys=(old,)))
    world.add(1, 2)
    host = world.host("h1", "10.0.0.1", (1, 1))
    config = world.membership.options.config
    core, keyring = host.start_agent(config=config), config.envelope.keyring
    world.pass_time(3)
    for number, name in enumerate((INSTALL, USE), 1):
        query = Query(number, name, request(new), 1.0)
        host.carry(core.broadcast(question(query, number, "h1", core.me.at), world.shell.time))
        world.pass_time(1)
    assert keyring is not None
    keyring.add(new)
    keyring.use(new)
    keyring.remove(old)
    world.pass_time(10)
    assert core.members["controller"].state is State.ALIVE
    assert world.membership.members["h1"].state == "alive"
