"""Callbacks: their order, stopping, leaving, failing, going on asynchronously."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import pytest

from controller import CONTINUE, STOP, Controller, Event
from controller.callbacks.dispatch import Dispatcher
from controller.callbacks.guard import MAX_RUNNING, Guard, callback_name
from tests.controller.fakes import ManualShell, make_controller


class Stage:
    """A dispatcher alone, and what its callbacks did."""

    def __init__(self) -> None:
        controller, self.shell = make_controller()
        self.counters = controller.counters
        self.dispatcher = Dispatcher(Guard(self.shell, self.counters))
        self.calls: list[Any] = []

    def add(self, name: str, verdict: Any = None) -> Any:
        def callback(ctrl: Any, dpid: int, event: Any) -> Any:
            self.calls.append((name, dpid, event))
            if isinstance(verdict, Exception):
                raise verdict
            return verdict

        return self.dispatcher.register(Event.PACKET_IN, callback)

    def raise_event(self, event: str = Event.PACKET_IN) -> list[str]:
        self.calls.clear()
        self.dispatcher.dispatch(None, event, 7, "event")
        return [name for name, _, _ in self.calls]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_callbacks_are_called_in_the_order_of_their_registration(stage: Stage) -> None:
    for name in "abc":
        stage.add(name)
    assert stage.raise_event() == ["a", "b", "c"]
    assert stage.calls[0] == ("a", 7, "event")


def test_an_event_reaches_only_its_own_callbacks(stage: Stage) -> None:
    stage.add("a")
    assert stage.raise_event(Event.FLOW_REMOVED) == []


def test_an_event_may_be_a_name_of_the_apps_own(stage: Stage) -> None:
    stage.dispatcher.register("host_moved", lambda ctrl, dpid, event: stage.calls.append(event))
    stage.dispatcher.dispatch(None, "host_moved", 1, "h1")
    assert stage.calls == ["h1"]


@pytest.mark.parametrize(("verdict", "reached"), [(STOP, ["a"]), (CONTINUE, ["a", "b"])])
def test_stop_keeps_the_event_from_those_behind(
    stage: Stage, verdict: Any, reached: list[str]
) -> None:
    stage.add("a", verdict)
    stage.add("b")
    assert stage.raise_event() == reached


def test_a_callback_that_raises_costs_nobody_else_its_turn(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.add("a", KeyError("missing"))
    stage.add("b")
    assert stage.raise_event() == ["a", "b"]
    assert stage.counters["callback_failed"] == 1
    assert "add.<locals>.callback failed (1 so far): KeyError: 'missing'" in caplog.text


def test_the_log_of_a_failure_shows_the_callback_and_nothing_of_ours(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.add("a", KeyError("missing"))
    stage.raise_event()
    assert "raise verdict" in caplog.text
    assert "controller/dispatch.py" not in caplog.text.replace("tests/controller", "")


def test_a_callback_that_always_raises_does_not_flood_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.add("a", KeyError("missing"))
    for _ in range(1000):
        stage.raise_event()
    assert stage.counters["callback_failed"] == 1000
    assert len(caplog.records) == 3 + 3  # the first three, the 10th, 100th and 1000th


def test_a_verdict_that_is_none_is_a_failure_and_the_event_goes_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.add("a", True)
    stage.add("b")
    assert stage.raise_event() == ["a", "b"]
    assert "returned True; a callback returns None, CONTINUE or STOP" in caplog.text


def test_an_unregistered_callback_is_not_called(stage: Stage) -> None:
    first, second = stage.add("a"), stage.add("b")
    stage.dispatcher.unregister(first)
    stage.dispatcher.unregister(first)
    assert stage.raise_event() == ["b"]
    stage.dispatcher.unregister(second)
    assert not stage.dispatcher.heard(Event.PACKET_IN)


def test_the_same_function_may_be_registered_twice_and_leave_once(stage: Stage) -> None:
    def callback(ctrl: Any, dpid: int, event: Any) -> None:
        stage.calls.append(("x", dpid, event))

    first = stage.dispatcher.register(Event.PACKET_IN, callback)
    stage.dispatcher.register(Event.PACKET_IN, callback)
    assert stage.raise_event() == ["x", "x"]
    stage.dispatcher.unregister(first)
    assert stage.raise_event() == ["x"]


def test_unregistering_holds_for_the_event_that_is_on_its_way(stage: Stage) -> None:
    def remove_next(ctrl: Any, dpid: int, event: Any) -> None:
        stage.dispatcher.unregister(later)

    stage.dispatcher.register(Event.PACKET_IN, remove_next)
    later = stage.add("later")
    stage.add("last")
    assert stage.raise_event() == ["last"]


def test_a_callback_registered_meanwhile_waits_for_the_next_event(stage: Stage) -> None:
    def add_one(ctrl: Any, dpid: int, event: Any) -> None:
        stage.dispatcher.unregister(adding)
        stage.add("new")

    adding = stage.dispatcher.register(Event.PACKET_IN, add_one)
    assert stage.raise_event() == []
    assert stage.raise_event() == ["new"]


def test_what_is_not_callable_is_refused(stage: Stage) -> None:
    with pytest.raises(TypeError, match="'init' is not"):
        stage.dispatcher.register(Event.PACKET_IN, "init")  # type: ignore[arg-type]


# --- async callbacks -----------------------------------------------------------------------------


def test_an_async_callback_goes_on_beside_the_others(stage: Stage) -> None:
    waiter = stage.shell.waiter()

    async def callback(ctrl: Any, dpid: int, event: Any) -> None:
        stage.calls.append(("begins", dpid, event))
        stage.calls.append((await waiter, dpid, event))

    stage.dispatcher.register(Event.PACKET_IN, callback)
    stage.add("next")
    assert stage.raise_event() == ["next"]
    stage.shell.run()
    waiter.set_result("ends")
    stage.shell.run()
    assert [name for name, _, _ in stage.calls] == ["next", "begins", "ends"]


def test_another_mistake_of_the_same_callback_is_logged_too(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def callback(ctrl: Any, dpid: int, event: Any) -> None:
        if stage.counters["callback_failed"] < 100:
            raise KeyError("one")
        raise KeyError("another")

    stage.dispatcher.register(Event.PACKET_IN, callback)
    for _ in range(102):
        stage.raise_event()
    assert caplog.text.count("KeyError: 'one'\nTraceback") == 5  # 1, 2, 3, 10, 100
    assert caplog.text.count("(1 so far): KeyError: 'another'") == 1
    assert caplog.text.count("KeyError: 'another'\nTraceback") == 2


def test_an_async_callback_that_raises_is_logged_and_counted(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def callback(ctrl: Any, dpid: int, event: Any) -> None:
        raise ValueError("no")

    stage.dispatcher.register(Event.PACKET_IN, callback)
    stage.raise_event()
    stage.shell.run()
    assert stage.counters["callback_failed"] == 1
    assert "callback failed (1 so far): ValueError: no" in caplog.text


def test_an_async_callback_has_a_bounded_number_of_unfinished_calls(stage: Stage) -> None:
    waiter = stage.shell.waiter()

    async def callback(ctrl: Any, dpid: int, event: Any) -> None:
        await waiter

    stage.dispatcher.register(Event.PACKET_IN, callback)
    for _ in range(MAX_RUNNING + 5):
        stage.raise_event()
    stage.shell.run()
    assert len(stage.shell.coroutines) == MAX_RUNNING
    assert stage.counters["async_dropped"] == 5
    waiter.set_result(None)
    stage.shell.run()
    stage.raise_event()
    assert len(stage.shell.coroutines) == 1
    stage.shell.run()


# --- timers of apps ------------------------------------------------------------------------------


@pytest.fixture
def world() -> tuple[Controller, ManualShell]:
    return make_controller()


def test_a_posted_callback_is_called_once_after_its_time(
    world: tuple[Controller, ManualShell],
) -> None:
    controller, shell = world
    calls: list[str] = []
    controller.post_callback(2.0, calls.append, "now")
    shell.pass_time(1.9)
    assert calls == []
    shell.pass_time(0.2)
    shell.pass_time(10)
    assert calls == ["now"]


def test_a_posted_callback_that_raises_is_counted_and_others_are_called(
    world: tuple[Controller, ManualShell], caplog: pytest.LogCaptureFixture
) -> None:
    controller, shell = world
    calls: list[str] = []
    controller.post_callback(1.0, int, "x")
    controller.post_callback(1.0, calls.append, "next")
    shell.pass_time(1)
    assert calls == ["next"]
    assert controller.counters["callback_failed"] == 1
    assert "callback builtins.int (given at " in caplog.text


def test_a_posted_callback_may_be_async(world: tuple[Controller, ManualShell]) -> None:
    controller, shell = world
    calls: list[str] = []

    async def later(text: str) -> None:
        calls.append(text)

    controller.post_callback(1.0, later, "x")
    shell.pass_time(1)
    assert calls == ["x"]


def test_a_posted_callback_can_be_cancelled(world: tuple[Controller, ManualShell]) -> None:
    controller, shell = world
    calls: list[str] = []
    timer = controller.post_callback(1.0, calls.append, "never")
    assert timer.pending
    timer.cancel()
    timer.cancel()
    shell.pass_time(5)
    assert calls == []
    assert not timer.pending


def test_a_callback_is_named_by_module_and_qualified_name() -> None:
    class Callable:
        def __call__(self) -> None: ...

    assert callback_name(logging.getLogger) == "logging.getLogger"
    assert callback_name(partial(partial(logging.getLogger, "x"))) == "logging.getLogger"
    assert callback_name(Callable()).endswith("Callable")


@pytest.mark.parametrize("name", ["PACKET_IN", "packetin", "PacketIn", "packet-in"])
def test_an_event_of_switches_that_is_written_otherwise_is_refused(name: str) -> None:
    controller, _ = make_controller()
    with pytest.raises(ValueError, match=r"it is Event\.PACKET_IN"):
        controller.register_cb(name, print)
    assert controller.register_cb("packet_in", print).event == Event.PACKET_IN
    assert controller.register_cb("packet_in_again", print).event == "packet_in_again"


def test_what_cannot_be_registered_is_told_in_the_words_of_the_interface() -> None:
    controller, _ = make_controller()
    with pytest.raises(TypeError, match="an event is an Event or a name, not 3"):
        controller.register_cb(3, print)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a priority is an int, not 'high'"):
        controller.register_cb(Event.PACKET_IN, print, priority="high")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="what register_cb returned"):
        controller.unregister_cb(print)  # type: ignore[arg-type]
