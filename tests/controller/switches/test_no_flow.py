"""Who waits for packet-ins, and does nothing to get them, is told what is missing."""

from __future__ import annotations

from typing import Any

import pytest

import openflow as of
from controller import Controller, Event
from openflow.versions import V1_0, V1_3, V1_5, Version
from tests.controller.fakes import FakeSwitch, attach, make_controller

HINT = "FlowMod(Match(), [ApplyActions([Output(PortNo.CONTROLLER)])], priority=0)"


def listen(ctrl: Controller, dpid: int, event: Any) -> None:
    """Hear of something, and do nothing."""


def send_flow(ctrl: Controller, dpid: int, event: Any) -> None:
    ctrl.send(dpid, of.FlowMod(priority=0))


async def ask(ctrl: Controller, dpid: int, event: Any) -> None:
    await ctrl.switch(dpid).request(of.FlowMod(priority=0))


def hints(log: pytest.LogCaptureFixture) -> list[str]:
    return [message for message in log.messages if HINT in message]


@pytest.mark.parametrize(("version", "times"), [(V1_0, 0), (V1_3, 1), (V1_5, 1)])
def test_it_is_told_once_of_switches_that_drop_what_no_flow_matches(
    version: Version, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    controller, shell = make_controller()
    controller.register_cb(Event.PACKET_IN, listen)
    for dpid in (1, 2):
        attach(controller, shell, FakeSwitch(dpid, version))
    assert len(hints(caplog)) == times


@pytest.mark.parametrize("join", [send_flow, ask])
def test_who_sends_something_to_a_switch_that_joins_knows(
    join: Any, caplog: pytest.LogCaptureFixture
) -> None:
    controller, shell = make_controller()
    controller.register_cb(Event.PACKET_IN, listen)
    controller.register_cb(Event.DATAPATH_JOIN, join)
    attach(controller, shell, FakeSwitch())
    shell.run()
    assert not hints(caplog)


def test_nobody_is_told_who_does_not_wait_for_packet_ins(caplog: pytest.LogCaptureFixture) -> None:
    controller, shell = make_controller()
    controller.register_cb(Event.PORT_STATUS, listen)
    attach(controller, shell, FakeSwitch())
    assert not hints(caplog)
