"""What callbacks return, and how the log names them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import openflow as of
from controller import STOP, Controller, Event
from controller.callbacks.guard import name_given
from tests.controller.fakes import Cable, FakeSwitch, attach, make_controller


class Room:
    """A controller with a switch whose every flow is counted."""

    def __init__(self) -> None:
        self.controller, self.shell = make_controller()
        self.switch = FakeSwitch(7)

    def connect(self) -> Cable:
        return attach(self.controller, self.shell, self.switch)

    @property
    def flows(self) -> int:
        return len(self.switch.of_type(of.FlowMod))

    @property
    def failed(self) -> int:
        return self.controller.counters["callback_failed"]


@pytest.fixture
def room() -> Room:
    return Room()


def here() -> str:
    """The line that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"{__file__}:{frame.f_back.f_lineno}"


def test_a_callback_may_end_in_sending(room: Room) -> None:
    room.controller.register_cb(
        Event.DATAPATH_JOIN, lambda ctrl, dpid, event: ctrl.send(dpid, of.FlowMod())
    )
    room.connect()
    assert (room.flows, room.failed) == (1, 0)


def test_who_sends_does_not_stop_the_event(room: Room) -> None:
    heard: list[int] = []
    room.controller.register_cb(
        Event.DATAPATH_JOIN, lambda ctrl, dpid, event: ctrl.send(dpid, of.FlowMod())
    )
    room.controller.register_cb(Event.DATAPATH_JOIN, lambda ctrl, dpid, event: heard.append(dpid))
    room.connect()
    assert heard == [7]


@pytest.mark.parametrize("returned", [True, "text", STOP, 0, 5, object()], ids=str)
def test_what_a_timer_returns_is_of_no_use(room: Room, returned: Any) -> None:
    room.controller.post_callback(1, lambda: returned)
    room.shell.pass_time(2)
    assert room.failed == 0


def test_a_timer_sends_by_itself(room: Room) -> None:
    room.connect()
    room.controller.post_callback(1, room.controller.send, 7, of.FlowMod())
    room.shell.pass_time(2)
    assert (room.flows, room.failed) == (1, 0)


def test_a_failure_without_a_line_of_an_app_names_the_one_that_gave_the_callback(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.controller.post_callback(1, room.controller.send, 8, of.FlowMod()); place = here()  # fmt: skip  # noqa: E702
    room.shell.pass_time(2)
    assert f".send (given at {place}) failed" in caplog.text
    assert "?" not in caplog.text
    assert "switch 0000000000000008 is not connected" in caplog.text


def test_a_lambda_that_returns_nonsense_is_found_by_its_line(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.controller.register_cb(Event.DATAPATH_JOIN, lambda *_: True); place = here()  # fmt: skip  # type: ignore[arg-type]  # noqa: E702
    room.connect()
    assert f"<lambda> (given at {place}) failed (1 so far): TypeError: returned True" in caplog.text


def test_a_function_of_an_app_goes_by_its_name() -> None:
    def callback(ctrl: Controller, dpid: int, event: object) -> None:
        pass

    assert name_given(callback) == f"{__name__}.{callback.__qualname__}"
    assert name_given(print) == f"builtins.print (given at {here()})"
    assert name_given([].append) == f"list.append (given at {here()})"
