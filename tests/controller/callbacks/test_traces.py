"""What the log shows of an app's mistake: its own lines and the error, and no more than somebody reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import openflow as of
from controller import Controller, Event
from controller.callbacks.traces import MAX_LINE, MAX_LINES, summary, trace_of
from openflow.versions import V1_3
from tests.controller.fakes import FakeSwitch, attach, make_controller


def failure_of(callback: Callable[..., Any], log: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log that a callback's mistake costs."""
    controller, shell = make_controller()
    controller.register_cb(Event.DATAPATH_JOIN, callback)
    attach(controller, shell, FakeSwitch(1, V1_3))
    (record,) = (r for r in log.records if r.name == "controller.callbacks.guard")
    return record.getMessage().splitlines()


def frames(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("  File")]


def test_a_mistake_that_the_codec_finds_shows_the_line_of_the_app_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def sends(ctrl: Controller, dpid: int, event: Any) -> None:
        ctrl.send(dpid, of.FlowMod(priority=-1))

    lines = failure_of(sends, caplog)
    assert len(frames(lines)) == 1
    assert __file__ in frames(lines)[0]
    assert lines[-1].endswith("FlowMod.priority: cannot hold -1: takes an int from 0 to 65535")


def test_a_mistake_after_a_wait_shows_the_line_of_the_app_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def asks(ctrl: Controller, dpid: int, event: Any) -> None:
        await event.switch.request(of.FlowMod(priority=-1))

    assert len(frames(failure_of(asks, caplog))) == 1


def test_what_the_app_calls_of_others_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    import json

    def reads(ctrl: Controller, dpid: int, event: Any) -> None:
        json.loads("{")

    assert [line for line in frames(failure_of(reads, caplog)) if "json" in line]


def test_an_endless_text_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    def raises(ctrl: Controller, dpid: int, event: Any) -> None:
        raise ValueError("x" * 1_000_000)

    assert max(map(len, failure_of(raises, caplog))) < MAX_LINE + 200


def test_an_endless_result_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    def returns(ctrl: Controller, dpid: int, event: Any) -> Any:
        return b"x" * 1_000_000

    assert sum(map(len, failure_of(returns, caplog))) < 300


def test_endless_calls_are_cut(caplog: pytest.LogCaptureFixture) -> None:
    def one(*args: Any) -> None:
        other(*args)

    def other(*args: Any) -> None:
        one(*args)

    assert len(failure_of(one, caplog)) <= MAX_LINES + 3


def test_what_an_error_came_from_is_shown() -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error
    except RuntimeError as error:
        text = trace_of(error)
    assert "KeyError: 'first'" in text
    assert text.endswith("RuntimeError: second")


def test_an_error_that_cannot_be_shown_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert summary(Mute()) == "Mute: what it says cannot be read"
