"""What goes out on a connection: in one write, bounded, and to the end."""

from __future__ import annotations

from typing import Any

import pytest

import openflow as of
from controller import (
    Controller,
    Event,
    NotConnected,
    Settings,
)
from openflow.versions import V1_0, V1_3
from tests.controller.fakes import FakeSwitch
from tests.controller.switches.world import World


def void(_: Any) -> None:
    """Make a lambda return None."""


def test_all_that_a_turn_causes_goes_out_in_one_write(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.controller.register_cb(
        Event.PACKET_IN, lambda ctrl, dpid, e: void(ctrl.send(dpid, of.PacketOut()))
    )
    writes: list[int] = []
    cable.end.on_readable = lambda: writes.append(len(cable.end.read()))
    cable.write(b"".join(switch.send(of.PacketIn(data=bytes(60))) for _ in range(10)))
    world.run()
    assert writes == [10 * 24]


def test_what_a_version_cannot_say_is_refused_before_anything_is_sent(world: World) -> None:
    switch = FakeSwitch(1, V1_0)
    world.attach(switch)
    switch.received.clear()
    with pytest.raises(of.Unsupported) as refused:
        world.controller.send(1, of.FlowMod(table_id=3))
    assert refused.value.field == "table_id"
    with pytest.raises(of.EncodeError) as wrong:
        world.controller.send(1, of.FlowMod(idle_timeout=70000))
    assert wrong.value.field == "idle_timeout"
    world.run()
    assert switch.received == []


def test_sending_to_a_switch_that_is_not_connected_raises(world: World) -> None:
    with pytest.raises(NotConnected, match="switch 0000000000000005 is not connected"):
        world.controller.send(5, of.FlowMod())
    cable = world.attach(FakeSwitch(5))
    switch = world.controller.switch(5)
    cable.end.close()
    world.run()
    with pytest.raises(NotConnected, match="closed by the peer"):
        switch.send(of.FlowMod())
    assert not switch.connected


@pytest.fixture
def tight() -> World:
    return World(Settings(high_water=10_000, output_limit=100_000))


def test_packet_outs_are_dropped_when_the_switch_does_not_read(
    tight: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    xids = [tight.controller.send(1, of.PacketOut(data=bytes(976))) for _ in range(1000)]
    tight.run()
    assert 0 < len([xid for xid in xids if xid]) < 300
    assert tight.controller.counters["packet_out_dropped"] == xids.count(0)
    assert tight.controller.switch(1).connected
    assert "reads too slowly" in caplog.text
    assert tight.controller.send(1, of.FlowMod()), "other messages are not dropped"


def test_packet_outs_go_out_again_when_the_switch_has_read(tight: World) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    while tight.controller.send(1, of.PacketOut(data=bytes(976))):
        pass
    cable.end.read()
    tight.run()
    assert tight.controller.send(1, of.PacketOut(data=bytes(976)))


def test_a_connection_is_closed_when_too_much_waits(tight: World) -> None:
    cable = tight.attach(FakeSwitch(1))
    tight.attach(FakeSwitch(2))
    cable.end.on_readable = None
    tight.events()
    flows = (tight.controller.send(1, of.FlowMod()) for _ in range(100_000))
    with pytest.raises(NotConnected, match="it does not read"):
        list(flows)
    tight.run()
    assert tight.events() == [Event.DATAPATH_LEAVE]
    assert tight.controller.counters["output_limit"] == 1
    assert set(tight.controller.switches) == {2}


def test_a_switch_that_asks_without_reading_is_closed(tight: World) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    for _ in range(200):
        cable.write(switch.send(of.EchoRequest(bytes(1000))))
        tight.run()
    assert not tight.controller.switches


def test_a_message_sent_just_before_the_end_still_arrives(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    switch.received.clear()
    world.controller.send(1, of.FlowMod())
    world.controller.close()
    world.run()
    assert len(switch.of_type(of.FlowMod)) == 1


def test_who_sends_when_garbage_has_come_behind_a_packet_in_is_told_that_the_switch_is_gone() -> (
    None
):
    world = World()
    failures: list[Exception] = []

    def answer(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        switch = ctrl.switch(dpid)
        for send in (ctrl.send, lambda _, message: switch.request(message).send(None)):
            try:
                send(dpid, of.BarrierRequest())
            except Exception as error:  # noqa: BLE001 - its type is what is tested
                failures.append(error)

    world.controller.register_cb(Event.PACKET_IN, answer)
    switch = FakeSwitch(1, V1_3)
    cable = world.attach(switch)
    cable.write(switch.send(of.PacketIn(data=bytes(60))) + bytes(99))
    world.run()
    assert [type(error) for error in failures] == [NotConnected] * 2
    assert not world.controller.switches
