"""Whatever one app does wrong, the others and the switches do not notice; counters and log say what happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

import openflow as of
from controller import Controller, Event, Runtime, Settings
from controller.callbacks import base, posted
from controller.switches import asks
from openflow.versions import V1_0, V1_5
from tests.controller.fakes import FakeSwitch
from tests.controller.sockets import SocketSwitch
from tests.loops import until

N_FRAMES = 50
SETTINGS = Settings(blocked_after_s=0.05)


def raises(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    raise KeyError("missing")


def recurses(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    recurses(ctrl, dpid, event)


def returns_nonsense(ctrl: Controller, dpid: int, event: of.PacketIn) -> Any:
    return "STOP"


def sends_what_is_no_message(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    ctrl.send(dpid, b"hello")  # type: ignore[arg-type]


def sends_what_does_not_fit(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    ctrl.send(dpid, of.FlowMod(priority=-1))


def sends_what_the_version_cannot_say(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    ctrl.send(dpid, of.PacketOut(actions=[of.Enqueue(1, 1), of.PushMpls()]))


def sends_to_nobody(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    ctrl.send(99, of.FlowMod())


async def fails_later(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    await asyncio.sleep(0)
    raise KeyError("missing")


FAILING: list[Callable[..., Any]] = [
    raises,
    recurses,
    returns_nonsense,
    sends_what_is_no_message,
    sends_what_does_not_fit,
    sends_what_the_version_cannot_say,
    sends_to_nobody,
    fails_later,
]


def posts_without_end(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    for _ in range(200):
        ctrl.post_event("flood", dpid=dpid)


def sets_timers_without_end(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    for _ in range(200):
        ctrl.post_callback(60, print)


async def asks_without_end(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    await ctrl.switch(dpid).request(of.GetConfigRequest())


def blocks(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    if event.data[0] == 1:
        time.sleep(0.2)


OTHERS = {
    posts_without_end: "event_dropped",
    sets_timers_without_end: "timer_refused",
    asks_without_end: "callback_failed",
    blocks: "callback_blocked",
}


def answers(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    """What a good app does."""
    ctrl.send(dpid, of.PacketOut(actions=[of.Output(2)], data=event.data))


async def serve(bad: Callable[..., Any]) -> Controller:
    """Have two switches send frames; every one must be answered, in order."""
    async with Runtime(SETTINGS) as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.PACKET_IN, bad, priority=1)
        ctrl.register_cb(Event.PACKET_IN, answers)
        address = await runtime.listen("tcp:127.0.0.1:0")
        switches = [FakeSwitch(1, V1_0), FakeSwitch(2, V1_5)]
        connections = [await SocketSwitch.connect(address, switch) for switch in switches]
        await until(lambda: len(ctrl.switches) == 2)
        frames = [bytes([n]) * 60 for n in range(N_FRAMES)]
        for frame in frames:
            for connection in connections:
                connection.send(of.PacketIn(in_port=1, total_len=60, data=frame))
        for switch in switches:
            await until(lambda s=switch: len(s.received) >= N_FRAMES)  # type: ignore[misc]
            outs = switch.of_type(of.PacketOut)
            assert [out.data for out in outs] == frames
        assert len(ctrl.switches) == 2
        for _ in range(5):
            await asyncio.sleep(0)  # what has been started comes to its end
        for connection in connections:
            await connection.close()
        return ctrl


@pytest.fixture(params=["native", "python"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to receive."""
    if request.param == "python":
        monkeypatch.setenv("OFSWITCH_ENGINE", "python")


@pytest.mark.parametrize("bad", FAILING, ids=lambda fn: fn.__name__)
def test_a_callback_that_fails_costs_nobody_else_anything(
    bad: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    controller = asyncio.run(serve(bad))
    assert controller.counters["callback_failed"] == 2 * N_FRAMES
    assert f"{bad.__name__} failed (1 so far)" in caplog.text


@pytest.mark.parametrize(
    ("bad", "counter"), OTHERS.items(), ids=lambda v: getattr(v, "__name__", v)
)
def test_a_callback_that_floods_or_blocks_costs_nobody_else_anything(
    bad: Callable[..., Any], counter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posted, "MAX_WAITING", 100)
    monkeypatch.setattr(base, "MAX_TIMERS", 100)
    monkeypatch.setattr(asks, "MAX_WAITING", 10)
    controller = asyncio.run(serve(bad))
    assert controller.counters[counter] > 0
