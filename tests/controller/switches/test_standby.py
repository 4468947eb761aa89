"""Switches that stand by are connected, and no app hears of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

import openflow as of
from controller import Controller, DatapathLeave, Event, EventType, NotConnected, Switch
from openflow.versions import SUPPORTED, Version
from tests.controller.fakes import Cable, FakeSwitch, ManualShell, attach, make_controller


class Warden:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.here: list[Switch] = []
        self.told: list[tuple[EventType[Any], of.Message]] = []
        self.gone: list[Switch] = []

    def arrived(self, switch: Switch, /) -> None:
        self.here.append(switch)

    def heard(self, switch: Switch, event: EventType[Any], message: of.Message, /) -> None:
        self.told.append((event, message))

    def left(self, switch: Switch, /) -> None:
        self.gone.append(switch)


class World:
    """A controller with a warden, an app that keeps what it hears, and one switch."""

    def __init__(self, version: Version = of.V1_4) -> None:
        self.ctrl: Controller
        self.shell: ManualShell
        self.ctrl, self.shell = make_controller()
        self.warden = Warden()
        self.ctrl.watched_by(self.warden)
        self.heard: list[tuple[EventType[Any], Any]] = []
        for event in Event:
            self.ctrl.register_cb(event, partial(self._hear, event))
        self.switch = FakeSwitch(7, version)
        self.cable: Cable = attach(self.ctrl, self.shell, self.switch)

    def _hear(self, event: EventType[Any], _: Controller, dpid: int, value: Any) -> None:
        self.heard.append((event, value))

    def send(self, *messages: of.Message) -> None:
        self.cable.send(*messages)
        self.shell.run()

    def events(self) -> list[EventType[Any]]:
        heard, self.heard = self.heard, []
        return [event for event, _ in heard]


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_it_arrives_and_stands_by_until_it_is_admitted(version: Version) -> None:
    world = World(version)
    (held,) = world.warden.here
    assert (held.dpid, held.connected, sorted(held.ports)) == (7, True, [1, 2])
    assert not world.events()
    assert not world.ctrl.switches
    assert world.ctrl.admit(7)
    assert world.events() == [Event.DATAPATH_JOIN]
    assert not world.ctrl.admit(7)
    assert not world.ctrl.admit(8)


def test_nothing_that_it_sends_reaches_an_app_and_all_is_counted() -> None:
    world = World()
    world.send(of.PacketIn(data=b"x" * 60), of.PortStatus(desc=of.Port(3, name="eth3")))
    assert not world.events()
    assert world.ctrl.counters == {"standing_by": 2}
    assert sorted(world.warden.here[0].ports) == [1, 2, 3]
    with pytest.raises(NotConnected):
        world.ctrl.send(7, of.FlowMod())


def test_the_warden_hears_of_roles_and_errors_in_either_case() -> None:
    world = World()
    status, error = of.RoleStatus(of.ControllerRole.SLAVE), of.ErrorMsg()
    world.send(status, error)
    world.ctrl.admit(7)
    world.send(status)
    told = [event for event, _ in world.warden.told]
    assert told == [Event.ROLE_STATUS, Event.ERROR, Event.ROLE_STATUS]
    assert world.events() == [Event.DATAPATH_JOIN, Event.ROLE_STATUS]


def test_a_quiet_question_is_answered_and_raises_nothing() -> None:
    world = World()
    world.switch.answers[of.RoleRequest] = lambda _: [of.RoleReply(of.ControllerRole.SLAVE, 5)]
    answers: list[Any] = []
    world.warden.here[0].ask(of.RoleRequest(), 1, answers.append)
    world.shell.run()
    assert [answer.generation_id for answer in answers] == [5]
    assert not world.warden.told
    assert not world.events()


def test_when_it_stands_by_again_it_has_left_as_far_as_apps_can_see() -> None:
    world = World()
    world.ctrl.admit(7)
    app_has = world.ctrl.switch(7)
    world.switch.answers.pop(of.BarrierRequest)
    waiting = app_has.request(of.BarrierRequest())
    world.shell.spawn(expect_not_connected(waiting))
    world.shell.run()
    assert world.ctrl.stand_by(7, "another is its master")
    world.shell.run()
    (_, (_, leave)) = world.heard
    assert isinstance(leave, DatapathLeave)
    assert (leave.switch, leave.reason) == (app_has, "another is its master")
    assert not app_has.connected
    assert not app_has.ports[1].up
    assert not world.shell.coroutines
    for send in (app_has.send, lambda message: world.ctrl.send(7, message)):
        with pytest.raises(NotConnected):
            send(of.PacketOut())
    app_has.disconnect()
    assert world.warden.here[0].connected
    assert not world.ctrl.stand_by(7, "again")


async def expect_not_connected(waiting: Any) -> None:
    with pytest.raises(NotConnected, match="stands by"):
        await waiting


def test_it_may_come_and_go_any_number_of_times() -> None:
    world = World()
    for _ in range(3):
        world.ctrl.admit(7)
        world.send(of.PacketIn(data=b"x" * 60))
        world.ctrl.stand_by(7, "why not")
        world.send(of.PacketIn(data=b"x" * 60))
    assert world.events() == 3 * [Event.DATAPATH_JOIN, Event.PACKET_IN, Event.DATAPATH_LEAVE]


def test_an_app_that_has_it_stand_by_hears_nothing_behind_that() -> None:
    world = World()
    world.ctrl.admit(7)
    world.ctrl.register_cb(
        Event.PORT_STATUS, lambda ctrl, dpid, _: ctrl.stand_by(dpid, "x") and None
    )
    world.send(of.PortStatus(), of.PacketIn(), of.PortStatus())
    assert world.events() == [Event.DATAPATH_JOIN, Event.PORT_STATUS, Event.DATAPATH_LEAVE]


@pytest.mark.parametrize("admitted", [True, False])
def test_the_warden_is_told_when_it_is_gone(admitted: bool) -> None:
    world = World()
    if admitted:
        world.ctrl.admit(7)
    world.cable.end.close()
    world.shell.run()
    assert world.warden.gone == world.warden.here
    assert world.events() == [Event.DATAPATH_JOIN, Event.DATAPATH_LEAVE][: 2 * admitted]
    assert not world.ctrl.admit(7)


def test_another_that_shows_the_same_datapath_id_is_refused_while_it_stands_by() -> None:
    world = World()
    other = FakeSwitch(7)
    attach(world.ctrl, world.shell, other, "elsewhere")
    world.shell.pass_time(5)
    assert other.lost is not None
    assert world.warden.here[0].connected
