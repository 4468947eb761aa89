"""When output goes out, and when what is lost is let go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.switches.turn import Turn


class Thing:
    """Something with output."""

    def __init__(self, log: list[str], name: str) -> None:
        self.touched = False
        self.lost: str | None = None
        self.breaks = False
        self._log = log
        self.name = name

    def flush(self) -> None:
        self._log.append(f"flush {self.name}")
        if self.breaks:
            self.lost = "it broke"


class World:
    """A turn, two things, and what becomes of them."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.soon: list[Callable[[], None]] = []
        self.turn = Turn(self.soon.append, lambda thing: self.log.append(f"let go {thing.name}"))
        self.one, self.other = Thing(self.log, "one"), Thing(self.log, "other")


@pytest.fixture
def world() -> World:
    return World()


def test_each_is_flushed_once_at_the_end_of_the_outermost_turn(world: World) -> None:
    with world.turn:
        with world.turn:
            world.turn.touch(world.one)
            world.turn.touch(world.other)
            world.turn.touch(world.one)
        assert not world.log
    assert world.log == ["flush one", "flush other"]
    assert not world.soon


def test_outside_of_any_there_is_one_soon(world: World) -> None:
    world.turn.touch(world.one)
    world.turn.touch(world.other)
    assert not world.log
    (turn,) = world.soon
    turn()
    assert world.log == ["flush one", "flush other"]


def test_what_is_lost_before_or_while_it_is_flushed_is_let_go(world: World) -> None:
    world.one.lost = "it is gone"
    world.other.breaks = True
    with world.turn:
        world.turn.touch(world.one)
        world.turn.touch(world.other)
    assert world.log == ["let go one", "flush other", "let go other"]


def test_what_is_touched_while_another_is_let_go_has_the_same_turn(world: World) -> None:
    def let_go(thing: Thing) -> None:
        world.log.append(f"let go {thing.name}")
        turn.touch(world.other)

    turn = Turn(world.soon.append, let_go)
    world.one.lost = "it is gone"
    with turn:
        turn.touch(world.one)
    assert world.log == ["let go one", "flush other"]


def test_what_was_queued_elsewhere_is_flushed_last_and_once(world: World) -> None:
    world.turn.flush = lambda: world.log.append("flush elsewhere")
    with world.turn:
        world.turn.touch_elsewhere()
        world.turn.touch(world.one)
        world.turn.touch_elsewhere()
    with world.turn:
        pass
    assert world.log == ["flush one", "flush elsewhere"]


def test_a_turn_that_breaks_is_over_all_the_same(world: World) -> None:
    def broken() -> None:
        with world.turn:
            world.turn.touch(world.one)
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert world.log == ["flush one"]
    world.turn.touch(world.other)
    assert len(world.soon) == 1
