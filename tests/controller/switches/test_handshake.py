"""How a switch introduces itself, and what comes of those who do not."""

from __future__ import annotations

import pytest

import openflow as of
from controller import (
    DatapathJoin,
    Event,
    Settings,
)
from openflow.versions import V1_0, V1_3, Version
from tests.controller.fakes import FakeSwitch
from tests.controller.switches.world import VERSIONS, World


@VERSIONS
def test_a_switch_joins_with_features_and_ports(world: World, version: Version) -> None:
    world.attach(FakeSwitch(0x2A, version, n_ports=3), "tcp:10.0.0.1:5000")
    ((event, dpid, join),) = world.heard
    assert (event, dpid) == (Event.DATAPATH_JOIN, 0x2A)
    assert isinstance(join, DatapathJoin)
    assert join.version is version
    assert join.features.n_buffers == 256
    assert {no: port.name for no, port in join.ports.items()} == {1: "eth1", 2: "eth2", 3: "eth3"}
    switch = world.controller.switch(0x2A)
    assert switch is join.switch is world.controller.switches[0x2A]
    assert (switch.dpid, switch.version, switch.address) == (0x2A, version, "tcp:10.0.0.1:5000")
    assert repr(switch) == f"<Switch 000000000000002a, OpenFlow {version}, tcp:10.0.0.1:5000>"


@VERSIONS
def test_a_switch_is_told_to_send_up_whole_frames(world: World, version: Version) -> None:
    switch = FakeSwitch(1, version)
    world.attach(switch)
    (config,) = switch.of_type(of.SetConfig)
    assert config.miss_send_len == 0xFFFF


def test_a_switch_that_tells_no_ports_joins_without_any(world: World) -> None:
    switch = FakeSwitch()
    switch.answers[of.PortDescStatsRequest] = lambda _: [of.ErrorMsg()]
    world.attach(switch)
    assert world.events() == [Event.DATAPATH_JOIN]
    assert world.controller.switch(1).ports == {}


def test_a_switch_whose_handshake_does_not_end_is_let_go(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    switch.answers[of.FeaturesRequest] = lambda _: []
    world.attach(switch)
    world.shell.pass_time(11)
    assert switch.lost is not None
    assert world.events() == []
    assert world.controller.counters["handshake_failed"] == 1
    assert "did not join" in caplog.text


def test_a_peer_that_says_nothing_is_let_go(world: World) -> None:
    end, _ = world.controller.local_connect()
    world.shell.pass_time(11)
    assert end.eof or end.read()
    assert world.controller.counters["handshake_failed"] == 1


def test_a_peer_that_only_looks_whether_somebody_listens_is_no_riddle(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    end, _ = world.controller.local_connect()
    end.close()
    world.shell.run()
    assert "did not join: closed by the peer, before it said hello" in caplog.text


def test_a_peer_that_speaks_no_common_version_is_told_so() -> None:
    world = World(Settings(versions=frozenset({V1_3})))
    switch = FakeSwitch(1, V1_0)
    world.attach(switch)
    assert switch.lost is not None
    (error,) = switch.of_type(of.ErrorMsg)
    assert error.data == b"no common version: we speak 1.3"
    assert world.controller.counters["handshake_failed"] == 1


def test_an_auxiliary_connection_is_refused_and_the_main_one_stays(world: World) -> None:
    world.attach(FakeSwitch(1))
    auxiliary = FakeSwitch(1)
    auxiliary.answers[of.FeaturesRequest] = lambda _: [
        of.FeaturesReply(datapath_id=1, auxiliary_id=1)
    ]
    world.attach(auxiliary)
    (error,) = auxiliary.of_type(of.ErrorMsg)
    assert error.error is of.ErrorCode.HELLO_FAILED__EPERM
    assert auxiliary.lost is not None
    assert world.controller.switch(1).connected


def test_messages_before_the_handshake_is_done_are_counted_not_dispatched(world: World) -> None:
    switch = FakeSwitch(1, V1_3)
    early = of.PacketIn(data=bytes(60), in_port=1)
    ports = of.PortDescStatsReply(body=switch.ports)
    switch.answers[of.PortDescStatsRequest] = lambda request: [early, ports]
    world.attach(switch)
    assert world.events() == [Event.DATAPATH_JOIN]
    assert world.controller.counters["early"] == 1


@VERSIONS
def test_port_status_keeps_the_ports_of_a_switch(world: World, version: Version) -> None:
    cable = world.attach(FakeSwitch(1, version, n_ports=1))
    ports = world.controller.switch(1).ports
    seen: list[set[int]] = []
    world.controller.register_cb(Event.PORT_STATUS, lambda c, d, e: seen.append(set(ports)))
    cable.send(of.PortStatus(of.PortReason.ADD, of.Port(port_no=2, name="new")))
    cable.send(of.PortStatus(of.PortReason.MODIFY, of.Port(port_no=2, name="newer")))
    cable.send(of.PortStatus(of.PortReason.DELETE, of.Port(port_no=1)))
    cable.send(of.PortStatus(of.PortReason.DELETE, of.Port(port_no=1)))
    world.run()
    assert seen == [{1, 2}, {1, 2}, {2}, {2}]
    assert ports[2].name == "newer"


def test_a_switch_has_a_bounded_number_of_ports() -> None:
    world = World(Settings(max_ports=3))
    cable = world.attach(FakeSwitch(1, n_ports=2))
    for number in range(10, 15):
        cable.send(of.PortStatus(of.PortReason.ADD, of.Port(port_no=number)))
    world.run()
    assert len(world.controller.switch(1).ports) == 3
    assert world.controller.counters["ports_ignored"] == 4
