"""Pinging on behalf of others."""

from __future__ import annotations

from dataclasses import replace

from apps.swim.messages import Ack, IndirectPing, Message, Nack, Ping
from tests.apps.swim.cores import SILENT, Driven, at, sent


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


def test_an_errand_to_no_address_is_malformed() -> None:
    core = Driven()
    assert core.hear(IndirectPing(77, b"\n\0\0", 7946, "h2", True)) == []
    assert core.swim.counters["malformed"] == 1
