"""Exchanges on streams: everything, pings, bytes of an application."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim import messages
from apps.swim.config import BARE, LAN, Config
from apps.swim.effects import Deliver, Shared
from apps.swim.framing import frame
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.messages import (
    Ack,
    Compressed,
    Dead,
    NodeState,
    Ping,
    PushPullHeader,
    Refusal,
    UserHeader,
    encode,
    to_map,
)
from apps.swim.packet import Envelope
from apps.swim.streams import Stream
from tests.apps.swim.cores import VSN, Driven, alive, at, joined

KEYS = Keyring(bytes(16))
ENVELOPES = [Envelope(), Envelope(b"blue"), Envelope(keyring=KEYS), Envelope(b"blue", KEYS)]


def asked(core: Driven, plain: bytes, chunk: int = 1 << 20) -> tuple[bytes, list[object]]:
    """Open a stream, write this, and read what is answered."""
    envelope = core.config.envelope
    data = frame(envelope, plain, Random(3).randbytes, opener=True)
    stream = core.swim.stream(at(50), core.now)
    effects: list[object] = []
    for start in range(0, len(data), chunk):
        effects += stream.receive(data[start : start + chunk], core.now)
    answer = stream.take_output()
    effects += stream.close(core.now)
    return answer, effects


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_two_that_exchange_everything_know_the_same(envelope: Envelope, chunk: int) -> None:
    config = replace(LAN, envelope=envelope)
    one, other = Driven(0, config), Driven(0, config)
    for number in range(1, 30):
        (one if number % 2 else other).hear(alive(number, number, bytes(number)))
    other.hear(Dead(2, "h2", "h2"))
    stream, served = joined(one), other.swim.stream(at(1), 0.0)
    request = stream.take_output()
    for start in range(0, len(request), chunk):
        served.receive(request[start : start + chunk], 0.0)
    assert served.done
    answer = served.take_output()
    for start in range(0, len(answer), chunk):
        stream.receive(answer[start : start + chunk], 0.0)
    assert (stream.done, stream.failure) == (True, "")
    theirs = {m.name: (m.incarnation, m.meta, m.state) for m in other.swim.members.values()}
    ours = {m.name: (m.incarnation, m.meta, m.state) for m in one.swim.members.values()}
    assert theirs.pop("h2") == (2, bytes(2), State.LEFT)
    assert ours == theirs


def test_what_they_believe_of_us_wrongly_is_refuted_in_the_answer() -> None:
    core = Driven(1)
    state = NodeState("h0", at(0).ip, 7946, b"", 5, State.DEAD, VSN)
    answer, _ = asked(core, encode(PushPullHeader(1)) + to_map(state))
    assert core.swim.me.incarnation == 6
    assert (
        to_map(NodeState("h0", at(0).ip, 7946, b"", 6, State.ALIVE, core.config.versions)) in answer
    )


def test_a_stream_that_is_compressed_is_read() -> None:
    plain = encode(UserHeader(2)) + b"hi"
    held = encode(Compressed(0, literals(plain)))
    assert asked(Driven(), held, chunk=3) == (b"", [Deliver(b"hi")])


def literals(data: bytes) -> bytes:
    """LZW without any repetition; short enough that the codes stay at 9 bits."""
    value = sum(code << 9 * place for place, code in enumerate([256, *data, 257]))
    return int(value).to_bytes((9 * (len(data) + 2) + 7) // 8, "little")


def test_a_ping_on_a_stream_is_answered() -> None:
    assert asked(Driven(), encode(Ping(9, "h0")))[0] == encode(Ack(9))
    core = Driven()
    assert asked(core, encode(Ping(9, "h7")))[0] == b""
    assert core.swim.counters["not_for_us"] == 1


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_bytes_of_an_application_come_whole(data: bytes, chunk: int) -> None:
    core = Driven()
    assert asked(core, encode(UserHeader(len(data))) + data, chunk) == (b"", [Deliver(data)])


def test_what_applications_share_goes_both_ways() -> None:
    one, other = Driven(), Driven()
    one.swim.share(lambda: b"one")
    other.swim.share(lambda: b"other")
    stream, served = joined(one), other.swim.stream(at(1), 0.0)
    assert Shared(b"one", True) in served.receive(stream.take_output(), 0.0)
    assert Shared(b"other", True) in stream.receive(served.take_output(), 0.0)
    assert asked(one, encode(PushPullHeader(0, 3)) + b"now")[1] == [Shared(b"now", False)]


@pytest.mark.parametrize(
    ("config", "data", "reason"),
    [
        (LAN, b"\x63", "malformed"),
        (LAN, encode(alive(3)), "malformed"),
        (LAN, encode(Ack(1)), "malformed"),
        (LAN, encode(Refusal("no")), "malformed"),
        (LAN, b"\x06\xc1", "malformed"),
        (LAN, b"\x06\x00", "malformed"),
        (LAN, b"\x0a" + bytes(4), "not_decryptable"),
        (LAN, encode(PushPullHeader(1 << 20)), "bad_packet"),
        (LAN, b"\xf4\x01x", "wrong_label"),
        (LAN, b"\xf4\x00", "bad_packet"),
        (replace(LAN, envelope=Envelope(keyring=KEYS)), encode(Ping(9)), "not_decryptable"),
        (replace(LAN, envelope=Envelope(keyring=KEYS)), b"\x0a\x7f\0\0\0", "bad_packet"),
        (
            replace(LAN, envelope=Envelope(keyring=KEYS)),
            b"\x0a\0\0\0\x20" + bytes(32),
            "not_decryptable",
        ),
    ],
)
def test_a_forged_or_malformed_stream_changes_nothing_and_is_counted(
    config: Config, data: bytes, reason: str
) -> None:
    core = Driven(2, config)
    before = core.snapshot()
    stream = core.swim.stream(at(50), core.now)
    assert stream.receive(data, core.now) == []
    assert stream.done
    assert core.snapshot() == before
    assert dict(core.swim.counters) == {reason: 1, "streams_failed": 1}


def test_who_asks_wrongly_is_told_what_is_wrong() -> None:
    answer, _ = asked(Driven(), b"\x63")
    assert messages.from_map(Refusal, answer[1:]).error == "no message type 99 on a stream"


def test_a_refusal_and_a_wrong_answer_are_failures() -> None:
    for answer, text in [
        (encode(Refusal("no")), "the other side refuses: no"),
        (encode(Ack(1)), "Ack instead of PushPullHeader"),
    ]:
        core = Driven()
        stream = joined(core)
        stream.take_output()
        stream.receive(answer, core.now)
        assert (stream.done, stream.failure) == (True, text)


def test_a_stream_that_breaks_is_a_failure_and_one_that_ends_is_none() -> None:
    core = Driven()
    stream = joined(core)
    stream.close(core.now, "connection refused")
    assert (stream.failure, core.swim.counters["streams_failed"]) == ("connection refused", 1)
    asked(core, encode(Ping(9)))
    assert core.swim.counters["streams_failed"] == 1


def test_half_of_a_push_pull_changes_nothing() -> None:
    core = Driven(2)
    before = core.snapshot()
    state = NodeState("h7", at(7).ip, 7946, b"", 5, State.ALIVE, VSN)
    asked(core, encode(PushPullHeader(2)) + to_map(state))
    assert core.snapshot() == before


def test_members_whose_protocol_we_do_not_speak_are_not_merged() -> None:
    core = Driven(2)
    states = [NodeState(f"h{n}", at(n).ip, 1, b"", 1, 0, VSN) for n in (7, 8)]
    states[1] = replace(states[1], vsn=bytes([1, 2, 2, 2, 5, 4]))
    asked(core, encode(PushPullHeader(2)) + b"".join(map(to_map, states)))
    assert len(core.swim.members) == 3
    assert core.swim.counters["incompatible"] == 1


def test_versions_of_the_dead_and_those_that_are_not_told_are_in_nobody_s_way() -> None:
    core = Driven(0)
    told = [(6, State.ALIVE, b""), (7, State.DEAD, BARE), (8, State.ALIVE, VSN)]
    states = [NodeState(f"h{n}", at(n).ip, 1, b"", 1, state, vsn) for n, state, vsn in told]
    asked(core, encode(PushPullHeader(3)) + b"".join(map(to_map, states)))
    assert list(core.swim.members) == ["h0", "h6", "h8"]


def test_one_version_in_common_is_enough() -> None:
    core = Driven(0)
    state = NodeState("h7", at(7).ip, 1, b"", 1, State.ALIVE, bytes([5, 6, 5, 2, 5, 4]))
    asked(core, encode(PushPullHeader(1)) + to_map(state))
    assert core.member(7).state is State.ALIVE


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        (BARE, "h7: delegate versions up to 0; we: from 2 on"),
        (bytes([6, 7, 7, 2, 5, 4]), "we: protocol versions up to 5; h7: from 6 on"),
        (bytes([1, 5, 5, 2, 4, 5]), "h7: delegate version 5 is not of 2 to 4"),
    ],
)
def test_it_is_told_whose_versions_are_in_the_way(versions: bytes, told: str) -> None:
    stream = joined(Driven(0))
    state = NodeState("h7", at(7).ip, 1, b"", 1, State.ALIVE, versions)
    stream.receive(encode(PushPullHeader(1)) + to_map(state), 0.0)
    assert stream.failure == told


def test_streams_of_others_are_bounded() -> None:
    core = Driven(0, replace(LAN, streams_most=2))
    first, _, third = (core.swim.stream(at(n), core.now) for n in (1, 2, 3))
    assert third.done
    first.receive(encode(Ping(9, "h0")), core.now)
    assert core.swim.stream(at(4), core.now).done
    assert core.swim.counters["streams_refused"] == 2
    for _ in range(2):
        first.close(core.now)
    assert [core.swim.stream(at(n), core.now).done for n in (4, 5)] == [False, True]


def test_what_comes_after_the_end_of_an_exchange_is_not_read() -> None:
    core = Driven()
    stream = core.swim.stream(at(1), core.now)
    told = encode(UserHeader(2)) + b"hi"
    assert [stream.receive(told, core.now) for _ in range(2)] == [[Deliver(b"hi")], []]


def test_what_has_been_read_takes_no_room() -> None:
    core = Driven(0, CROWDED)
    core.swim.stream(at(1), core.now).receive(encode(UserHeader(7000)) + bytes(7000), core.now)
    assert not unfinished(core, 2, 7500).done


def test_a_stream_has_its_time_from_when_it_begins() -> None:
    core = Driven()
    core.now += 1000
    assert joined(core).deadline == core.swim.stream(at(1), core.now).deadline == 1010
    core.now += 5
    assert core.swim.stream(at(2), core.now).deadline == 1015


def unfinished(core: Driven, number: int, size: int) -> Stream:
    """A stream on which so many bytes have come, of more."""
    stream = core.swim.stream(at(number), core.now)
    head = encode(UserHeader(1 << 20))
    stream.receive(head + bytes(size - len(head)), core.now)
    return stream


CROWDED = replace(LAN, streams_most=4, streams_hold_most=16_000)
"""Half of it for all together, and 1,000 bytes for each of four streams of others and four of ours."""


def test_who_holds_much_is_given_up_when_all_hold_too_much() -> None:
    core = Driven(0, CROWDED)
    large = unfinished(core, 1, 7500)
    small, larger = unfinished(core, 2, 900), unfinished(core, 3, 1100)
    assert [stream.done for stream in (large, small, larger)] == [False, False, True]
    assert b"on all streams" in larger.take_output()
    assert core.swim.counters["streams_crowded"] == 1


def test_what_is_closed_makes_room() -> None:
    core = Driven(0, CROWDED)
    for number in range(1, 9):
        stream = unfinished(core, number, 7500)
        assert not stream.done
        stream.close(core.now)
        stream.close(core.now)


def test_an_answer_takes_room_until_the_stream_is_closed() -> None:
    core = Driven(100, replace(CROWDED, streams_most=16, streams_hold_most=30_000))
    ask = encode(PushPullHeader(0, 0, True))
    streams = [core.swim.stream(at(number), core.now) for number in range(3)]
    for stream in streams:
        stream.receive(ask, core.now)
    assert [len(stream.take_output()) > 5000 for stream in streams] == [True, True, False]
    streams[0].close(core.now)
    again = core.swim.stream(at(9), core.now)
    again.receive(ask, core.now)
    assert len(again.take_output()) > 5000


def test_states_take_more_room_than_they_have_bytes() -> None:
    core = Driven(0, CROWDED)
    stream = core.swim.stream(at(1), core.now)
    stream.receive(encode(PushPullHeader(100)) + b"\x80" * 30, core.now)
    assert not stream.done
    stream.receive(b"\x80" * 30, core.now)
    assert "on all streams" in stream.failure
    assert core.swim.counters["streams_crowded"] == 1


def test_states_without_end_are_given_up_before_all_of_a_chunk_is_read() -> None:
    core = Driven(0, CROWDED)
    stream = core.swim.stream(at(1), core.now)
    stream.receive(encode(PushPullHeader(60_000)) + b"\x80" * 50_000, core.now)
    read = int(stream.failure.split()[0]) - 50_000
    assert read < 100_000, "256 bytes for each of fewer than 400"


def test_a_stream_of_ours_that_holds_too_much_is_given_up_too() -> None:
    core = Driven(0, CROWDED)
    unfinished(core, 1, 7500)
    stream = joined(core)
    stream.receive(encode(PushPullHeader(0, 1 << 20)) + bytes(2000), core.now)
    assert "on all streams" in stream.failure
