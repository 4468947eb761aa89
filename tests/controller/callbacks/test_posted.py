"""Events that apps post, and how much of anything an app may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from controller import STOP, Controller, Flood
from controller.callbacks import base, posted
from controller.switches import asks
from openflow import BarrierRequest
from tests.controller.fakes import FakeSwitch, ManualShell, attach, make_controller


@pytest.fixture
def world() -> tuple[Controller, ManualShell]:
    return make_controller()


def test_a_posted_event_reaches_its_callbacks_in_order_after_the_one_that_posts(
    world: tuple[Controller, ManualShell],
) -> None:
    controller, shell = world
    calls: list[Any] = []

    def host_moved(ctrl: Controller, dpid: int, event: Any) -> Any:
        calls.append(("first", dpid, event))
        return STOP if event == "h2" else None

    controller.register_cb("host_moved", host_moved)
    controller.register_cb("host_moved", lambda c, d, e: calls.append(("second", d, e)))
    controller.post_event("host_moved", "h1", dpid=7)
    controller.post_event("host_moved", "h2")
    controller.post_event("nobody_listens")
    assert calls == []
    shell.pass_time(0)
    assert calls == [("first", 7, "h1"), ("second", 7, "h1"), ("first", 0, "h2")]


def test_what_callbacks_post_waits_for_the_next_round(
    world: tuple[Controller, ManualShell],
) -> None:
    controller, _ = world
    calls: list[int] = []

    def again(ctrl: Controller, dpid: int, event: int) -> None:
        calls.append(event)
        ctrl.post_event("again", event + 1)

    controller.register_cb("again", again)
    controller.post_event("again", 1)
    controller.advance()
    assert calls == [1]
    assert controller.deadline is not None
    controller.advance()
    assert calls == [1, 2]


def test_so_many_events_may_wait_and_the_rest_is_dropped_and_counted(
    world: tuple[Controller, ManualShell],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(posted, "MAX_WAITING", 10)
    controller, shell = world
    calls: list[int] = []
    controller.register_cb("flood", lambda c, d, e: calls.append(e))
    assert [controller.post_event("flood", n) for n in range(12)] == [True] * 10 + [False] * 2
    assert controller.counters["event_dropped"] == 2
    assert "10 posted events wait: another 'flood' is dropped" in caplog.text
    shell.pass_time(0)
    assert calls == list(range(10))
    assert controller.post_event("flood", 10)


def test_so_many_timers_may_be_pending_and_the_next_is_refused(
    world: tuple[Controller, ManualShell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "MAX_TIMERS", 3)
    controller, shell = world
    timers = [controller.post_callback(1, print) for _ in range(3)]
    with pytest.raises(Flood, match="3 timers are pending already"):
        controller.post_callback(1, print)
    assert controller.counters["timer_refused"] == 1
    timers[0].cancel()
    controller.post_callback(1, lambda: None)
    shell.pass_time(2)
    controller.post_callback(1, print).cancel()


def test_so_many_requests_may_wait_at_a_switch_and_the_next_is_refused(
    world: tuple[Controller, ManualShell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "MAX_WAITING", 3)
    controller, shell = world
    switch = FakeSwitch(1)
    attach(controller, shell, switch)
    switch.silent = True
    ends: list[str] = []

    async def ask(ctrl: Controller, dpid: int, event: Any) -> None:
        try:
            await ctrl.switch(1).request(BarrierRequest(), timeout=5)
        except (Flood, TimeoutError) as error:
            ends.append(type(error).__name__)

    controller.register_cb("ask", ask)
    for _ in range(5):
        controller.post_event("ask")
    shell.pass_time(1)
    assert ends == ["Flood", "Flood"]
    shell.pass_time(5)
    assert ends[2:] == ["TimeoutError"] * 3
    assert controller.switch(1).connected
