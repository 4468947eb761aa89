"""Timers on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.callbacks.timers import Timer, Timers
from tests.controller.fakes import make_controller


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.called: list[Any] = []
        self.earlier: list[float] = []
        self.timers = Timers(lambda: self.time, self.call, self.earlier.append)

    def call(self, fn: Callable[..., Any], *args: Any) -> None:
        fn(*args)

    def at(self, time: float) -> list[Any]:
        self.time = time
        self.called.clear()
        self.timers.advance()
        return list(self.called)


def test_timers_are_called_in_the_order_of_deadline_then_posting() -> None:
    clock = Clock()
    for name, delay in (("c", 2), ("a", 1), ("b", 1)):
        clock.timers.after(delay, clock.called.append, name)
    assert clock.at(5) == ["a", "b", "c"]


def test_the_deadline_is_that_of_the_first_timer_that_was_not_cancelled() -> None:
    clock = Clock()
    first = clock.timers.at(1, clock.called.append, 1)
    clock.timers.at(3, clock.called.append, 3)
    first.cancel()
    assert clock.timers.deadline == 3
    assert len(clock.timers) == 1


def test_only_a_deadline_before_all_others_is_told() -> None:
    clock = Clock()
    for deadline in (5, 7, 3):
        clock.timers.at(deadline, print)
    assert clock.earlier == [5, 3]


def test_a_timer_posted_by_a_timer_waits_for_the_next_time() -> None:
    clock = Clock()

    def again() -> None:
        clock.called.append("again")
        clock.timers.after(0, again)

    clock.timers.after(0, again)
    assert clock.at(1) == ["again"]
    assert clock.at(1) == ["again"]


def test_a_timer_may_cancel_one_that_is_due_with_it() -> None:
    clock = Clock()
    later: list[Timer] = []

    def cancel_later() -> None:
        later[0].cancel()

    clock.timers.at(1, cancel_later)
    later.append(clock.timers.at(1, clock.called.append, "never"))
    assert clock.at(1) == []
    assert len(clock.timers) == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=300), st.integers(0, 50))
def test_exactly_the_due_and_uncancelled_are_called(
    posts: list[tuple[int, bool]], now: int
) -> None:
    clock = Clock()
    timers = [clock.timers.at(deadline, clock.called.append, deadline) for deadline, _ in posts]
    for timer, (_, cancelled) in zip(timers, posts, strict=True):
        if cancelled:
            timer.cancel()
    wanted = sorted(deadline for deadline, cancelled in posts if not cancelled)
    assert len(clock.timers) == len(wanted)
    assert clock.at(now) == [deadline for deadline in wanted if deadline <= now]
    assert clock.timers.deadline == next((d for d in wanted if d > now), None)
    assert len(clock.timers) == len([d for d in wanted if d > now])


def test_an_async_callback_sleeps_on_the_same_clock() -> None:
    controller, shell = make_controller()
    woken: list[float] = []

    async def nap() -> None:
        await controller.sleep(2.5)
        woken.append(controller.now())

    begun = controller.now()
    controller.post_callback(0, nap)
    shell.pass_time(2.4)
    assert woken == []
    shell.pass_time(1.0)
    assert woken == [begun + 2.5]
