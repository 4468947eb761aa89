"""How well we are ourselves, and whom that lets us accuse."""

from __future__ import annotations

from dataclasses import replace

from apps.swim.config import LAN
from apps.swim.effects import Kind
from apps.swim.messages import Ack, Nack, Ping, Suspect
from tests.apps.swim.cores import SILENT, Driven, alive, first_ping, kinds, sent


def test_missing_nacks_are_bad_for_our_health_and_nacks_are_not() -> None:
    for others, nacks, health in ((6, 0, 3), (6, 2, 1), (6, 3, 0), (2, 0, 1), (2, 1, 0)):
        core = Driven(others, SILENT)
        ping = first_ping(core)
        core.wait(0.6)
        for _ in range(nacks):
            core.hear(Nack(ping.seq_no))
        core.wait(0.4)
        assert core.swim.health == health


def test_a_nack_speaks_for_us_once_for_each_who_was_asked_and_in_its_own_probe_only() -> None:
    core = Driven(6, SILENT)
    core.hear(Suspect(1, "h0", "h1"), Nack(1))
    ping = first_ping(core)
    core.wait(1)
    core.hear(Nack(ping.seq_no ^ 1), *[Nack(ping.seq_no)] * 4)
    core.wait(1.1)
    assert core.swim.counters["nacks_unasked"] == 3
    assert core.swim.health == 1


def test_an_answer_that_comes_late_since_we_are_unwell_is_no_stall() -> None:
    core = Driven(6, SILENT)
    for incarnation in range(1, 4):
        core.hear(Suspect(incarnation, "h0", "h1"))
    ping = first_ping(core)
    core.wait(1.3)
    core.hear(Ack(ping.seq_no))
    assert core.swim.health == 2
    assert core.swim.deadline >= core.now


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


def test_health_has_its_bounds() -> None:
    core = Driven(6, replace(SILENT, awareness_max=3))
    core.hear(Ack(first_ping(core).seq_no))
    assert core.swim.health == 0
    for incarnation in range(1, 6):
        core.hear(Suspect(incarnation, "h0", "h1"))
    assert (core.swim.me.incarnation, core.swim.health) == (6, 2)


def test_a_suspect_is_told_so_in_the_ping() -> None:
    core = Driven(1, replace(SILENT, suspicion_mult=1000))
    core.hear(alive(1, 4), Suspect(4, "h1", "h2"))
    core.effects.clear()
    first_ping(core)
    assert Suspect(4, "h1", "h0") in [message for message, _ in sent(core.effects, Suspect)]
