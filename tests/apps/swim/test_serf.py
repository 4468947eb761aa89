"""Serf's messages: who joins, who leaves, and what is passed on."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim import serf
from apps.swim.members import Member, State
from apps.swim.serf import Serf
from apps.swim.serf_messages import Gone, Kind, NotSerf, Tell, UserEvent
from tests.apps.swim.cores import at
from tests.apps.swim.serf_words import message, query


def leave(node: str, time: int) -> bytes:
    """The intent of a member to leave."""
    return message(Kind.LEAVE, LTime=time, Node=node, Prune=False)


def join(node: str, time: int) -> bytes:
    """The intent of a member to join."""
    return message(Kind.JOIN, LTime=time, Node=node)


def state(times: dict[str, int], left: list[str], time: int = 9) -> bytes:
    """What a peer shares."""
    fields = {"LTime": time, "StatusLTimes": times, "LeftMembers": left}
    return message(Kind.PUSH_PULL, **fields, EventLTime=1, Events=[None], QueryLTime=1)


def read(data: bytes) -> dict[str, Any]:
    """The fields of a message."""
    found: dict[str, Any] = msgpack.unpackb(data[1:], strict_map_key=False)
    return found


def test_an_intent_is_in_serfs_words() -> None:
    (said,) = Serf("h1").leave()
    assert said == Tell(b"\x00\x82\xa5LTime\x01\xa4Node\xa2h1", ("intent", "h1"))
    (said,) = Serf("h1").join()
    assert isinstance(said, Tell)
    assert said.data == b"\x01\x82\xa5LTime\x01\xa4Node\xa2h1"


def test_an_intent_is_passed_on_once() -> None:
    one = Serf("h1")
    assert one.hear(leave("h2", 5)) == [Gone("h2"), Tell(leave("h2", 5), ("intent", "h2"))]
    assert one.hear(leave("h2", 5)) == []
    assert one.hear(leave("h2", 4)) == []
    assert one.clock.time == 6


def test_who_fails_after_having_said_that_it_goes_has_left() -> None:
    one = Serf("h1")
    one.hear(leave("h2", 5))
    assert one.failed("h2") == [Gone("h2")]
    assert one.failed("h3") == []


def test_who_is_back_may_fail_again() -> None:
    one, other = Serf("h1"), Serf("h3")
    for each in (one, other):
        each.hear(leave("h2", 5))
    one.hear(join("h2", 6))
    other.alive("h2")
    assert one.failed("h2") == other.failed("h2") == []


def test_an_old_intent_to_leave_does_not_undo_a_newer_one_to_join() -> None:
    one = Serf("h1")
    one.hear(join("h2", 6))
    assert one.hear(leave("h2", 5)) == []
    assert one.merge(state({"h2": 5}, ["h2"])) == []
    assert one.failed("h2") == []


def test_intents_come_with_a_push_pull_too() -> None:
    one = Serf("h1")
    assert one.merge(state({"h2": 7, "h3": 3}, ["h2"])) == [Gone("h2")]
    assert one.merge(state({"h2": 7, "h3": 3}, ["h2"])) == []
    assert one.clock.time == 9
    members = [Member("h2", at(2), state=State.LEFT), Member("h3", at(3)), Member("h1", at(1))]
    shared = read(one.state(members))
    assert shared["StatusLTimes"] == {"h1": 0, "h2": 7, "h3": 3}
    assert shared["LeftMembers"] == ["h2"]
    assert shared["LTime"] == 9


def test_a_peer_may_know_of_a_leave_at_the_time_of_the_join() -> None:
    one = Serf("h1")
    one.hear(join("h2", 7))
    assert one.merge(state({"h2": 7}, ["h2"])) == [Gone("h2")]


def test_who_is_about_to_leave_is_not_taken_for_one_who_stays() -> None:
    one, other, third = Serf("h1"), Serf("h2"), Serf("h3")
    one.leave()
    shared = one.state([Member("h1", at(1)), Member("h2", at(2))])
    assert read(shared)["LeftMembers"] == ["h1"]
    assert other.merge(shared) == [Gone("h1")]
    assert other.failed("h1") == [Gone("h1")]
    # A Serf agent tells the time at which it said so, and not that.
    third.merge(state({"h1": 1}, []))
    assert third.hear(leave("h1", 1)) == [Gone("h1"), Tell(leave("h1", 1), ("intent", "h1"))]
    assert third.failed("h1") == [Gone("h1")]


def test_what_others_believe_of_an_earlier_life_of_ours_is_refuted() -> None:
    one = Serf("h1")
    (said,) = one.merge(state({"h1": 12}, ["h1"]))
    assert isinstance(said, Tell)
    assert (said.data[0], read(said.data)) == (Kind.JOIN, {"LTime": 13, "Node": "h1"})
    (said,) = one.hear(leave("h1", 20))
    assert isinstance(said, Tell)
    assert (said.data[0], read(said.data)["LTime"]) == (Kind.JOIN, 21)


def test_who_leaves_stands_by_it() -> None:
    one = Serf("h1")
    one.leave()
    (said,) = one.hear(join("h1", 5))
    assert isinstance(said, Tell)
    assert (said.data[0], read(said.data)["LTime"]) == (Kind.LEAVE, 6)


def test_events_and_queries_are_passed_on_once() -> None:
    one = Serf("h1")
    event = message(Kind.USER_EVENT, LTime=1, Name="deploy", Payload=b"7", CC=True)
    assert one.hear(event) == [Tell(event, ("event", event)), UserEvent("deploy", b"7")]
    assert one.hear(event) == []
    said = one.hear(query(3, 9))
    assert said[0] == Tell(query(3, 9), ("query", query(3, 9)))
    assert one.hear(query(3, 9)) == []
    assert not any(isinstance(each, Tell) for each in one.hear(query(3, 10, flags=2)))
    assert (one.event_clock.time, one.query_clock.time) == (2, 4)


def test_an_old_event_is_not_passed_on() -> None:
    one = Serf("h1")
    one.hear(message(Kind.USER_EVENT, LTime=5000, Name="new"))
    assert one.hear(message(Kind.USER_EVENT, LTime=1, Name="old")) == []


def test_what_is_for_others_is_left_alone() -> None:
    for kind in (Kind.CONFLICT_RESPONSE, Kind.KEY_REQUEST, Kind.RELAY):
        assert Serf("h1").hear(bytes([kind]) + b"anything") == []


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serf, "INTENTS_MOST", 3)
    monkeypatch.setattr(serf, "SEEN_MOST", 3)
    one = Serf("h1")
    for number in range(10):
        one.hear(leave(f"h{number}", number + 1))
        one.hear(message(Kind.USER_EVENT, LTime=number, Name="e"))
    assert len(one._intents) <= 3
    assert len(one._seen) <= 3


@given(st.binary(max_size=60), st.integers(-1, 12))
def test_any_bytes_are_understood_or_refused(data: bytes, kind: int) -> None:
    one = Serf("h1")
    for how in (one.hear, one.merge):
        try:
            how(bytes([kind]) + data if kind >= 0 else data)
        except NotSerf:
            continue


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x63",
        b"\x00",
        b"\x00\x01",
        leave("", 3),
        leave("h2", -1),
        leave("h2", 1 << 63),
        message(Kind.LEAVE, LTime=True, Node="h2"),
        message(Kind.LEAVE, LTime=1, Node=7),
        query(1, 1, flags="x"),  # type: ignore[arg-type]
        query(1, 1, Filters=3),
        query(1, 1, Filters=[b""]),
        query(1, 1, Filters=[b"\x00\xc1"]),
        query(1, 1, Payload=3),
        query(1, 1, Name=""),
        message(Kind.USER_EVENT, LTime=1, Name="e", Payload=3),
    ],
)
def test_wrong_messages_are_refused(data: bytes) -> None:
    one = Serf("h1")
    with pytest.raises(NotSerf):
        one.hear(data)
    assert not one._intents


@pytest.mark.parametrize(
    "data",
    [
        leave("h2", 2),
        message(Kind.PUSH_PULL, StatusLTimes=3),
        state({"h2": -1}, []),
        state({}, [], time=-1),
        message(Kind.PUSH_PULL, LTime=1, StatusLTimes={"h2": 1}, LeftMembers=[3]),
    ],
)
def test_wrong_states_are_refused_whole(data: bytes) -> None:
    one = Serf("h1")
    with pytest.raises(NotSerf):
        one.merge(data)
    assert (one._intents, one.clock.time) == ({}, 1)
