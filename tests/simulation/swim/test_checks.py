"""The checks find what they are there to find."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from apps.swim.config import FAST
from apps.swim.core import Core
from apps.swim.effects import Event, Kind
from apps.swim.members import State
from apps.swim.simulation import World
from apps.swim.simulation.checks import Breach, Checks, unsettled
from apps.swim.simulation.host import Host
from tests.simulation.swim import __main__ as command


def checked() -> tuple[World, Host[Core]]:
    """A cluster of five under all checks, and one of its members."""
    world = World(Random(1), config=FAST)
    Checks(world)
    world.cluster(5)
    world.run(5)
    assert unsettled(world) == ""
    return world, world.hosts["m1"]


def test_who_is_brought_back_in_the_same_incarnation_is_a_breach() -> None:
    world, host = checked()
    world.crash("m3")
    world.run(5)
    dead = host.swim.members["m3"]
    assert dead.state is State.DEAD
    host.swim._context.members.put(replace(dead, state=State.ALIVE))
    with pytest.raises(Breach, match=r"m1 about m3: brought back in incarnation \d+"):
        world.run(1)


def test_an_incarnation_that_goes_back_is_a_breach() -> None:
    world, host = checked()
    world.update("m3", b"new")
    world.run(2)
    known = host.swim.members["m3"]
    host.swim._context.members.put(replace(known, incarnation=known.incarnation - 1))
    with pytest.raises(Breach, match="went back from 2 to 1"):
        world.run(1)


def test_an_incarnation_that_nobody_has_had_is_a_breach() -> None:
    world, host = checked()
    known = host.swim.members["m3"]
    host.swim._context.members.put(replace(known, incarnation=77))
    with pytest.raises(Breach, match="unheard-of incarnation 77"):
        world.run(1)


@pytest.mark.parametrize("kind", [Kind.MEMBER_JOIN, Kind.MEMBER_CLEARED])
def test_an_event_out_of_order_is_a_breach(kind: Kind) -> None:
    world, host = checked()
    with pytest.raises(Breach, match=f"{kind.value} although told to be ALIVE"):
        world.carry_out(host, [Event(kind, host.swim.members["m3"])])


def test_a_change_that_is_not_told_is_a_breach() -> None:
    world, host = checked()
    known = host.swim.members["m3"]
    host.swim._context.members.put(replace(known, state=State.SUSPECT))
    with pytest.raises(Breach, match="is SUSPECT, but that was not told"):
        world.run(1)


def test_who_is_of_another_mind_is_named() -> None:
    world, _ = checked()
    world.crash("m3")
    assert unsettled(world) == "m0 believes m3 to be ALIVE, who is no more"
    world.run(10)
    world.add("m3")
    assert unsettled(world).startswith("m0 has m3 as (<State.DEAD: 2>, 1")


def test_a_breach_says_what_was_lived_through_and_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breach(_: World) -> str:
        return "m0 does not know m1"

    monkeypatch.setattr("apps.swim.simulation.scenario.unsettled", breach)
    monkeypatch.setattr("apps.swim.simulation.scenario._SETTLES", 1)
    monkeypatch.setattr("sys.argv", ["swim", "--seed", "3", "--count", "1"])
    assert command.main() == 1
    told = capsys.readouterr().out
    assert "m0 does not know m1\nin Scenario(seed=3, preset=" in told
    assert "again: python -m tests.simulation.swim --seed 3 --count 1" in told


def test_what_is_raised_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(_: World) -> str:
        raise KeyError("m1")

    monkeypatch.setattr("apps.swim.simulation.scenario.unsettled", fault)
    with pytest.raises(KeyError) as raised:
        command.lived(3)
    assert "again: python -m tests.simulation.swim --seed 3 --count 1" in raised.value.__notes__[0]
