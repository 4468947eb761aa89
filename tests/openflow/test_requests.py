"""Requests and their replies, by xid: merged, refused, forgotten, bounded."""

from __future__ import annotations

import pytest

from openflow import (
    BarrierReply,
    BarrierRequest,
    DescStatsReply,
    DescStatsRequest,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    Experimenter,
    ExperimenterStatsReply,
    ExperimenterStatsRequest,
    FlowMod,
    FlowStats,
    FlowStatsReply,
    FlowStatsRequest,
    Message,
    MultipartFlags,
    RoleReply,
)
from openflow import requests as module
from openflow.messages import MESSAGES
from openflow.requests import MAX_WAITING, XID_MAX, Answer, Requests

MORE = MultipartFlags.MORE
FLOWS = FlowStatsRequest(xid=1)


def waiting_for(request: Message) -> Requests:
    """Requests of which one waits, under its own xid."""
    requests = Requests()
    requests.expect(request.xid, request)
    return requests


def part(*priorities: int, more: bool) -> FlowStatsReply:
    """A part of a reply to FLOWS."""
    body = [FlowStats(priority=priority) for priority in priorities]
    return FlowStatsReply(body, flags=MORE if more else 0, xid=1)


@pytest.mark.parametrize(
    "name", [name.removesuffix("Request") for name in MESSAGES if name.endswith("Request")]
)
def test_every_request_has_a_reply_that_answers_it(name: str) -> None:
    request, reply = MESSAGES[f"{name}Request"](xid=9), MESSAGES[f"{name}Reply"](xid=9)
    assert waiting_for(request).answered(reply, 8) == Answer(9, request, reply)


def test_parts_become_one_reply() -> None:
    requests = waiting_for(FLOWS)
    assert requests.answered(part(1, 2, more=True), 100) is None
    assert requests.answered(part(more=True), 16) is None
    answer = requests.answered(part(3, more=False), 60)
    assert answer == Answer(1, FLOWS, part(1, 2, 3, more=False))
    assert requests.waiting == {}


def test_parts_of_two_replies_may_alternate() -> None:
    requests = waiting_for(FLOWS)
    other = FlowStatsRequest(xid=2)
    requests.expect(2, other)
    theirs = FlowStatsReply([FlowStats(priority=9)], flags=MORE, xid=2)
    assert requests.answered(part(1, more=True), 8) is None
    assert requests.answered(theirs, 8) is None
    assert requests.answered(part(2, more=False), 8) == Answer(1, FLOWS, part(1, 2, more=False))
    last = FlowStatsReply([], xid=2)
    expected = FlowStatsReply([FlowStats(priority=9)], xid=2)
    assert requests.answered(last, 8) == Answer(2, other, expected)


def test_a_vendors_parts_are_put_together() -> None:
    request = ExperimenterStatsRequest(1, 2, xid=1)
    requests = waiting_for(request)
    assert requests.answered(ExperimenterStatsReply(1, 2, b"ab", flags=MORE, xid=1), 8) is None
    whole = ExperimenterStatsReply(1, 2, b"abcd", xid=1)
    last = ExperimenterStatsReply(1, 2, b"cd", xid=1)
    assert requests.answered(last, 8) == Answer(1, request, whole)


def test_an_error_is_an_answer_even_between_parts() -> None:
    requests = waiting_for(FLOWS)
    requests.answered(part(1, more=True), 8)
    error = ErrorMsg(ErrorCode.BAD_REQUEST__MULTIPART_BUFFER_OVERFLOW, xid=1)
    assert requests.answered(error, 8) == Answer(1, FLOWS, error)


def test_an_error_answers_a_message_that_has_no_reply() -> None:
    change = FlowMod(xid=4)
    error = ErrorMsg(ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, xid=4)
    assert waiting_for(change).answered(error, 8) == Answer(4, change, error)


def test_a_vendors_message_answers_a_vendors_message() -> None:
    request, reply = Experimenter(1, 2, xid=5), Experimenter(1, 3, xid=5)
    assert waiting_for(request).answered(reply, 8) == Answer(5, request, reply)


@pytest.mark.parametrize(
    "message",
    [
        BarrierReply(xid=2),  # nobody waits under this xid
        EchoReply(xid=1),  # a reply to something else
        RoleReply(xid=1),
        DescStatsReply(xid=1),
        DescStatsRequest(xid=1),
        FlowStatsRequest(xid=1),
    ],
)
def test_what_answers_nothing_is_a_message_like_any_other(message: Message) -> None:
    requests = waiting_for(FLOWS)
    assert requests.answered(message, 8) is message
    assert list(requests.waiting) == [1]


def test_a_reply_that_was_forgotten_is_a_message_like_any_other() -> None:
    requests = waiting_for(FLOWS)
    requests.forget(1)
    requests.forget(1)
    reply = part(1, more=False)
    assert requests.answered(reply, 8) is reply


def test_too_many_requests_push_out_the_oldest() -> None:
    requests = Requests()
    for xid in range(1, MAX_WAITING + 2):
        requests.expect(xid, BarrierRequest(xid=xid))
    assert len(requests.waiting) == MAX_WAITING
    assert 1 not in requests.waiting


def test_a_reply_without_end_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REPLY_BYTES", 100)
    requests = waiting_for(FLOWS)
    assert requests.answered(part(1, more=True), 60) is None
    answer = requests.answered(part(2, more=True), 60)
    assert answer == Answer(1, FLOWS, part(1, 2, more=True))


class TestTransactionIds:
    def test_they_are_never_zero_and_wrap(self) -> None:
        requests = Requests()
        requests._xid = XID_MAX - 1
        assert [requests.next_xid() for _ in range(3)] == [XID_MAX, 1, 2]

    def test_one_that_waits_is_not_given_again(self) -> None:
        requests = Requests()
        requests.expect(1, EchoRequest())
        requests.expect(2, EchoRequest())
        assert requests.next_xid() == 3
