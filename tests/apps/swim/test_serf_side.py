"""What a core has to do with what Serf agents say, and what they are told of it."""

from __future__ import annotations

import pytest

from apps.swim.effects import Deliver, Effect, Event, Kind, Shared
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.messages import Dead
from apps.swim.serf_keys import INSTALL, LIST, read_response, request
from apps.swim.serf_messages import Kind as SerfKind
from apps.swim.serf_messages import Reply, unpack
from apps.swim.serf_queries import Query
from apps.swim.serf_side import SerfSide
from tests.apps.swim.cores import Driven, kinds
from tests.apps.swim.serf_words import message, query

OLD, NEW = bytes(16), bytes(range(16))


class Sided(Driven):
    """Member `h0` among Serf agents, and what others have replied to its queries."""

    def __init__(self, others: int = 2, keyring: Keyring | None = None) -> None:
        super().__init__(others)
        self.replies: list[Reply] = []
        self.side = SerfSide(self.swim, keyring, self.replies.append)

    def told(self, *effects: Effect) -> list[Effect]:
        """The side hears these, and what comes of them."""
        found = [new for effect in effects for new in self.side.hear(effect, self.now)]
        return found + (self.told(*found) if found else [])

    def shares(self) -> dict[bytes, object]:
        """What goes along in a push-pull."""
        found: dict[bytes, object] = unpack(self.swim.shared[1:])
        return found


def peer_shares(*, join: bool) -> Shared:
    """The state of an agent, which knows nothing."""
    times = dict.fromkeys(("LTime", "EventLTime", "QueryLTime"), 1)
    data = message(SerfKind.PUSH_PULL, **times, StatusLTimes={}, LeftMembers=[])
    return Shared(data, join)


def test_who_fails_after_it_has_said_that_it_goes_has_left() -> None:
    h0 = Sided()
    h0.told(Deliver(message(SerfKind.LEAVE, LTime=7, Node="h1")))
    assert h0.member(1).state is State.ALIVE
    told = h0.told(*h0.hear(Dead(1, "h1", "h2")))
    assert kinds(told) == [Kind.MEMBER_LEAVE]
    assert h0.member(1).state is State.LEFT
    assert h0.told(*h0.hear(Dead(1, "h2", "h1"))) == []
    assert h0.member(2).state is State.DEAD


def test_what_is_shared_is_as_it_is_when_it_is_shared() -> None:
    h0 = Sided()
    assert h0.shares()[b"StatusLTimes"] == {b"h0": 0, b"h1": 0, b"h2": 0}
    h0.told(Deliver(message(SerfKind.LEAVE, LTime=7, Node="h1")))
    assert h0.shares()[b"StatusLTimes"] == {b"h0": 0, b"h1": 7, b"h2": 0}
    assert h0.shares()[b"LeftMembers"] == [b"h1"]


def test_who_joins_says_so_once_unless_it_joins_again() -> None:
    h0 = Sided()
    before = h0.shares()[b"LTime"]
    h0.told(peer_shares(join=False))
    assert h0.shares()[b"LTime"] == before
    h0.told(peer_shares(join=True), peer_shares(join=True))
    assert h0.shares()[b"StatusLTimes"] == {b"h0": before, b"h1": 0, b"h2": 0}
    h0.side.join_again()
    h0.told(peer_shares(join=True))
    assert h0.shares()[b"LTime"] == before + 2  # type: ignore[operator]


def test_who_leaves_tells_before_it_does_and_does_not_say_that_it_joins() -> None:
    h0 = Sided()
    h0.side.leave(h0.now)
    assert h0.swim.telling
    assert h0.shares()[b"LeftMembers"] == [b"h0"]
    h0.swim.leave(h0.now)
    time = h0.shares()[b"LTime"]
    h0.told(peer_shares(join=True))
    assert h0.shares()[b"LTime"] == time


def test_our_own_queries_are_ours_to_answer_too() -> None:
    h0 = Sided(keyring=Keyring(OLD))
    h0.side.ask(Query(1, INSTALL, request(NEW), 1.0), h0.now)
    h0.side.ask(Query(2, LIST, request(), 1.0), h0.now)
    assert [(reply.id, reply.source) for reply in h0.replies] == [(1, "h0"), (2, "h0")]
    assert len(read_response(h0.replies[1].payload).keys) == 2
    h0.told(Deliver(message(SerfKind.QUERY_RESPONSE, ID=2, From="h1", Flags=0, Payload=b"x")))
    assert h0.replies[2:] == [Reply(2, "h1", b"x")]


def test_a_query_is_answered_where_it_says_that_it_comes_from() -> None:
    h0 = Sided()
    assert h0.told(Deliver(query(3, 9)))
    assert h0.told(Deliver(query(4, 10, Addr=b"\x0a\0\0\x63"))) == []


@pytest.mark.parametrize(
    "effect",
    [
        Deliver(b"\x63"),
        Shared(b"something else", join=True),
        Deliver(message(SerfKind.USER_EVENT, LTime=1, Name="large", Payload=bytes(4096))),
    ],
)
def test_what_is_not_serfs_or_does_not_fit_is_counted(effect: Effect) -> None:
    h0 = Sided()
    assert h0.told(effect) == []
    assert h0.swim.counters["not_serf"] == 1


def test_who_lives_again_has_not_left() -> None:
    h0 = Sided()
    h0.told(Deliver(message(SerfKind.LEAVE, LTime=7, Node="h1")))
    h0.told(Event(Kind.MEMBER_JOIN, h0.member(1)))
    assert h0.shares()[b"LeftMembers"] == []
