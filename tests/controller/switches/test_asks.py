"""Requests, and what they end in."""

from __future__ import annotations

from typing import Any

import openflow as of
from controller import (
    Event,
    NotConnected,
    RequestFailed,
)
from openflow.versions import Version
from tests.controller.fakes import FakeSwitch
from tests.controller.switches.world import VERSIONS, World


def cable_of(world: World, switch: FakeSwitch) -> Any:
    """Something to send with, for a switch that is attached already."""

    class Sender:
        def send(self, *messages: of.Message) -> None:
            session = next(iter(world.controller._roster._open))
            for message in messages:
                world.controller.receive(session, switch.send(message))

    return Sender()


def test_a_request_returns_its_reply_and_raises_its_event(world: World) -> None:
    switch = FakeSwitch()
    switch.answers[of.DescStatsRequest] = lambda _: [of.DescStatsReply(mfr_desc="us")]
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.DescStatsRequest())
    assert asked.outcome.mfr_desc == "us"
    assert world.events() == [Event.DESC_STATS]


def test_the_parts_of_a_multipart_reply_come_as_one_message(world: World) -> None:
    switch = FakeSwitch()
    more = of.MultipartFlags.MORE
    switch.answers[of.FlowStatsRequest] = lambda _: [
        of.FlowStatsReply(flags=more, body=[of.FlowStats(priority=1), of.FlowStats(priority=2)]),
        of.FlowStatsReply(flags=more, body=[of.FlowStats(priority=3)]),
        of.FlowStatsReply(body=[of.FlowStats(priority=4)]),
    ]
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.FlowStatsRequest())
    assert [entry.priority for entry in asked.outcome.body] == [1, 2, 3, 4]
    assert world.events() == [Event.FLOW_STATS]


def test_a_request_that_is_refused_raises_the_switchs_error(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.BAD_REQUEST__BAD_MULTIPART
    switch.answers[of.GroupStatsRequest] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.GroupStatsRequest()).outcome
    assert isinstance(failed, RequestFailed)
    assert failed.error is code
    assert str(failed) == "GroupStatsRequest was refused: BAD_REQUEST__BAD_MULTIPART"


def test_a_request_that_is_not_answered_times_out(world: World) -> None:
    world.attach(FakeSwitch())
    asked = world.ask(1, of.DescStatsRequest(), timeout=2)
    world.shell.pass_time(1.9)
    assert not asked.outcome
    world.shell.pass_time(0.2)
    assert isinstance(asked.outcome, TimeoutError)
    assert "DescStatsRequest: no answer within 2 s" in str(asked.outcome)


def test_a_reply_that_comes_too_late_is_an_event_like_any_other(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.ask(1, of.DescStatsRequest(), timeout=1)
    world.shell.pass_time(2)
    (request,) = switch.of_type(of.DescStatsRequest)
    world.events()
    cable.send(of.DescStatsReply(xid=request.xid))
    world.run()
    assert world.events() == [Event.DESC_STATS]


def test_requests_end_when_the_switch_leaves(world: World) -> None:
    cable = world.attach(FakeSwitch())
    asked = world.ask(1, of.DescStatsRequest())
    cable.end.close()
    world.run()
    assert isinstance(asked.outcome, NotConnected)


@VERSIONS
def test_a_message_without_a_reply_is_confirmed_by_a_barrier(
    world: World, version: Version
) -> None:
    switch = FakeSwitch(1, version)
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.FlowMod())
    assert isinstance(asked.outcome, of.BarrierReply)
    assert len(switch.of_type(of.FlowMod)) == 1
    assert world.events() == []


def test_a_message_without_a_reply_fails_with_the_switchs_error(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL
    switch.answers[of.FlowMod] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.FlowMod()).outcome
    assert isinstance(failed, RequestFailed)
    assert failed.error is code


def test_a_flow_that_is_refused_for_its_match_says_what_the_match_needs(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.BAD_MATCH__BAD_PREREQ
    switch.answers[of.FlowMod] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.FlowMod(of.Match(tcp_dst=80))).outcome
    text = "tcp_dst needs eth_type=0x800 or 0x86dd and ip_proto=6"
    assert str(failed) == f"FlowMod was refused: BAD_MATCH__BAD_PREREQ: {text}"


def test_one_message_object_may_be_asked_twice_at_once(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    request = of.DescStatsRequest()
    first, second = world.ask(1, request), world.ask(1, request)
    asked = switch.of_type(of.DescStatsRequest)
    cable_of(world, switch).send(*(of.DescStatsReply(dp_desc=str(r.xid), xid=r.xid) for r in asked))
    world.run()
    assert first.outcome.dp_desc != second.outcome.dp_desc
