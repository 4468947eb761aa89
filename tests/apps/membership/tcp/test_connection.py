"""Connections over a network that loses, repeats and reorders segments."""

from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.membership.tcp import Connection, State
from apps.membership.tcp.segments import ACK, FIN, RST, SYN, Segment, reset_for
from apps.membership.tcp.sender import QUEUE_MOST
from tests.apps.membership.tcp.wire import Wire, opened, payload

SIZES = st.sampled_from([0, 1, 1399, 1400, 1401, 20_000, 100_000])


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.15]),
    repeat=st.sampled_from([0.0, 0.1, 0.5]),
    reorder=st.sampled_from([0.0, 0.1, 0.5]),
    sizes=st.tuples(SIZES, SIZES),
)
def test_what_one_side_writes_the_other_reads_whatever_the_network_does(
    seed: int, loss: float, repeat: float, reorder: float, sizes: tuple[int, int]
) -> None:
    wire = Wire(seed, loss, repeat, reorder)
    sent = [payload(size) for size in sizes]
    wire.to_write = dict(enumerate(sent))
    wire.run()
    other = wire.other
    assert wire.one.closed
    if other is None:  # no SYN has come through
        assert wire.one.failure == "no answer"
        return
    assert other.closed or wire.one.failure  # the reset was lost: its user's limit ends it
    for index, connection in enumerate((wire.one, other)):
        got, wanted = bytes(wire.got[index]), sent[1 - index]
        # With such loss a connection may give up; what it has read is right all the same.
        assert wanted.startswith(got)
        if not wire.one.failure and not other.failure:
            assert got == wanted
            assert connection.finished
            assert connection.sent
    if not loss:
        assert (wire.one.failure, other.failure) == ("", "")


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_one_segment_lost_in_twenty_does_not_break_a_short_exchange(seed: int) -> None:
    wire = Wire(seed, loss=0.05)
    wire.to_write = {0: payload(3000), 1: payload(6000)}
    wire.run()
    assert bytes(wire.got[0]) == payload(6000)
    assert bytes(wire.got[1]) == payload(3000)


def test_nothing_is_sent_while_there_is_nothing_to_say() -> None:
    wire = opened()
    assert wire._next() == inf


def test_who_closes_first_lingers_and_the_other_does_not() -> None:
    wire = opened()
    wire.one.finish(wire.now)
    wire.run()
    assert wire.other is not None
    assert (wire.one.state, wire.other.state) == (State.OPEN, State.OPEN)
    assert wire.other.finished
    wire.other.write(b"the last word", wire.now)
    wire.other.finish(wire.now)
    closed = wire.now
    wire.run()
    assert bytes(wire.got[0]) == b"the last word"
    assert wire.one.closed
    assert wire.other.closed
    assert wire.now - closed > 1


def test_a_syn_that_nobody_answers_is_given_up() -> None:
    one = Connection.connect(1, 0.0)
    times = []
    while not one.closed:
        times += [one.deadline] * len(one.take_segments())
        one.advance(one.deadline)
    assert one.failure == "no answer"
    assert len(times) == 5
    assert times == sorted(times)


def test_a_refused_connection_fails_at_once() -> None:
    one = Connection.connect(1, 0.0)
    (syn,) = one.take_segments()
    reset = reset_for(syn)
    assert reset is not None
    one.receive(reset, 0.1)
    assert (one.closed, one.failure) == (True, "refused")


def test_a_reset_counts_only_where_the_next_byte_is_expected() -> None:
    wire = opened()
    other = wire.other
    assert other is not None
    following = (wire.isn + 1) % 2**32
    other.receive(Segment((following + 5) % 2**32, flags=RST), wire.now)
    assert [s.flags for s in other.take_segments()] == [ACK]
    other.receive(Segment((following - 5) % 2**32, flags=RST), wire.now)
    assert (other.take_segments(), other.closed) == ([], False)
    other.receive(Segment(following, flags=RST), wire.now)
    assert (other.closed, other.failure) == (True, "reset by the other side")


def test_a_syn_within_a_connection_is_challenged() -> None:
    wire = opened()
    assert wire.other is not None
    wire.other.receive(Segment(5, flags=SYN), wire.now)
    assert [s.flags for s in wire.other.take_segments()] == [ACK]
    assert wire.other.state is State.OPEN


def test_an_acknowledgement_of_what_was_never_sent_changes_nothing() -> None:
    wire = opened()
    assert wire.other is not None
    wire.other.write(b"something", wire.now)
    wire.other.take_segments()
    wire.other.receive(Segment((wire.isn + 1) % 2**32, 77 + 5000, ACK), wire.now)
    assert not wire.other.sent
    assert [s.flags for s in wire.other.take_segments()] == [ACK]


def test_a_shut_window_is_probed_until_it_opens() -> None:
    wire = opened()
    wire.window = 0
    wire.one.write(b"x", wire.now)
    wire.run(until=wire.now + 0.1)  # of this the other side's window says nothing yet
    wire.to_write = {}
    wire.one.write(payload(5000), wire.now)
    wire.run(until=wire.now + 20)
    assert not wire.one.sent
    assert not wire.one.closed
    wire.window = None
    wire.run(until=wire.now + 60)
    assert bytes(wire.got[1]) == b"x" + payload(5000)


def test_a_window_that_stays_shut_ends_the_connection() -> None:
    wire = opened()
    one, begin = wire.one, (wire.isn + 1) % 2**32
    one.receive(Segment(78, begin, ACK, window=0), wire.now)
    one.write(payload(5000), wire.now)
    probes = 0
    while not one.closed:
        for segment in one.take_segments():
            assert len(segment.data) == 1
            probes += 1
            one.receive(Segment(78, begin, ACK, window=0), wire.now)
        wire.now = one.deadline
        one.advance(wire.now)
    assert (one.failure, probes) == ("no answer", 12)


def test_more_than_the_queue_holds_ends_the_connection() -> None:
    wire = opened()
    wire.one.write(bytes(QUEUE_MOST + 1), wire.now)
    wire.run()
    assert wire.one.failure == "too much to send"
    assert wire.other is not None
    assert wire.other.failure == "reset by the other side"


def test_what_comes_ahead_of_its_turn_is_bounded() -> None:
    wire = opened()
    other = wire.other
    assert other is not None
    begin = (wire.isn + 1) % 2**32
    for number in range(1, 1000):
        other.receive(Segment((begin + 2 * number) % 2**32, 78, ACK, data=b"x"), wire.now)
    assert len(other._incoming._ahead) <= 64
    assert other.read() == b""


def test_one_lost_segment_is_sent_again_before_the_timer() -> None:
    wire = opened()
    wire.one.write(payload(14_000), wire.now)
    segments = wire.one.take_segments()
    assert len(segments) == 10
    begun = wire.now
    for segment in segments[1:]:
        wire._send(0, segment)
    wire.run()
    assert bytes(wire.got[1]) == payload(14_000)
    assert wire.now - begun < 0.2


@settings(max_examples=200, deadline=None)
@given(
    segments=st.lists(
        st.builds(
            Segment,
            seq=st.integers(-3, 70_000).map(lambda n: (0xFFFF_FF01 + n) % 2**32),
            ack=st.integers(70, 90),
            flags=st.integers(0, 31),
            window=st.sampled_from([0, 1, 65535]),
            data=st.binary(max_size=8),
        ),
        max_size=30,
    )
)
def test_no_segments_break_a_connection(segments: list[Segment]) -> None:
    wire = opened()
    other = wire.other
    assert other is not None
    other.write(b"hello", wire.now)
    for segment in segments:
        other.receive(segment, wire.now)
        other.advance(wire.now)
        for answer in other.take_segments():
            assert answer.flags & FIN == 0
    assert len(other._incoming.data) <= 8 * len(segments)
