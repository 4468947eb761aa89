"""Rumours go to some at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.swim.config import LAN
from apps.swim.core import Core
from apps.swim.effects import Deliver, Kind, Send
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.messages import USER, Ack, Alive, Dead, Message, NodeState, Ping, Suspect
from apps.swim.packet import Envelope
from tests.apps.swim.cores import VSN, Driven, alive, at, kinds, sent

NO_PROBES = replace(LAN, probe_interval_s=1e6, push_pull_interval_s=1e6, reconnect_interval_s=1e6)


def test_a_rumour_goes_to_several_members_and_then_no_more() -> None:
    core = Driven(9, NO_PROBES)
    core.wait(5)
    core.effects.clear()
    core.hear(alive(1, 2))
    core.wait(5)
    receivers = [to for message, to in sent(core.effects, Alive) if message.node == "h1"]
    assert len(receivers) == 8
    assert len(set(receivers[:3])) == 3
    assert at(0) not in receivers


@pytest.mark.parametrize(
    "claim", [alive(1, 2), Suspect(1, "h1", "h2"), Dead(1, "h1", "h2"), Dead(1, "h1", "h1")]
)
def test_what_is_heard_again_is_not_told_again(claim: Message) -> None:
    core = Driven(9, NO_PROBES)
    core.hear(claim)
    core.wait(5)
    core.hear(claim)
    assert not core.swim.telling


def test_however_much_there_is_to_tell_it_goes_to_so_many_in_each_interval() -> None:
    core = Driven(9, NO_PROBES)
    core.wait(5)
    core.hear(*(alive(number, 2) for number in range(1, 6)))
    for interval in range(2):
        effects = core.wait(LAN.gossip_interval_s)
        receivers = [effect.to for effect in effects if isinstance(effect, Send)]
        assert len(set(receivers)) == len(receivers) == 3, interval


def test_with_nothing_to_tell_nothing_is_done() -> None:
    core = Driven(9, NO_PROBES)
    core.wait(5)
    assert core.swim.deadline > 1000


@pytest.mark.parametrize(
    "act",
    [
        lambda swim, now: swim.leave(now),
        lambda swim, now: swim.update(b"new", now),
        lambda swim, now: swim.broadcast(b"new", now),
        lambda swim, now: swim.merge([NodeState("h1", at(1).ip, 7946, b"new", 2, 0, VSN)], now),
    ],
    ids=["leave", "update", "broadcast", "merge"],
)
def test_news_are_told_soon_after_a_long_silence(act: Callable[[Core, float], object]) -> None:
    core = Driven(9, NO_PROBES)
    core.wait(5)
    core.now += 1000
    act(core.swim, core.now)
    assert core.now <= core.swim.deadline <= core.now + LAN.gossip_interval_s


def test_alone_nothing_is_done() -> None:
    core = Driven(0, NO_PROBES)
    core.wait(5)
    assert core.swim.deadline > 1000


def test_rumours_go_along_with_answers() -> None:
    core = Driven(1, NO_PROBES)
    effects = core.hear(alive(2), Ping(7, "h0"))
    (send,) = [effect for effect in effects if isinstance(effect, Send)]
    assert sent([send], Ack) == [(Ack(7), at(99))]
    assert alive(2) in [message for message, _ in sent([send], Alive)]


def test_no_datagram_is_larger_than_the_budget() -> None:
    config = replace(NO_PROBES, envelope=Envelope(b"blue" * 60, Keyring(bytes(32))))
    core = Driven(0, config)
    for number in range(1, 120):
        core.hear(alive(number, meta=bytes(number)))
        core.hear(Ping(number, "h0"))
    core.wait(5)
    sizes = [len(effect.data) for effect in core.effects if isinstance(effect, Send)]
    assert 1300 < max(sizes) <= 1400


def test_what_would_never_fit_a_datagram_is_refused_and_stops_no_other_news() -> None:
    core = Driven(9, NO_PROBES)
    for number in range(20):
        core.hear(replace(alive(50 + number), node=f"h{number:->1500}"))
    core.wait(5)
    core.hear(alive(1, 2))
    effects = core.wait(5)
    assert alive(1, 2) in [message for message, _ in sent(effects, Alive)]
    assert not core.swim.telling
    assert core.swim.counters["malformed"] == 20


def test_the_dead_are_told_for_a_while_that_they_are_dead() -> None:
    core = Driven(1, NO_PROBES)
    core.wait(5)
    core.effects.clear()
    core.hear(Dead(1, "h1", "h2"))
    core.wait(1)
    assert sent(core.effects, Dead)[0] == (Dead(1, "h1", "h2"), at(1))
    core.wait(31)
    core.effects.clear()
    core.hear(alive(2, 2), Dead(2, "h2", "h3"))
    core.wait(5)
    assert {to for _, to in sent(core.effects, Dead)} == {at(2)}


def test_who_has_left_is_not_told_anything() -> None:
    core = Driven(2, NO_PROBES)
    core.wait(5)
    core.effects.clear()
    core.hear(Dead(1, "h1", "h1"))
    core.wait(5)
    assert {to for _, to in sent(core.effects, Dead)} == {at(2)}


# --- leaving ------------------------------------------------------------------------------------


def test_who_leaves_says_so_and_knows_when_it_is_told() -> None:
    core = Driven(5)
    assert kinds(core.swim.leave(core.now)) == []
    effects = core.wait(2)
    assert kinds(effects) == [Kind.MEMBER_LEAVE]
    assert [message for message, _ in sent(effects, Dead)] == [Dead(1, "h0", "h0")] * 4
    assert core.swim.me.state is State.LEFT
    assert sent(effects, Ping) == []
    core.hear(alive(1, 2))
    assert kinds(core.wait(2)) == []


def test_who_leaves_alone_has_left_soon() -> None:
    core = Driven()
    core.swim.leave(core.now)
    assert kinds(core.wait(1)) == [Kind.MEMBER_LEAVE]
    assert core.swim.deadline > 1e9


def test_who_leaves_is_not_brought_back_by_a_rumour_or_by_news_of_its_own() -> None:
    core = Driven(3)
    core.swim.leave(core.now)
    effects = core.hear(alive(0, 5)) + core.wait(0.2)
    effects += core.swim.update(b"new", core.now) + core.wait(0.2)
    effects += core.hear(Suspect(9, "h0", "h1")) + core.wait(0.2)
    effects += core.hear(Dead(9, "h0", "h1")) + core.wait(5)
    assert core.swim.me.state >= State.DEAD
    assert kinds(effects) == [Kind.MEMBER_LEAVE]
    assert not [message for message, _ in sent(effects, Alive) if message.node == "h0"]


def test_who_has_left_can_come_back() -> None:
    core = Driven(3)
    core.swim.leave(core.now)
    core.wait(5)
    core.effects += core.swim.join([at(1)], core.now)
    assert (core.swim.me.state, core.swim.me.incarnation) == (State.ALIVE, 2)
    effects = core.wait(3)
    assert (2, "h0") in {(m.incarnation, m.node) for m, _ in sent(effects, Alive)}
    assert sent(effects, Ping)
    core.swim.leave(core.now)
    assert Kind.MEMBER_LEAVE in kinds(core.wait(5))


# --- what applications say ----------------------------------------------------------------------


def test_an_application_s_bytes_are_told_and_delivered() -> None:
    core = Driven(4, NO_PROBES)
    core.wait(5)
    core.effects.clear()
    core.swim.broadcast(b"hello", core.now)
    core.wait(1)
    sends = [effect for effect in core.effects if isinstance(effect, Send)]
    assert len(sends) == 4
    assert Envelope().open(sends[0].data) == [bytes([USER]) + b"hello"]
    assert Driven().swim.receive(sends[0].data, at(1), 0.0) == [Deliver(b"hello")]


def test_what_is_newer_of_a_subject_is_told_instead_of_the_older() -> None:
    core = Driven(4, NO_PROBES)
    core.wait(5)
    core.effects.clear()
    core.swim.broadcast(b"old", core.now, "x")
    core.swim.broadcast(b"new", core.now, "x")
    core.wait(1)
    told = {effect.data for effect in core.effects if isinstance(effect, Send)}
    assert len(told) == 1
    assert Envelope().open(told.pop()) == [bytes([USER]) + b"new"]


def test_rumours_of_applications_are_bounded() -> None:
    core = Driven(0, replace(NO_PROBES, rumours_most=10))
    for number in range(15):
        core.swim.broadcast(bytes([number]), core.now)
    assert core.swim.counters["rumours_dropped"] == 5


def test_bytes_for_one_member_go_to_it() -> None:
    core = Driven(2, NO_PROBES)
    core.wait(5)
    (send,) = core.swim.send("h2", b"psst", core.now)
    assert isinstance(send, Send)
    assert send.to == at(2)
