"""One end of a connection: what bytes and time make of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import (
    BarrierReply,
    BarrierRequest,
    EchoReply,
    EchoRequest,
    EncodeError,
    ErrorCode,
    ErrorMsg,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    GroupMod,
    Hello,
    Match,
    Message,
    Output,
    PacketOut,
    Unsupported,
    decode,
    encode,
)
from openflow.connection import (
    PROBES_MISSED,
    Connection,
    Lost,
    Malformed,
    Negotiated,
    Received,
    State,
)
from openflow.framing import split
from openflow.messages import PacketIn
from openflow.versions import SUPPORTED, V1_0, V1_3, Version

HELLO = encode(Hello(), V1_3)
PROBE_AFTER_S = 10.0


def ready(version: Version = V1_3) -> Connection:
    """A connection whose hellos have been exchanged."""
    connection = Connection(frozenset(SUPPORTED), probe_after_s=PROBE_AFTER_S)
    connection.receive(encode(Hello(), version), 0.0)
    connection.take_output()
    return connection


def sent(connection: Connection) -> list[Message]:
    """The messages that wait to be written."""
    data = connection.take_output()
    messages, consumed = split(data, 1 << 20)
    assert consumed == len(data)
    return [decode(message) for message in messages]


STREAM: list[Message] = [
    Hello(),
    EchoRequest(b"ping", xid=1),
    PacketIn(in_port=3, data=bytes(60), xid=2),
    FeaturesReply(7, 256, 2, xid=3),
    ErrorMsg(ErrorCode.BAD_REQUEST__BAD_TYPE, b"\0" * 8, xid=4),
]


class TestFraming:
    def test_bytes_cut_anywhere_give_the_same_events_and_the_same_answers(self) -> None:
        unreadable = bytes.fromhex("04 63 0009 00000005 00")
        stream = b"".join(encode(m, V1_3) for m in STREAM) + unreadable + b"\x04\x05\0\7"
        whole = Connection()
        expected = whole.receive(stream, 0.0), whole.take_output()
        for cut in range(len(stream)):
            parts = Connection()
            events = parts.receive(stream[:cut], 0.0) + parts.receive(stream[cut:], 0.0)
            assert comparable(events) == comparable(expected[0])
            assert parts.take_output() == expected[1]

    def test_bytes_one_by_one_give_the_same_events(self) -> None:
        stream = b"".join(encode(m, V1_3) for m in STREAM)
        connection = Connection()
        events = [e for i in range(len(stream)) for e in connection.receive(stream[i : i + 1], 0.0)]
        assert events == [Negotiated(V1_3), *STREAM[1:]]

    @pytest.mark.parametrize("length", range(8))
    def test_a_length_below_the_headers_ends_the_connection(self, length: int) -> None:
        connection = ready()
        (lost,) = connection.receive(b"\x04\x05\0" + bytes([length]) + b"\0\0\0\x09", 0.0)
        assert isinstance(lost, Lost)
        assert lost.reason.startswith("framing lost")
        (error,) = sent(connection)
        assert isinstance(error, ErrorMsg)
        assert (error.error, error.xid) == (ErrorCode.BAD_REQUEST__BAD_LEN, 9)

    def test_messages_before_the_bad_length_are_received_first(self) -> None:
        connection = ready()
        events = connection.receive(encode(BarrierReply(xid=1), V1_3) + b"\x04\x05\0\0", 0.0)
        assert events[0] == BarrierReply(xid=1)
        assert isinstance(events[1], Lost)

    def test_nothing_is_received_after_the_end(self) -> None:
        connection = ready()
        connection.close("enough")
        assert connection.receive(encode(BarrierReply(), V1_3), 0.0) == []
        assert connection.advance(1e9) == []

    def test_the_end_within_a_message_says_so(self) -> None:
        connection = ready()
        assert ready().eof() == Lost("closed by the peer")
        connection.receive(b"\x04\x05\0", 0.0)
        assert connection.eof() == Lost("closed by the peer 3 bytes into a message")

    def test_a_limit_leaves_the_others_for_later(self) -> None:
        connection = ready()
        barriers = [BarrierReply(xid=xid) for xid in (1, 2, 3)]
        data = b"".join(encode(barrier, V1_3) for barrier in barriers)
        assert connection.receive(data, 0.0, limit=2) == barriers[:2]
        assert connection.backlog
        assert connection.receive(b"", 0.0, limit=2) == barriers[2:]
        assert not connection.backlog

    @settings(max_examples=300)
    @given(data=st.binary(max_size=200), after_hello=st.booleans())
    def test_hostile_bytes_raise_nothing(self, data: bytes, after_hello: bool) -> None:
        connection = ready() if after_hello else Connection()
        events = connection.receive(data, 0.0)
        assert sum(isinstance(event, Lost) for event in events) <= 1
        assert (connection.state is State.CLOSED) == any(isinstance(e, Lost) for e in events)
        for message in sent(connection):
            assert isinstance(message, Hello | ErrorMsg | EchoReply)


def comparable(events: list[Received]) -> list[object]:
    """Events, with exceptions by what they say: they would compare by identity."""
    return [str(event.error) if isinstance(event, Malformed) else event for event in events]


class TestMalformedMessages:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ("04 63 0008 00000009", ErrorCode.BAD_REQUEST__BAD_TYPE),
            ("01 05 0008 00000009", ErrorCode.BAD_REQUEST__BAD_VERSION),
            ("06 05 0008 00000009", ErrorCode.BAD_REQUEST__BAD_VERSION),
            ("04 05 0009 00000009 00", ErrorCode.BAD_REQUEST__BAD_LEN),
        ],
    )
    def test_they_are_answered_and_reported_and_the_connection_lives(
        self, data: str, code: ErrorCode
    ) -> None:
        connection = ready()
        (malformed,) = connection.receive(bytes.fromhex(data), 0.0)
        assert isinstance(malformed, Malformed)
        assert malformed.data == bytes.fromhex(data)
        assert sent(connection) == [ErrorMsg(code, malformed.data, xid=9)]
        assert connection.receive(encode(BarrierReply(), V1_3), 0.0) == [BarrierReply()]

    @pytest.mark.parametrize(
        "data",
        [
            "04 01 0009 00000009 00",  # an error
            "06 01 0008 00000009",  # an error of another version
            "06 03 0008 00000009",  # an echo reply of another version
        ],
    )
    def test_errors_and_replies_are_not_answered(self, data: str) -> None:
        connection = ready()
        (malformed,) = connection.receive(bytes.fromhex(data), 0.0)
        assert isinstance(malformed, Malformed)
        assert sent(connection) == []

    def test_an_error_gives_back_64_bytes(self) -> None:
        connection = ready()
        data = encode(FlowMod(Match(in_port=1)), V1_3)[:-1] + b"\1" * 40
        connection.receive(data[:2] + len(data).to_bytes(2, "big") + data[4:], 0.0)
        (error,) = sent(connection)
        assert isinstance(error, ErrorMsg)
        assert len(error.data) == 64


class TestSending:
    def test_nothing_is_sent_before_the_hello(self) -> None:
        with pytest.raises(ConnectionError, match="not ready to send: init"):
            Connection().send(BarrierRequest())

    def test_nothing_is_sent_after_the_end(self) -> None:
        connection = ready()
        connection.close("enough")
        with pytest.raises(ConnectionError, match="not ready to send: closed"):
            connection.send(BarrierRequest())

    @pytest.mark.parametrize("message", ["hello", FlowMod, None, Output(1)])
    def test_what_is_no_message_is_not_queued(self, message: Any) -> None:
        connection = ready()
        connection.take_output()
        with pytest.raises(EncodeError, match="is no message"):
            connection.send(message)
        assert not connection.take_output()

    def test_what_the_version_cannot_say_is_not_queued(self) -> None:
        connection = ready(V1_0)
        with pytest.raises(Unsupported):
            connection.send(GroupMod())
        assert connection.queued == 0

    def test_a_message_without_xid_gets_one_of_its_own_each_time(self) -> None:
        connection, message = ready(), BarrierRequest()
        xids = [connection.send(message), connection.send(message)]
        assert message.xid == 0
        assert [sent_message.xid for sent_message in sent(connection)] == xids
        assert len({0, *xids}) == 3

    def test_a_message_with_xid_keeps_it(self) -> None:
        connection = ready()
        assert connection.send(BarrierRequest(xid=77)) == 77
        assert sent(connection) == [BarrierRequest(xid=77)]

    def test_queued_counts_bytes_until_they_are_taken(self) -> None:
        connection = ready()
        connection.send(PacketOut(data=bytes(60)))
        size = connection.queued
        assert size == len(connection.take_output()) > 60
        assert connection.queued == 0


class TestKeepAlive:
    def test_an_echo_request_is_answered_and_handed_up(self) -> None:
        connection = ready()
        request = EchoRequest(b"ping", xid=5)
        assert connection.receive(encode(request, V1_3), 0.0) == [request]
        assert sent(connection) == [EchoReply(b"ping", xid=5)]

    def test_a_silent_peer_is_probed_and_its_answer_is_ours_alone(self) -> None:
        connection = ready()
        assert connection.advance(PROBE_AFTER_S - 0.1) == []
        assert connection.queued == 0
        assert connection.advance(PROBE_AFTER_S) == []
        (probe,) = sent(connection)
        assert isinstance(probe, EchoRequest)
        assert connection.receive(encode(EchoReply(xid=probe.xid), V1_3), 11.0) == []
        assert connection.deadline == 11.0 + PROBE_AFTER_S

    def test_an_echo_reply_that_is_no_probes_is_handed_up(self) -> None:
        reply = EchoReply(b"mine", xid=12345)
        assert ready().receive(encode(reply, V1_3), 0.0) == [reply]

    def test_a_peer_that_misses_every_probe_is_given_up(self) -> None:
        connection = ready()
        for missed in range(1, PROBES_MISSED + 1):
            assert connection.advance(missed * PROBE_AFTER_S) == []
        (lost,) = connection.advance(connection.deadline)
        assert lost == Lost("nothing heard for 40 s, 3 echo requests unanswered")
        assert len(sent(connection)) == PROBES_MISSED

    def test_any_byte_is_a_sign_of_life(self) -> None:
        connection = ready()
        connection.advance(connection.deadline)
        connection.receive(b"\x04", 15.0)
        assert connection.deadline == 15.0 + PROBE_AFTER_S

    def test_a_peer_without_a_hello_is_given_up(self) -> None:
        connection = Connection(now=100.0, probe_after_s=PROBE_AFTER_S)
        assert connection.advance(109.9) == []
        assert connection.advance(110.0) == [Lost("no hello: nothing heard for 10 s")]

    def test_probes_that_are_never_answered_take_no_memory(self) -> None:
        connection = ready()
        for _ in range(50):
            connection.advance(connection.deadline)
            connection.receive(encode(BarrierReply(), V1_3), connection.deadline)
        (late,) = {message.xid for message in sent(connection)[:1]}
        assert connection.receive(encode(EchoReply(xid=late), V1_3), 0.0) == [EchoReply(xid=late)]


class TestRawMessages:
    """Messages that somebody takes from the front as they came."""

    def test_only_messages_of_the_type_that_is_asked_for_are_shown(self) -> None:
        connection = ready()
        data = encode(BarrierRequest(), V1_3) + encode(EchoRequest(), V1_3)
        connection.feed(data, 1.0)
        barrier, echo = data[1], data[9]
        assert connection.peek(barrier, 100) == data
        assert connection.peek(barrier, 10) == data[:10]
        assert connection.peek(echo, 100) == b""

    def test_what_is_skipped_is_received_by_nobody_else(self) -> None:
        connection = ready()
        connection.feed(encode(BarrierRequest(), V1_3) + encode(BarrierReply(xid=5), V1_3), 1.0)
        connection.skip(8)
        assert connection.receive(b"", 1.0) == [BarrierReply(xid=5)]

    def test_what_is_fed_shows_that_the_peer_lives(self) -> None:
        connection = ready()
        connection.advance(connection.deadline)
        connection.feed(b"\x04", 15.0)
        assert connection.deadline == 15.0 + PROBE_AFTER_S

    def test_nothing_is_shown_before_the_hello_and_after_the_end(self) -> None:
        connection = Connection()
        data = encode(BarrierRequest(), V1_3)
        connection.feed(data, 0.0)
        assert connection.peek(data[1], 100) == b""
        connection = ready()
        connection.close("enough")
        connection.feed(data, 0.0)
        assert connection.peek(data[1], 100) == b""

    def test_less_than_a_header_is_not_shown(self) -> None:
        connection = ready()
        connection.feed(encode(BarrierRequest(), V1_3)[:7], 0.0)
        assert connection.peek(20, 100) == b""


def test_features_are_asked_for_and_told_from_end_to_end() -> None:
    controller, switch = Connection(), Connection()
    switch.receive(controller.take_output(), 0.0)
    controller.receive(switch.take_output(), 0.0)
    xid = controller.request(FeaturesRequest())
    assert switch.receive(controller.take_output(), 0.0) == [FeaturesRequest(xid=xid)]
    switch.send(FeaturesReply(7, xid=xid))
    (answer,) = controller.receive(switch.take_output(), 0.0)
    assert answer.reply == FeaturesReply(7, xid=xid)  # type: ignore[union-attr]
