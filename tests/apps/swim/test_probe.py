"""Finding out who has failed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from apps.swim.config import LAN
from apps.swim.effects import Answered, Kind
from apps.swim.leniency import intervals
from apps.swim.members import State
from apps.swim.messages import Ack, Dead, IndirectPing, Message, Nack, Ping, Suspect, encode
from tests.apps.swim.cores import Driven, alive, at, connections, kinds, sent

SILENT = replace(LAN, push_pull_interval_s=1e6, reconnect_interval_s=1e6, gossip_interval_s=1e6)


def first_ping(core: Driven) -> Ping:
    """Wait for the next probe."""
    for _ in range(200):
        pings = sent(core.wait(0.01), Ping)
        if pings:
            return pings[0][0]
    raise AssertionError("nobody was probed")


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


def test_one_is_probed_in_each_interval() -> None:
    core = Driven(3, SILENT)
    times = []
    for _ in range(5):
        ping = first_ping(core)
        times.append(core.now)
        core.hear(Ack(ping.seq_no))
    assert [round(b - a, 1) for a, b in pairwise(times)] == [1.0] * 4


def test_an_answer_tells_the_round_trip_time() -> None:
    core = Driven(1, SILENT)
    ping = first_ping(core)
    core.now += 0.1
    (answered,) = core.hear(Ack(ping.seq_no))
    assert isinstance(answered, Answered)
    assert 0.1 <= answered.rtt_s < 0.12


def test_a_ping_is_answered_where_it_says() -> None:
    core = Driven()
    assert sent(core.hear(Ping(7, "h0", at(5).ip, 99, "h5")), Ack)[0][1] == at(5)._replace(port=99)
    assert sent(core.hear(Ping(8, "h0"), source=at(6)), Ack) == [(Ack(8), at(6))]


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


def test_who_is_always_late_probes_all_the_same() -> None:
    core = Driven(6, SILENT)
    for _ in range(20):
        core.now += 0.7
        core.effects += core.swim.advance(core.now)
    assert len(sent(core.effects, Ping)) >= 3


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


# --- Lifeguard ----------------------------------------------------------------------------------


def test_missing_nacks_are_bad_for_our_health_and_nacks_are_not() -> None:
    for nacks, health in ((0, 3), (2, 1), (3, 0)):
        core = Driven(6, SILENT)
        ping = first_ping(core)
        core.wait(0.6)
        for _ in range(nacks):
            core.hear(Nack(ping.seq_no))
        core.wait(0.4)
        assert core.swim.health == health


def test_a_failed_probe_without_others_to_ask_is_bad_for_our_health() -> None:
    core = Driven(1, SILENT)
    first_ping(core)
    core.wait(1.0)
    assert core.swim.health == 1


def test_the_probe_interval_grows_with_bad_health_and_recovers() -> None:
    core = Driven(6, SILENT)
    core.hear(Suspect(1, "h0", "h1"))
    core.hear(Suspect(2, "h0", "h1"))
    assert core.swim.health == 2
    first_ping(core)
    assert kinds(core.wait(3 * LAN.patience_s - 0.1)) == []
    effects = core.wait(0.2)
    assert kinds(effects) == [Kind.MEMBER_SUSPECT]
    effects = core.wait(3 * (1 - LAN.patience_s) - 0.05)
    health = core.swim.health
    assert health > 2
    ((ping, _),) = sent(effects, Ping)
    core.hear(Ack(ping.seq_no))
    assert core.swim.health == health - 1


def test_bad_health_has_a_bound() -> None:
    core = Driven(6, replace(SILENT, awareness_max=3))
    for incarnation in range(1, 6):
        core.hear(Suspect(incarnation, "h0", "h1"))
    assert (core.swim.me.incarnation, core.swim.health) == (6, 2)


def test_a_suspect_is_told_so_in_the_ping() -> None:
    core = Driven(1, replace(SILENT, suspicion_mult=1000))
    core.hear(alive(1, 4), Suspect(4, "h1", "h2"))
    core.effects.clear()
    first_ping(core)
    assert Suspect(4, "h1", "h0") in [message for message, _ in sent(core.effects, Suspect)]


# --- leniency -----------------------------------------------------------------------------------


def vindicated(core: Driven, number: int, times: int = 1) -> None:
    """Have a member suspected by two, and clear itself."""
    name = f"h{number}"
    for _ in range(times):
        incarnation = core.member(number).incarnation
        core.hear(Suspect(incarnation, name, "h98"), Suspect(incarnation, name, "h99"))
        core.hear(alive(number, incarnation + 1))
    core.effects.clear()


def suspected_after(core: Driven) -> float:
    """Seconds between the first ping to the only other member and the suspicion."""
    first_ping(core)
    start = core.now
    while Kind.MEMBER_SUSPECT not in kinds(core.wait(0.05)):
        assert core.now - start < 20
    return core.now - start


@pytest.mark.parametrize(("times", "seconds"), [(0, 0.4), (1, 8.0), (2, 8.0)])
def test_who_has_cleared_itself_lately_is_given_more_time(times: int, seconds: float) -> None:
    core = Driven(1, replace(SILENT, awareness_max=1))
    vindicated(core, 1, times)
    assert suspected_after(core) == pytest.approx(seconds, abs=0.1)


def test_a_suspicion_that_nobody_has_confirmed_wins_no_patience() -> None:
    core = Driven(9, SILENT)
    core.hear(Suspect(1, "h1", "h2"), alive(1, 2))
    assert not core.lenient(1)
    vindicated(core, 1)
    assert core.lenient(1)


@pytest.mark.parametrize(("size", "suspects"), [(3, 2), (9, 2), (10, 3), (40, 9)])
def test_nobody_wins_patience_while_many_are_suspects(size: int, suspects: int) -> None:
    core = Driven(size - 1, SILENT)
    everybody = range(1, suspects + 1)
    accusers = ("h98", "h99")
    core.hear(*(Suspect(1, f"h{number}", by) for number in everybody for by in accusers))
    core.hear(*(alive(number, 2) for number in everybody))
    assert not any(map(core.lenient, everybody))

    core.now += 60
    core.hear(*(Suspect(2, f"h{number}", by) for number in everybody[1:] for by in accusers))
    core.hear(*(alive(number, 3) for number in everybody))
    assert all(map(core.lenient, everybody[1:]))
    assert not core.lenient(1)


def test_quiet_costs_what_was_won() -> None:
    core = Driven(2, replace(SILENT, probe_interval_s=1.0))
    vindicated(core, 1)
    core.now += 599
    assert core.lenient(1)
    core.now += 2
    assert not core.lenient(1)


@pytest.mark.parametrize("by", ["h1", "h2"])
def test_who_has_died_or_left_meanwhile_is_not_due_what_it_had_won(by: str) -> None:
    core = Driven(2, SILENT)
    vindicated(core, 1)
    core.hear(Dead(2, "h1", by), alive(1, 3))
    assert core.member(1).state is State.ALIVE
    assert not core.lenient(1)


@pytest.mark.parametrize(("leniency", "seconds"), [(1, 0.4), (2, 0.8), (4, 1.6)])
def test_how_much_more_time_is_configured(leniency: int, seconds: float) -> None:
    core = Driven(1, replace(SILENT, awareness_max=1, leniency=leniency))
    vindicated(core, 1)
    assert suspected_after(core) == pytest.approx(seconds, abs=0.1)


def test_patience_lasts_for_two_rounds_but_not_less_than_ten_minutes() -> None:
    assert [intervals(members) for members in (2, 300, 1000)] == [600, 600, 2000]


def test_others_are_probed_while_one_is_given_time() -> None:
    core = Driven(2, SILENT)
    vindicated(core, 1)
    vindicated(core, 2)
    seen = [first_ping(core).node]
    core.wait(0.6)
    seen.append(first_ping(core).node)
    assert sorted(seen) == ["h1", "h2"]
    assert kinds(core.wait(3)) == []


def test_a_late_answer_of_one_that_was_given_time_is_an_answer() -> None:
    core = Driven(2, SILENT)
    vindicated(core, 1)
    vindicated(core, 2)
    ping = first_ping(core)
    core.wait(4)
    core.hear(Ack(ping.seq_no))
    core.wait(4.5)
    assert core.swim.members[ping.node].state is State.ALIVE


def test_one_that_others_give_up_meanwhile_is_not_asked_again() -> None:
    core = Driven(1, SILENT)
    vindicated(core, 1)
    first_ping(core)
    core.wait(1)
    core.hear(Dead(2, "h1", "h2"))
    core.effects.clear()
    assert sent(core.wait(20), Ping) == []


def test_who_is_asked_again_is_suspected_by_the_incarnation_that_it_has_then() -> None:
    core = Driven(1, SILENT)
    vindicated(core, 1)
    first_ping(core)
    core.wait(1)
    core.hear(alive(1, 3))
    assert Kind.MEMBER_SUSPECT in kinds(core.wait(8))


# --- on behalf of others ------------------------------------------------------------------------


def asked(core: Driven, *, nack: bool = True) -> Ping:
    """Have the core asked to ping h2 for h1; its ping."""
    request = IndirectPing(77, at(2).ip, 7946, "h2", nack, at(1).ip, 7946, "h1")
    ((ping, to),) = sent(core.hear(request), Ping)
    assert (to, ping.node, ping.source_node) == (at(2), "h2", "h0")
    assert ping.seq_no != 77
    return ping


def told(core: Driven, message: Message) -> bool:
    return (message, at(1)) in sent(core.effects, type(message))


def test_an_answer_is_passed_on_to_who_asked() -> None:
    core = Driven(2, replace(SILENT, probe_interval_s=1e6))
    ping = asked(core)
    core.hear(Ack(ping.seq_no))
    assert told(core, Ack(77))
    core.wait(1)
    assert not told(core, Nack(77))


def test_a_nack_is_sent_in_time_when_there_is_no_answer() -> None:
    core = Driven(2, replace(SILENT, probe_interval_s=1e6))
    asked(core)
    core.wait(0.45)
    assert told(core, Nack(77))
    assert not told(core, Ack(77))


def test_no_nack_is_sent_to_who_does_not_want_one() -> None:
    core = Driven(2, replace(SILENT, probe_interval_s=1e6))
    asked(core, nack=False)
    core.wait(1)
    assert not told(core, Nack(77))


def test_an_answer_after_the_time_is_not_passed_on() -> None:
    core = Driven(2, replace(SILENT, probe_interval_s=1e6))
    ping = asked(core)
    core.wait(0.6)
    core.hear(Ack(ping.seq_no))
    assert not told(core, Ack(77))


def test_errands_are_bounded() -> None:
    core = Driven(2, replace(SILENT, relays_most=2))
    for _ in range(3):
        core.hear(IndirectPing(77, at(2).ip, 7946, "h2", True))
    assert core.swim.counters["relays_refused"] == 1
    core.wait(1)
    asked(core)
