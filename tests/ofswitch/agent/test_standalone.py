"""What the switch does while nobody is in control of it."""

from __future__ import annotations

from typing import Any

import pytest

from ofswitch.agent.standalone import COOKIE
from openflow import (
    V1_0,
    V1_3,
    FeaturesRequest,
    FlowMod,
    FlowModCommand,
    FlowStatsRequest,
    Match,
    Message,
    RoleRequest,
    SetAsync,
    SetConfig,
    TableId,
    Version,
)
from tests.ofswitch.agent.world import Controller, World, forward, frame, ports_of

VERSIONS = pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)


def entries(world: World) -> list[tuple[int, int]]:
    """The flow entries' cookies and priorities."""
    reply: Any = world.datapath.query(FlowStatsRequest(), V1_3, world.now)
    return [(entry.cookie, entry.priority) for entry in reply.body]


def forwards_alone(world: World) -> bool:
    """Whether an unknown destination is flooded, as learning switches do."""
    return list(ports_of(world.arrive(frame()))) == [2, 3]


def test_a_standalone_switch_forwards_from_the_start() -> None:
    world = World(standalone=True)
    assert world.agent.standing_alone
    assert forwards_alone(world)
    assert entries(world) == [(COOKIE, 0)]


def test_a_secure_switch_forwards_nothing_by_itself(world: World) -> None:
    assert not world.agent.standing_alone
    assert world.arrive(frame()) == []
    assert entries(world) == []


@VERSIONS
def test_a_controller_takes_over_and_begins_with_empty_tables(version: Version) -> None:
    world = World(standalone=True)
    controller = Controller(world, version)
    assert not world.agent.standing_alone
    assert controller.ask(FlowStatsRequest()).body == []
    assert world.arrive(frame()) == []


def test_not_before_its_hello(world: World) -> None:
    world = World(standalone=True)
    world.agent.open_session("slow", world.now, dialled=True)
    assert forwards_alone(world)


@VERSIONS
def test_when_the_last_controller_goes_its_entries_go_and_the_switch_forwards(
    version: Version,
) -> None:
    world = World(standalone=True)
    one, other = Controller(world, version), Controller(world, V1_3)
    one.do(forward(1, priority=7), forward(3, Match(in_port=2)))
    one.leave()
    assert len(entries(world)) == 2
    other.leave()
    assert entries(world) == [(COOKIE, 0)]
    assert forwards_alone(world)


def test_a_secure_switch_keeps_its_entries_and_lets_them_expire(world: World) -> None:
    controller = Controller(world, V1_3)
    controller.do(forward(2, Match(in_port=1)), forward(3, Match(in_port=2), idle_timeout=5))
    controller.leave()
    assert list(ports_of(world.arrive(frame(), 1))) == [2]
    assert list(ports_of(world.arrive(frame(), 2))) == [3]
    world.later(6)
    assert list(ports_of(world.arrive(frame(), 1))) == [2]
    assert world.arrive(frame(), 2) == []


def test_a_controller_that_is_lost_by_silence_is_lost() -> None:
    world = World(standalone=True)
    controller = Controller(world, V1_3)
    for _ in range(4):
        world.later(16)
    assert controller.session.closed
    assert forwards_alone(world)
    world.agent.close_session(controller.session, "closed", world.now)
    assert world.agent.standing_alone


@VERSIONS
def test_a_visitor_who_looks_and_changes_flows_takes_no_control(version: Version) -> None:
    world = World(standalone=True)
    tool = Controller(world, version, dialled=False)
    tool.send(FeaturesRequest(), FlowStatsRequest())
    tool.do(forward(2, Match(in_port=1)))
    assert world.agent.standing_alone
    assert list(ports_of(world.arrive(frame(), 1))) == [2]
    assert list(ports_of(world.arrive(frame(), 3)))
    tool.leave()
    assert list(ports_of(world.arrive(frame(), 1))) == [2]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (V1_0, SetConfig()),
        (V1_3, SetConfig()),
        (V1_3, SetAsync()),
        (V1_3, RoleRequest()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Message) else str(value),
)
@pytest.mark.parametrize("first", [True, False], ids=["asks first", "says first"])
def test_a_visitor_who_acts_like_a_controller_is_one(
    version: Version, said: Message, first: bool
) -> None:
    world = World(standalone=True)
    visitor = Controller(world, version, dialled=False)
    begun = [FeaturesRequest(), said] if first else [said, FeaturesRequest()]
    visitor.send(begun[0])
    assert world.agent.standing_alone
    visitor.send(begun[1])
    assert not world.agent.standing_alone
    visitor.leave()
    assert world.agent.standing_alone


def test_a_controllers_own_table_miss_entry_survives_taking_over() -> None:
    world = World(standalone=True)
    visitor = Controller(world, V1_3, dialled=False)
    visitor.do(forward(2, priority=0, cookie=9))
    visitor.send(FeaturesRequest(), SetConfig())
    assert entries(world) == [(9, 0)]


def test_who_deletes_everything_deletes_that_entry_too() -> None:
    world = World(standalone=True)
    tool = Controller(world, V1_3, dialled=False)
    tool.do(FlowMod(command=FlowModCommand.DELETE, table_id=TableId.ALL))
    assert entries(world) == []
    controller = Controller(world, V1_3)
    controller.leave()
    assert entries(world) == [(COOKIE, 0)]
