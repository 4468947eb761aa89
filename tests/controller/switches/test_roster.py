"""Two connections that show the same datapath id, and too many connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import openflow as of
from controller import Controller, Event, EventType, Settings
from tests.controller.fakes import Cable, FakeSwitch, ManualShell, attach, make_controller


@pytest.fixture
def world() -> tuple[Controller, ManualShell, list[tuple[EventType[Any], str]]]:
    controller, shell = make_controller()
    heard: list[tuple[EventType[Any], str]] = []

    def note(event: EventType[Any]) -> Callable[[Controller, int, Any], None]:
        return lambda ctrl, dpid, value: heard.append((event, value.switch.address))

    for event in (Event.DATAPATH_JOIN, Event.DATAPATH_LEAVE):
        controller.register_cb(event, note(event))
    return controller, shell, heard


World = tuple[Controller, ManualShell, list[tuple[EventType[Any], str]]]


def test_a_newcomer_with_the_datapath_id_of_a_living_switch_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    controller, shell, heard = world
    attach(controller, shell, FakeSwitch(1), "old")
    newcomer = FakeSwitch(1)
    attach(controller, shell, newcomer, "new")
    (error,) = newcomer.of_type(of.ErrorMsg)
    assert error.error is of.ErrorCode.HELLO_FAILED__EPERM
    assert b"is connected from old already, and alive" in error.data
    assert newcomer.lost is not None
    assert heard == [(Event.DATAPATH_JOIN, "old")]
    assert controller.switch(1).address == "old"
    assert controller.counters["duplicate_refused"] == 1
    assert "switch 0000000000000001 at new shows the datapath id of" in caplog.text


def test_a_switch_that_reconnects_replaces_its_dead_connection(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    controller, shell, heard = world
    old = FakeSwitch(1)
    attach(controller, shell, old, "old")
    old.silent = True
    attach(controller, shell, FakeSwitch(1), "new")
    assert controller.switch(1).address == "old"
    shell.pass_time(2.1)
    assert heard == [
        (Event.DATAPATH_JOIN, "old"),
        (Event.DATAPATH_LEAVE, "old"),
        (Event.DATAPATH_JOIN, "new"),
    ]
    assert controller.switch(1).address == "new"
    assert controller.counters["duplicate_replaced"] == 1


def test_the_replaced_connection_is_told_why(world: World) -> None:
    controller, shell, _ = world
    old = FakeSwitch(1)
    cable = attach(controller, shell, old, "old")
    cable.end.on_readable = None
    attach(controller, shell, FakeSwitch(1), "new")
    shell.pass_time(2.1)
    old.take(cable.end.read())
    (error,) = old.of_type(of.ErrorMsg)
    assert b"replaced by a connection from new" in error.data
    assert cable.end.eof


def test_a_newcomer_that_leaves_while_it_waits_changes_nothing(world: World) -> None:
    controller, shell, heard = world
    old = FakeSwitch(1)
    attach(controller, shell, old, "old")
    old.silent = True
    cable = attach(controller, shell, FakeSwitch(1), "new")
    cable.end.close()
    shell.pass_time(3)
    assert heard == [(Event.DATAPATH_JOIN, "old")]


def test_of_several_newcomers_one_joins(world: World) -> None:
    controller, shell, heard = world
    old = FakeSwitch(1)
    attach(controller, shell, old, "old")
    old.silent = True
    for name in ("new1", "new2"):
        attach(controller, shell, FakeSwitch(1), name)
    shell.pass_time(3)
    joined = [peer for event, peer in heard if event == Event.DATAPATH_JOIN]
    left = [peer for event, peer in heard if event == Event.DATAPATH_LEAVE]
    assert len(joined) == 2
    assert left == ["old"]
    assert controller.switch(1).address == joined[-1]


def test_a_switch_may_reconnect_at_once_after_it_left(world: World) -> None:
    controller, shell, heard = world
    cable = attach(controller, shell, FakeSwitch(1), "old")
    cable.end.close()
    Cable(controller, FakeSwitch(1), "new")
    shell.run()
    assert heard[-1] == (Event.DATAPATH_JOIN, "new")
    assert set(controller.switches) == {1}


def test_connections_are_bounded() -> None:
    controller, shell = make_controller(Settings(max_connections=2))
    switches = [FakeSwitch(dpid) for dpid in (1, 2, 3)]
    for switch in switches:
        attach(controller, shell, switch)
    assert set(controller.switches) == {1, 2}
    assert switches[2].lost is not None
    assert controller.counters["connections_refused"] == 1


def test_a_callback_that_breaks_on_leave_does_not_keep_the_switch(world: World) -> None:
    controller, shell, _ = world

    def broken(ctrl: Controller, dpid: int, event: object) -> None:
        raise RuntimeError("broken")

    controller.register_cb(Event.DATAPATH_LEAVE, broken)
    cable = attach(controller, shell, FakeSwitch(1))
    cable.end.close()
    shell.run()
    assert not controller.switches
