"""Who is due more patience."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.swim.effects import Kind
from apps.swim.leniency import intervals
from apps.swim.members import State
from apps.swim.messages import Ack, Dead, Ping, Suspect
from tests.apps.swim.cores import SILENT, Driven, alive, first_ping, kinds, sent


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
    core.hear(alive(1, 3))
    first_ping(core)


def test_a_late_answer_within_the_interval_begins_no_other_one_before_its_end() -> None:
    core = Driven(2, SILENT)
    vindicated(core, 1)
    vindicated(core, 2)
    ping = first_ping(core)
    core.wait(0.6)
    core.hear(Ack(ping.seq_no))
    assert len(sent(core.wait(0.45), Ping)) == 1


def test_who_is_asked_again_is_suspected_by_the_incarnation_that_it_has_then() -> None:
    core = Driven(1, SILENT)
    vindicated(core, 1)
    first_ping(core)
    core.wait(1)
    core.hear(alive(1, 3))
    assert Kind.MEMBER_SUSPECT in kinds(core.wait(8))
