"""Serf's queries: who is asked, and what he answers."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from apps.swim.keyring import Keyring
from apps.swim.members import Member
from apps.swim.serf import Serf
from apps.swim.serf_messages import Asked, Kind, NotSerf, Reply, Tell
from apps.swim.serf_queries import ANSWER_MOST, Query, answers
from tests.apps.swim.cores import at
from tests.apps.swim.serf_words import message, query


def asked(data: bytes, keyring: Keyring | None = None) -> list[dict[Any, Any]]:
    """The answers of h1 to a query, in a cluster of h1, h2 and h3."""
    one = Serf("h1")
    members = {f"h{n}": Member(f"h{n}", at(n)) for n in (1, 2, 3)}
    found = [each for each in one.hear(data) if isinstance(each, Asked)]
    given = [answer for each in found for answer in answers(each, "h1", members, keyring)]
    assert all(answer[0] == Kind.QUERY_RESPONSE for answer in given)
    return [msgpack.unpackb(answer[1:], raw=True) for answer in given]


def test_a_query_is_acknowledged_where_it_is_wanted() -> None:
    ack = {b"LTime": 3, b"ID": 9, b"From": b"h1", b"Flags": 1, b"Payload": b""}
    assert asked(query(3, 9)) == [ack]
    assert asked(query(3, 9, flags=0)) == []
    assert asked(query(3, 9, Filters=[b"\x00" + msgpack.packb(["h1"], use_bin_type=False)])) == [
        ack
    ]
    assert asked(query(3, 9, Filters=[b"\x00" + msgpack.packb(["h3"], use_bin_type=False)])) == []
    assert asked(query(3, 9, Filters=[b"\x01anything"])) == []


def test_who_asks_must_be_a_member_and_where_it_says() -> None:
    assert asked(query(3, 9, SourceNode="h7")) == []
    assert asked(query(3, 9, SourceNode="")) == []
    assert asked(query(3, 9, Port=99)) == []


def test_when_two_have_a_name_we_vote() -> None:
    (answer,) = asked(query(3, 9, flags=0, Name="_serf_conflict", Payload=b"h3"))
    assert answer[b"Payload"][0] == Kind.CONFLICT_RESPONSE
    vote = msgpack.unpackb(answer[b"Payload"][1:], raw=True)
    assert (vote[b"Name"], vote[b"Addr"], vote[b"Port"]) == (b"h3", at(3).ip, at(3).port)
    assert asked(query(3, 9, flags=0, Name="_serf_conflict", Payload=b"h1")) == []
    assert asked(query(3, 9, flags=0, Name="_serf_conflict", Payload=b"h9")) == []


def test_who_is_asked_to_use_a_key_does_and_says_so() -> None:
    ring, wanted = Keyring(bytes(16)), bytes(range(32))
    payload = message(Kind.KEY_REQUEST, Key=wanted)
    for name in ("_serf_install-key", "_serf_use-key"):
        (answer,) = asked(query(3, 9, flags=0, Name=name, Payload=payload), ring)
        assert (answer[b"Payload"][0], answer[b"Flags"]) == (Kind.KEY_RESPONSE, 0)
        assert msgpack.unpackb(answer[b"Payload"][1:])["Result"] is True
    assert ring.keys == (wanted, bytes(16))


def test_a_stranger_changes_no_keys() -> None:
    ring = Keyring(bytes(16))
    payload = message(Kind.KEY_REQUEST, Key=bytes(range(32)))
    forged = query(3, 9, Name="_serf_install-key", Payload=payload, SourceNode="h7")
    assert asked(forged, ring) == []
    assert ring.keys == (bytes(16),)


def test_an_answer_is_never_longer_than_serf_takes() -> None:
    ring = Keyring(*(bytes([number]) * 32 for number in range(40)))
    name = "h" * 255
    one = Asked(1 << 40, 1 << 31, "_serf_list-keys", b"", "h2", at(2), wants_ack=False)
    (answer,) = answers(one, name, {"h2": Member("h2", at(2))}, ring)
    assert ANSWER_MOST - 50 < len(answer) <= ANSWER_MOST


def test_we_ask_as_serf_does_and_answer_ourselves_first() -> None:
    one = Serf("h1")
    wanted = Query(9, "_serf_list-keys", b"\x07\x81\xa3Key\xa0", 1.6)
    tell, heard = one.ask(wanted, at(1))
    assert isinstance(tell, Tell)
    assert msgpack.unpackb(tell.data[1:], raw=True) == {
        b"Addr": at(1).ip,
        b"Filters": None,
        b"Flags": 0,
        b"ID": 9,
        b"LTime": 1,
        b"Name": b"_serf_list-keys",
        b"Payload": b"\x07\x81\xa3Key\xa0",
        b"Port": at(1).port,
        b"RelayFactor": 0,
        b"SourceNode": b"h1",
        b"Timeout": 1_600_000_000,
    }
    assert heard == Asked(1, 9, wanted.name, wanted.payload, "h1", at(1), wants_ack=False)
    assert one.hear(tell.data) == []
    assert one.query_clock.time == 2


def test_what_others_answer_is_heard_and_that_they_have_heard_us_is_not() -> None:
    said = {"LTime": 1, "ID": 9, "From": "h2", "Payload": b"yes"}
    assert Serf("h1").hear(message(Kind.QUERY_RESPONSE, Flags=0, **said)) == [
        Reply(9, "h2", b"yes")
    ]
    assert Serf("h1").hear(message(Kind.QUERY_RESPONSE, Flags=1, **said)) == []
    for wrong in ({"ID": -1}, {"From": 3}, {"Payload": 3}):
        with pytest.raises(NotSerf):
            Serf("h1").hear(message(Kind.QUERY_RESPONSE, **{**said, **wrong}))
