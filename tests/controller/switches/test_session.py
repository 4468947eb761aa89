"""One connection: what comes in, silence, and the end."""

from __future__ import annotations

import openflow as of
from controller import (
    DatapathLeave,
    Event,
)
from openflow.versions import Version
from tests.controller.fakes import FakeSwitch
from tests.controller.switches.world import VERSIONS, World


@VERSIONS
def test_messages_of_a_switch_raise_their_events(world: World, version: Version) -> None:
    cable = world.attach(FakeSwitch(9, version))
    world.events()
    sent: list[of.Message] = [
        of.PacketIn(data=bytes(60), in_port=1, reason=0, cookie=of.NO_COOKIE),
        of.FlowRemoved(),
        of.BarrierReply(),
        of.EchoRequest(b"x"),
        of.ErrorMsg(data=bytes(64)),
        of.DescStatsReply(dp_desc="s9"),
    ]
    cable.send(*sent)
    world.run()
    assert [(event, dpid) for event, dpid, _ in world.heard] == [
        (event, 9)
        for event in (
            Event.PACKET_IN,
            Event.FLOW_REMOVED,
            Event.BARRIER_REPLY,
            Event.ECHO_REQUEST,
            Event.ERROR,
            Event.DESC_STATS,
        )
    ]
    assert world.heard[-1][2].dp_desc == "s9"


def test_an_echo_request_is_answered_once(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    cable.send(of.EchoRequest(b"are you there", xid=77))
    world.run()
    (reply,) = switch.of_type(of.EchoReply)
    assert (reply.data, reply.xid) == (b"are you there", 77)


def test_a_switch_that_disappears_in_the_middle_of_a_message_leaves(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    cable.write(switch.send(of.PacketIn(data=bytes(60)))[:30])
    cable.end.close()
    world.run()
    leave = world.heard[-1][2]
    assert isinstance(leave, DatapathLeave)
    assert leave.reason == "closed by the peer 30 bytes into a message"
    assert leave.switch.ports.keys() == {1, 2}


def test_a_silent_switch_is_probed_and_given_up(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    world.shell.pass_time(40)
    assert len(switch.of_type(of.EchoRequest)) == 2
    assert world.controller.switch(1).connected
    switch.silent = True
    world.shell.pass_time(14)
    world.events()
    world.shell.pass_time(47)
    assert world.events() == [Event.DATAPATH_LEAVE]


def test_an_app_may_disconnect_a_switch_from_its_own_callback(world: World) -> None:
    cable = world.attach(FakeSwitch())
    world.controller.register_cb(
        Event.PACKET_IN, lambda ctrl, dpid, e: ctrl.switch(dpid).disconnect()
    )
    world.events()
    cable.send(of.PacketIn(data=bytes(60)), of.PacketIn(data=bytes(60)))
    world.run()
    assert world.events() == [Event.PACKET_IN, Event.DATAPATH_LEAVE]
    assert cable.switch.lost is not None


def test_closing_the_controller_lets_every_switch_leave(world: World) -> None:
    switches = [FakeSwitch(dpid) for dpid in (1, 2, 3)]
    for switch in switches:
        world.attach(switch)
    world.events()
    world.controller.close()
    world.run()
    assert world.events() == [Event.SHUTDOWN] + [Event.DATAPATH_LEAVE] * 3
    assert all(switch.lost for switch in switches)
