"""What apps mistype is refused at once, in words that say what was given and what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import openflow as of
from controller import Controller, Event
from openflow.versions import V1_3
from tests.controller.fakes import FakeSwitch, attach, make_controller

INF, NAN = float("inf"), float("nan")


@pytest.fixture
def ctrl() -> Controller:
    """A controller with switch 1."""
    controller, shell = make_controller()
    attach(controller, shell, FakeSwitch(1, V1_3))
    return controller


def request(ctrl: Controller, message: Any, timeout: Any = 5.0) -> None:
    """Begin to ask the switch."""
    asked = ctrl.switch(1).request(message, timeout=timeout)
    try:
        asked.send(None)
    finally:
        asked.close()


WAITS: dict[str, Callable[[Controller, Any], Any]] = {
    "delay_s": lambda ctrl, value: ctrl.post_callback(value, print),
    "timeout": lambda ctrl, value: request(ctrl, of.EchoRequest(), value),
}


@pytest.mark.parametrize("argument", WAITS)
@pytest.mark.parametrize("value", ["2", None, [1]])
def test_what_is_no_number_of_seconds_is_refused(
    ctrl: Controller, argument: str, value: Any
) -> None:
    text = re.escape(f"{argument} is a number of seconds, not {value!r}")
    with pytest.raises(TypeError, match=text):
        WAITS[argument](ctrl, value)


@pytest.mark.parametrize("argument", WAITS)
@pytest.mark.parametrize("value", [-1, -0.1, NAN, INF, 10**400])
def test_a_time_that_never_comes_is_refused(ctrl: Controller, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{argument} is a number of seconds from 0 to 1000000000"):
        WAITS[argument](ctrl, value)


async def later() -> None:
    """What an app may call later."""


@pytest.mark.parametrize("fn", [None, "print", print()])
def test_what_cannot_be_called_later_is_refused(ctrl: Controller, fn: Any) -> None:
    with pytest.raises(TypeError, match=f"fn must be callable, {fn!r} is not; give the function"):
        ctrl.post_callback(1, fn)


def test_an_async_function_that_was_called_already_is_refused(ctrl: Controller) -> None:
    with pytest.raises(TypeError, match="fn is the async function itself, not called yet"):
        ctrl.post_callback(1, later())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "callback", [lambda event: None, lambda self, ev: None, lambda ctrl, dpid, event, more: None]
)
def test_a_callback_that_takes_something_else_is_refused(ctrl: Controller, callback: Any) -> None:
    with pytest.raises(TypeError, match=r"is called with \(ctrl, dpid, event\); .*lambda.*\("):
        ctrl.register_cb(Event.PACKET_IN, callback)


@pytest.mark.parametrize(
    "callback", [print, lambda *args: None, partial(lambda app, *args: None, 1), Controller.send]
)
def test_any_callable_that_takes_three_arguments_is_a_callback(
    ctrl: Controller, callback: Any
) -> None:
    assert ctrl.register_cb(Event.PACKET_IN, callback).active


@pytest.mark.parametrize("match", ["tcp", print, None, 5])
def test_what_is_no_match_is_refused(ctrl: Controller, match: Any) -> None:
    with pytest.raises(TypeError, match="match is a Match or a dict of fields, not"):
        ctrl.register_packet_cb(match, lambda *args: None)


def test_a_match_on_a_field_by_another_name_is_pointed_to(ctrl: Controller) -> None:
    with pytest.raises(ValueError, match="'dl_type': did you mean eth_type"):
        ctrl.register_packet_cb({"dl_type": 0x800}, lambda *args: None)


@pytest.mark.parametrize("event", [3, None, of.PacketIn])
def test_an_event_that_is_no_name_is_not_posted(ctrl: Controller, event: Any) -> None:
    with pytest.raises(TypeError, match="an event is an Event or a name, not"):
        ctrl.post_event(event)


@pytest.mark.parametrize("dpid", ["1", None, 1.5, b"1"])
def test_what_is_no_datapath_id_is_refused(ctrl: Controller, dpid: Any) -> None:
    text = re.escape(f"a datapath id is an int, as callbacks are given it, not {dpid!r}")
    with pytest.raises(TypeError, match=text):
        ctrl.send(dpid, of.FlowMod())
    with pytest.raises(TypeError, match=text):
        ctrl.switch(dpid)


@pytest.mark.parametrize("message", ["hello", of.FlowMod, None, of.Output(1)])
def test_what_is_no_message_is_refused_however_it_is_sent(ctrl: Controller, message: Any) -> None:
    for send in (ctrl.switch(1).send, partial(ctrl.send, 1), partial(request, ctrl)):
        with pytest.raises(of.EncodeError, match="is no message"):
            send(message)
