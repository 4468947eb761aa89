"""One app, unchanged, for switches of every version; what a version cannot say is not sent."""

from __future__ import annotations

from typing import Any

import pytest

import openflow as of
from controller import Controller, Event, EventType
from openflow.versions import SUPPORTED, V1_0, V1_1, V1_3, V1_5, Version
from tests.controller.fakes import Cable, FakeSwitch, attach, make_controller

EVERY_VERSION = pytest.mark.parametrize("version", SUPPORTED, ids=str)


class World:
    """A controller with a switch of one version."""

    def __init__(self, version: Version) -> None:
        self.controller, self.shell = make_controller()
        self.events: list[tuple[str, Any]] = []
        for event in Event:
            self.controller.register_cb(event, self._note(event))
        self.switch = FakeSwitch(1, version)
        self.cable: Cable = attach(self.controller, self.shell, self.switch)

    def _note(self, event: EventType[Any]) -> Any:
        return lambda ctrl, dpid, message: self.events.append((event, message))

    def send(self, message: of.Message) -> list[of.Message]:
        """Have the controller send; return what the switch received."""
        self.switch.received.clear()
        self.controller.send(1, message)
        self.shell.run()
        return self.switch.received


@EVERY_VERSION
def test_a_switch_joins_and_says_its_ports(version: Version) -> None:
    world = World(version)
    assert [event for event, _ in world.events] == [Event.DATAPATH_JOIN]
    switch = world.controller.switch(1)
    assert switch.version == version
    assert {no: port.name for no, port in switch.ports.items()} == {1: "eth1", 2: "eth2"}


@EVERY_VERSION
def test_the_app_sees_the_same_whatever_the_version(version: Version) -> None:
    world = World(version)
    frame = bytes(12) + b"\x88\xb5" + bytes(50)
    world.cable.send(
        of.PacketIn(in_port=2, total_len=64, data=frame),
        of.PortStatus(of.PortReason.MODIFY, of.Port(port_no=2, state=of.PortState.LINK_DOWN)),
        of.FlowRemoved(match=of.Match(in_port=3), priority=9, packet_count=5),
        of.EchoRequest(b"x"),
    )
    world.shell.run()
    found = dict(world.events)
    packet_in, port_status = found[Event.PACKET_IN], found[Event.PORT_STATUS]
    assert (packet_in.in_port, packet_in.data, packet_in.packet.eth_type) == (2, frame, 0x88B5)
    assert (port_status.reason, port_status.desc.port_no) == (of.PortReason.MODIFY, 2)
    assert not world.controller.switch(1).ports[2].up
    removed = found[Event.FLOW_REMOVED]
    assert (removed.match, removed.priority, removed.packet_count) == (of.Match(in_port=3), 9, 5)


@EVERY_VERSION
def test_what_the_app_sends_arrives_as_it_was_whatever_the_version(version: Version) -> None:
    world = World(version)
    actions = [of.Output(of.PortNo.FLOOD)]
    match = of.Match(in_port=1, eth_type=0x0800, ip_proto=6, tcp_dst=80)
    flow = of.FlowMod(match, [of.ApplyActions(actions)], priority=7, idle_timeout=60)
    (mod,) = world.send(flow)
    assert isinstance(mod, of.FlowMod)
    assert (mod.match, mod.instructions) == (match, [of.ApplyActions(actions)])
    (out,) = world.send(of.PacketOut(in_port=2, actions=actions, data=b"x" * 60))
    assert isinstance(out, of.PacketOut)
    assert (out.in_port, out.actions, out.data) == (2, actions, b"x" * 60)


CANNOT: list[tuple[of.Message, str, Version, Version]] = [
    (of.FlowMod(instructions=[of.GotoTable(1)]), "GotoTable", V1_1, V1_5),
    (of.FlowMod(table_id=3), "table_id", V1_1, V1_5),
    (of.FlowMod(of.Match(eth_type=0x86DD, ipv6_flabel=1)), "ipv6_flabel", Version(3), V1_5),
    (
        of.FlowMod(of.Match(eth_type=0x0800, ipv4_src="10.0.0.1/255.0.255.0")),
        "ipv4_src",
        V1_1,
        V1_5,
    ),
    (of.MeterMod(), "MeterMod", V1_3, V1_5),
    (of.PacketOut(actions=[of.Enqueue(1, 2)]), "Enqueue", V1_0, V1_0),
    (of.QueueGetConfigRequest(), "QueueGetConfigRequest", V1_0, V1_3),
]
"""Messages, what is not said about them, and the versions that can say them."""


@pytest.mark.parametrize(("message", "name", "first", "last"), CANNOT, ids=lambda v: str(v)[:40])
@EVERY_VERSION
def test_what_a_version_cannot_say_raises_with_its_name_and_nothing_is_sent(
    version: Version, message: of.Message, name: str, first: Version, last: Version
) -> None:
    world = World(version)
    if first <= version <= last:
        assert len(world.send(message)) == 1
        return
    with pytest.raises(of.Unsupported, match=name) as raised:
        world.send(message)
    assert str(version) in str(raised.value)
    world.shell.run()
    assert world.switch.received == []
    assert len(world.send(of.FlowMod())) == 1  # and the connection goes on


def test_switches_of_all_versions_are_served_side_by_side() -> None:
    controller, shell = make_controller()
    heard: list[tuple[int, Version]] = []

    def packet_in(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        heard.append((dpid, ctrl.switch(dpid).version))

    controller.register_packet_cb(of.Match(in_port=1), packet_in)
    cables = [attach(controller, shell, FakeSwitch(int(v), v)) for v in SUPPORTED]
    for cable in cables:
        cable.send(of.PacketIn(in_port=1, total_len=60, data=bytes(60)))
    shell.run()
    assert heard == [(int(version), version) for version in SUPPORTED]
