"""Callbacks that hold up the controller are named. The clock is the test's; only one thread is really watched."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller import Event, Runtime, Settings
from controller.callbacks.dispatch import Dispatcher
from controller.callbacks.guard import Guard
from controller.callbacks.watchdog import Watchdog, call_of
from controller.counters import Counters
from tests.controller.fakes import make_controller


class Watched:
    """A dispatcher whose callbacks are looked at from within, as another thread would look at them."""

    def __init__(self) -> None:
        controller, self.shell = make_controller()
        self.counters = Counters()
        self.guard = Guard(self.shell, controller.counters)
        self.dispatcher = Dispatcher(self.guard)
        self.watchdog = Watchdog(self.counters, limit_s=0.25)
        self.time = 100.0
        self.worked = 0.0

    def look(self, after_s: float, worked: float = 0.0) -> None:
        """Let time pass, then look."""
        self.time += after_s
        self.worked += worked
        self.watchdog.look(sys._getframe(1), self.time, self.worked)

    def raise_event(self, callback: Callable[..., Any]) -> None:
        """Have a callback called, and look once more when it has returned."""
        registration = self.dispatcher.register(Event.PACKET_IN, callback)
        self.dispatcher.dispatch(None, Event.PACKET_IN, 1, "event")
        self.dispatcher.unregister(registration)
        self.look(0.01)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_call_that_takes_long_is_named_with_where_it_is_and_counted(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def slow(*_: Any) -> None:
        for _ in range(4):
            watched.look(0.1)  # here

    watched.raise_event(slow)
    assert watched.counters == {"callback_blocked": 1}
    reported, returned = (record.getMessage() for record in caplog.records)
    assert "slow has been running for 0.30 s, and all switches wait" in reported
    assert reported.endswith("watched.look(0.1)  # here")
    assert "in dispatch" not in reported
    assert "slow returned after 0.31 s" in returned


def test_short_calls_of_one_callback_are_no_long_one(watched: Watched) -> None:
    for _ in range(10):
        watched.raise_event(lambda *_: watched.look(0.2))
    source = type("Source", (), {"lost": None})()
    watched.dispatcher.register(Event.PACKET_IN, lambda *_: watched.look(0.2))
    watched.dispatcher.dispatch_each(None, Event.PACKET_IN, 1, ["event"] * 10, source)
    assert not watched.counters


def test_a_thread_in_which_no_callback_runs_is_not_reported(watched: Watched) -> None:
    for _ in range(10):
        watched.look(1.0)
    watched.watchdog.look(None, 200.0, 0.0)
    assert not watched.counters


def test_a_call_that_goes_on_is_reported_again_ever_more_seldom(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def endless(*_: Any) -> None:
        for _ in range(1000):
            watched.look(0.05)

    watched.raise_event(endless)
    times = [record.getMessage().partition(" for ")[2][:5] for record in caplog.records[:-1]]
    assert times == ["0.30 ", "3.00 ", "30.00"]
    assert watched.counters["callback_blocked"] == 1


def test_a_callback_that_always_blocks_does_not_flood_the_log(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def slow(*_: Any) -> None:
        watched.look(0.01)
        watched.look(0.3)

    for _ in range(20):
        watched.raise_event(slow)
    assert watched.counters["callback_blocked"] == 20
    assert len(caplog.records) == 2 * 4  # the first three and the tenth


def test_a_timers_function_is_named(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    def later() -> None:
        watched.look(0.0)
        watched.look(0.3)

    watched.guard.call("the.timer", later)
    assert "callback the.timer has been running" in caplog.text


def test_of_a_callback_that_imports_its_line_and_those_of_modules_are_shown(
    watched: Watched,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "watched", watched)
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "slow_to_import.py"
    module.write_text("from watched import look\nlook(0)\nlook(0.3)\n")

    def imports(*_: Any) -> None:
        import slow_to_import  # type: ignore[import-not-found]  # noqa: F401

    watched.raise_event(imports)
    places = [line for line in caplog.text.splitlines() if line.startswith("  File")]
    assert [place.split('"')[1] for place in places] == [__file__, str(module)]


def test_each_step_of_an_async_callback_is_a_call_of_its_own(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    async def step_by_step(*_: Any) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
            watched.look(0.2)
        watched.look(0.3)

    async def main() -> None:
        await asyncio.create_task(watched.guard.finish("the.coroutine", step_by_step()))

    asyncio.run(main())
    assert "callback the.coroutine has been running for 0.30 s" in caplog.text


def test_a_function_without_frames_is_named_by_whose_call_it_is(watched: Watched) -> None:
    class Frameless:
        def __init__(self) -> None:
            self.names: list[str] = []

        def look(self) -> None:
            call = call_of(sys._getframe(1))
            assert call is not None
            self.names.append(call.name)
            assert "in native code" in call.stack(call.caller)

    frameless = Frameless()
    watched.guard.call("time.sleep", frameless.look)
    assert frameless.names == ["time.sleep"]


def test_who_kept_the_interpreter_to_itself_is_found_when_it_lets_go(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def native(*_: Any) -> None:
        watched.look(3.0, worked=2.9)

    watched.look(0.05)
    watched.raise_event(native)
    assert "native has been running for 3.00 s" in caplog.text


def test_a_machine_that_slept_is_no_callback_that_blocked(watched: Watched) -> None:
    watched.look(0.05)
    watched.raise_event(lambda *_: watched.look(3600.0, worked=0.01))
    assert not watched.counters


@pytest.mark.parametrize("limit_s", [0.05, 0])
def test_the_runtime_watches_unless_it_is_told_not_to(
    limit_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> int:
        async with Runtime(Settings(blocked_after_s=limit_s)) as runtime:
            runtime.controller.post_callback(0.0, time.sleep, 0.4)
            await asyncio.sleep(0.01)
            await asyncio.sleep(0.01)
            return runtime.controller.counters["callback_blocked"]

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(main()) == (1 if limit_s else 0)
    assert ("has been running" in caplog.text) == bool(limit_s)


def test_a_task_that_an_app_has_made_itself_is_named_too(caplog: pytest.LogCaptureFixture) -> None:
    async def own_task() -> None:
        await asyncio.sleep(0)
        time.sleep(0.4)

    async def main() -> int:
        async with Runtime(Settings(blocked_after_s=0.05)) as runtime:
            await asyncio.create_task(own_task())
            return runtime.controller.counters["callback_blocked"]

    assert asyncio.run(main()) == 1
    assert "own_task has been running" in caplog.text
