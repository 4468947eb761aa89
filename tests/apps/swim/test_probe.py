"""Finding out who has failed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from apps.swim.config import LAN
from apps.swim.effects import Answered, Kind
from apps.swim.members import State
from apps.swim.messages import Ack, IndirectPing, Nack, Ping, Suspect, encode
from tests.apps.swim.cores import SILENT, Driven, alive, at, connections, first_ping, kinds, sent


def test_everybody_is_probed_once_in_a_round() -> None:
    core = Driven(12, SILENT)
    for _ in range(3):
        seen = []
        for _ in range(12):
            ping = first_ping(core)
            seen.append(ping.node)
            core.hear(Ack(ping.seq_no))
        assert sorted(seen) == sorted(f"h{n}" for n in range(1, 13))


def test_rounds_are_shuffled_anew() -> None:
    core, rounds = Driven(12, SILENT), set()
    for _ in range(5):
        order = []
        for _ in range(12):
            ping = first_ping(core)
            order.append(ping.node)
            core.hear(Ack(ping.seq_no))
        rounds.add(tuple(order))
    assert len(rounds) == 5


@pytest.mark.parametrize("others", [1, 3])
def test_one_is_probed_in_each_interval(others: int) -> None:
    core = Driven(others, SILENT)
    times = []
    for _ in range(5):
        ping = first_ping(core)
        times.append(core.now)
        core.hear(Ack(ping.seq_no))
    assert [round(b - a, 1) for a, b in pairwise(times)] == [1.0] * 4
    assert 0 < times[0] < 1


def test_who_was_alone_probes_whoever_comes() -> None:
    core = Driven(0, SILENT)
    core.wait(5)
    core.hear(alive(1))
    assert first_ping(core).node == "h1"


def test_an_answer_tells_the_round_trip_time() -> None:
    core = Driven(1, SILENT)
    ping = first_ping(core)
    core.now += 0.1
    (answered,) = core.hear(Ack(ping.seq_no))
    assert isinstance(answered, Answered)
    assert 0.1 <= answered.rtt_s < 0.12
    assert not core.swim.counters


def test_a_ping_is_answered_where_it_says() -> None:
    core = Driven()
    assert sent(core.hear(Ping(7, "h0", at(5).ip, 99, "h5")), Ack)[0][1] == at(5)._replace(port=99)
    for told in ((), (b"\n", 99), (at(5).ip, 0), (b"", 99)):
        assert sent(core.hear(Ping(8, "h0", *told), source=at(6)), Ack) == [(Ack(8), at(6))]


def test_a_ping_for_somebody_else_is_not_answered() -> None:
    core = Driven()
    assert core.hear(Ping(7, "h5")) == []
    assert core.swim.counters["not_for_us"] == 1


def test_others_are_asked_when_there_is_no_answer_in_time() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    effects = core.wait(LAN.probe_timeout_s)
    requests = sent(effects, IndirectPing)
    assert len(requests) == len({to for _, to in requests}) == 3
    assert {(message.node, message.seq_no, message.nack) for message, _ in requests} == {
        (ping.node, ping.seq_no, True)
    }
    assert not {to for _, to in requests} & {core.swim.members[ping.node].at, at(0)}


def test_who_is_suspected_is_not_asked() -> None:
    core = Driven(4, replace(SILENT, suspicion_mult=1000))
    core.hear(Suspect(1, "h3", "h1"), Suspect(1, "h4", "h1"))
    target = core.swim.members[first_ping(core).node]
    requests = sent(core.wait(LAN.probe_timeout_s), IndirectPing)
    assert {to for _, to in requests} == {at(1), at(2)} - {target.at}


@pytest.mark.parametrize(
    ("protocol", "stream", "nack"), [(2, False, False), (3, True, False), (4, True, True)]
)
def test_old_members_are_asked_only_for_what_they_know(
    protocol: int, *, stream: bool, nack: bool
) -> None:
    core = Driven(0, SILENT)
    versions = bytes([1, protocol, protocol, 2, 5, 4])
    core.hear(*(replace(alive(number), vsn=versions) for number in (1, 2)))
    first_ping(core)
    effects = core.wait(LAN.probe_timeout_s)
    assert bool(connections(effects)) is stream
    ((request, _),) = sent(effects, IndirectPing)
    assert request.nack is nack


def test_an_answer_by_way_of_others_is_an_answer() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    core.wait(LAN.patience_s - 0.05)
    core.hear(Ack(ping.seq_no))
    core.wait(0.1)
    assert core.swim.members[ping.node].state is State.ALIVE


def test_a_ping_without_an_answer_is_repeated_and_others_are_asked_again() -> None:
    core = Driven(9, SILENT)
    first = first_ping(core)
    effects = core.wait(LAN.patience_s - 0.01)
    assert [ping for ping, _ in sent(effects, Ping)] == [first] * 3
    nacks = [request.nack for request, _ in sent(effects, IndirectPing)]
    assert nacks == [True] * 3 + [False] * 3


def test_what_is_answered_needs_no_repetition() -> None:
    core = Driven(6, SILENT)
    core.hear(Ack(first_ping(core).seq_no))
    assert sent(core.wait(0.6), Ping) == []


def test_a_round_trip_is_not_told_when_it_is_not_known_which_ping_was_answered() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    core.wait(0.2)
    assert core.hear(Ack(ping.seq_no)) == []


def test_who_does_not_answer_in_the_interval_is_suspected() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    assert kinds(core.wait(1.0)) == [Kind.MEMBER_SUSPECT]
    assert core.swim.members[ping.node].state is State.SUSPECT
    assert core.swim.counters["probes_failed"] == 1


def test_the_verdict_may_come_before_the_interval_is_over() -> None:
    core = Driven(6, replace(SILENT, probe_timeout_s=0.25, verdict_s=0.55))
    first_ping(core)
    start = core.now
    assert kinds(core.wait(0.5)) == []
    assert kinds(core.wait(0.1)) == [Kind.MEMBER_SUSPECT]
    first_ping(core)
    assert round(core.now - start, 1) == 1.0


def test_a_member_is_suspected_in_the_first_half_of_an_interval_unless_others_need_longer() -> None:
    assert LAN.patience_s == 0.4
    assert replace(LAN, probe_timeout_s=0.5).patience_s == 0.95
    assert replace(LAN, verdict_s=0.7).patience_s == 0.7


def test_nacks_that_come_after_the_verdict_still_speak_for_us() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    assert kinds(core.wait(0.6)) == [Kind.MEMBER_SUSPECT]
    for _ in range(3):
        core.hear(Nack(ping.seq_no))
    core.wait(0.4)
    assert core.swim.health == 0


def test_who_was_stalled_hears_what_has_come_before_accusing_anybody() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    core.now += 5
    for _ in range(2):
        assert core.swim.advance(core.now) == []
    assert core.swim.counters["stalls"] == core.swim.health == 1
    core.hear(Ack(ping.seq_no))
    assert kinds(core.wait(LAN.patience_s - 0.05)) == []
    assert core.swim.members[ping.node].state is State.ALIVE


def test_who_was_stalled_asks_others_and_gives_them_their_time() -> None:
    core = Driven(6, SILENT)
    first_ping(core)
    core.now += 5
    assert core.swim.advance(core.now) == []
    assert len(sent(core.wait(LAN.probe_timeout_s + 0.05), IndirectPing)) == 3
    theirs = LAN.patience_s - LAN.probe_timeout_s
    assert kinds(core.wait(theirs - 0.1)) == []
    assert kinds(core.wait(0.1)) == [Kind.MEMBER_SUSPECT]


@pytest.mark.parametrize(
    ("late_s", "stalls", "health"), [(0.04, 0, 0), (0.06, 1, 0), (0.19, 1, 0), (0.21, 1, 1)]
)
def test_only_who_is_late_by_much_is_stalled_and_by_more_unwell(
    late_s: float, stalls: int, health: int
) -> None:
    core = Driven(6, SILENT)
    core.swim.advance(core.swim.deadline + late_s)
    assert (core.swim.counters["stalls"], core.swim.health) == (stalls, health)


def test_who_is_always_late_probes_all_the_same() -> None:
    core = Driven(6, SILENT)
    for _ in range(20):
        core.now += 0.7
        core.effects += core.swim.advance(core.now)
    assert len(sent(core.effects, Ping)) >= 3
    assert core.swim.counters["stalls"] >= 5


def test_an_answer_after_the_interval_or_to_no_question_changes_nothing() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    core.wait(1.0)
    before = core.snapshot()
    assert core.hear(Ack(ping.seq_no), Nack(ping.seq_no), Ack(12345)) == []
    assert core.snapshot() == before
    assert core.swim.counters["acks_unasked"] == 2


def test_one_that_answers_on_a_stream_is_not_suspected() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    (connect,) = connections(core.wait(LAN.probe_timeout_s))
    assert connect.to == core.swim.members[ping.node].at
    assert connect.stream.take_output() == encode(ping)
    connect.stream.receive(encode(Ack(ping.seq_no)), core.now)
    core.wait(0.6)
    assert core.swim.members[ping.node].state is State.ALIVE
    assert core.swim.counters["answered_by_stream_only"] == 1
    first_ping(core)


def test_an_answer_on_a_stream_to_another_question_is_none() -> None:
    core = Driven(6, SILENT)
    ping = first_ping(core)
    (connect,) = connections(core.wait(LAN.probe_timeout_s))
    connect.stream.take_output()
    connect.stream.receive(encode(Ack(ping.seq_no ^ 1)), core.now)
    core.wait(0.6)
    assert core.swim.members[ping.node].state is State.SUSPECT


def test_without_stream_pings_no_stream_is_opened() -> None:
    core = Driven(6, replace(SILENT, tcp_pings=False))
    first_ping(core)
    assert connections(core.wait(1.0)) == []


def test_who_comes_back_probes_those_too_whose_answer_was_due_when_it_left() -> None:
    core = Driven(1, SILENT)
    first_ping(core)
    core.swim.leave(core.now)
    core.wait(5)
    core.swim.join([at(1)], core.now)
    assert first_ping(core).node == "h1"
