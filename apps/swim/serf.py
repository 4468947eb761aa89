"""What Serf agents say to each other above the membership, as far as it takes to be one of them.

To Serf, who dies without having said so has failed, and who has announced it has left. So a member that leaves spreads
its intent first, and one that joins spreads that it does, in case an older intent to leave is still about. Which of two
intents is the newer is told by their Lamport times. All messages are bytes of an application to the protocol below: a
byte for the type, and a msgpack map. In a push-pull, all intents go along.

Events and queries of Serf's users are passed on, as agents do it for each other. `apps.swim.serf_queries` has what is
answered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from apps.swim.address import Address
from apps.swim.members import Member, State
from apps.swim.serf_messages import (
    Gone,
    Kind,
    NotSerf,
    Said,
    Tell,
    UserEvent,
    decode,
    encode,
    read_bytes,
    read_name,
    read_number,
    read_query,
    read_text,
    read_time,
)
from apps.swim.serf_queries import ACK, NO_BROADCAST, Query, is_for, question, read_replies

INTENTS_MOST = 1 << 16
"""Members whose intents are remembered."""

SEEN_MOST = 1024
"""Events and queries that are known when they come again."""


class Clock:
    """A Lamport clock: `time` is that of the next message."""

    __slots__ = ("time",)

    def __init__(self) -> None:
        self.time = 1

    def witness(self, time: int) -> None:
        """A message of this time is known."""
        self.time = max(self.time, time + 1)


class Serf:
    """Of one member. It is told what comes, and returns what is to be done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clock, self.event_clock, self.query_clock = Clock(), Clock(), Clock()
        self._leaving = False
        self._intents: OrderedDict[str, tuple[int, bool]] = OrderedDict()
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    # --- what we say ----------------------------------------------------------------------------

    def join(self) -> list[Said]:
        """We have joined a cluster."""
        self._leaving = False
        return [self._intend(Kind.JOIN)]

    def leave(self) -> list[Said]:
        """We are going to leave."""
        self._leaving = True
        return [self._intend(Kind.LEAVE)]

    def ask(self, query: Query, at: Address) -> list[Said]:
        """We ask all members, who are at this address; ourselves, too."""
        return self.hear(question(query, self.query_clock.time, self.name, at))

    def state(self, members: Iterable[Member]) -> bytes:
        """What goes along in a push-pull."""
        times, left = {}, []
        for member in members:
            times[member.name], leaving = self._intents.get(member.name, (0, False))
            # Who is about to leave, too: its time alone would be taken for that of a join.
            if leaving or member.state is State.LEFT:
                left.append(member.name)
        return encode(
            Kind.PUSH_PULL,
            LTime=self.clock.time,
            StatusLTimes=times,
            LeftMembers=left,
            EventLTime=self.event_clock.time,
            Events=[],
            QueryLTime=self.query_clock.time,
        )

    # --- what we hear ---------------------------------------------------------------------------

    def hear(self, data: bytes) -> list[Said]:
        """A message. Raises NotSerf."""
        kind, found = decode(data)
        if kind in (Kind.JOIN, Kind.LEAVE):
            name, time = read_name(found, b"Node"), read_time(found, b"LTime")
            said, news = self._intent(name, time, leaving=kind is Kind.LEAVE)
            return [*said, Tell(data, ("intent", name))] if news else said
        if kind is Kind.USER_EVENT:
            return self._user_event(data, found)
        if kind is Kind.QUERY:
            return self._query(data, found)
        return read_replies(found) if kind is Kind.QUERY_RESPONSE else []

    def merge(self, data: bytes) -> list[Said]:
        """What a peer knows, out of a push-pull. Raises NotSerf."""
        kind, found = decode(data)
        times, left = found.get(b"StatusLTimes") or {}, found.get(b"LeftMembers") or []
        if kind is not Kind.PUSH_PULL or not isinstance(times, dict) or not isinstance(left, list):
            raise NotSerf("no state of Serf's")
        intents = {read_text(name): read_number(time) for name, time in times.items()}
        gone = {read_text(name) for name in left}
        clocks = (self.clock, self.event_clock, self.query_clock)
        heard = [read_time(found, key) for key in (b"LTime", b"EventLTime", b"QueryLTime")]
        for clock, time in zip(clocks, heard):
            clock.witness(time - 1)
        said: list[Said] = []
        for name, time in intents.items():
            said += self._intent(name, time, leaving=name in gone)[0]
        return said

    def failed(self, name: str) -> list[Said]:
        """A member is taken for dead: unless it had said that it goes, it has failed."""
        return [Gone(name)] if self._intents.get(name, (0, False))[1] else []

    def alive(self, name: str) -> None:
        """A member is there, or is there again."""
        if name in self._intents:
            self._intents[name] = (self._intents[name][0], False)

    # --- inside ---------------------------------------------------------------------------------

    def _intend(self, kind: Kind) -> Tell:
        time = self.clock.time
        self.clock.witness(time)
        self._remember(self.name, time, kind is Kind.LEAVE)
        fields: dict[str, object] = {"LTime": time, "Node": self.name}
        return Tell(encode(kind, **fields), ("intent", self.name))

    def _intent(self, name: str, time: int, *, leaving: bool) -> tuple[list[Said], bool]:
        """What follows from an intent, and whether it is news.

        Of two of one time that to leave counts. A peer may know that a member has left and not when it said so, or when
        it has said something and not that it was this.
        """
        self.clock.witness(time)
        known, left = self._intents.get(name, (0, False))
        if time < known or (time == known and (left or not leaving)):
            return [], False
        if name == self.name and leaving != self._leaving:
            # Of an earlier life of ours: the newest intent is what we say now.
            return [self._intend(Kind.LEAVE if self._leaving else Kind.JOIN)], False
        self._remember(name, time, leaving)
        return ([Gone(name)] if leaving and not left else []), True

    def _remember(self, name: str, time: int, leaving: bool) -> None:
        self._intents[name] = (time, leaving)
        self._intents.move_to_end(name)
        if len(self._intents) > INTENTS_MOST:
            self._intents.popitem(last=False)

    def _user_event(self, data: bytes, found: dict[Any, Any]) -> list[Said]:
        time = read_time(found, b"LTime")
        event = UserEvent(read_name(found, b"Name"), read_bytes(found, b"Payload"))
        self.event_clock.witness(time)
        if time + SEEN_MOST < self.event_clock.time or not self._is_new(data):
            return []
        return [Tell(data, ("event", data)), event]

    def _query(self, data: bytes, found: dict[Any, Any]) -> list[Said]:
        time, flags = read_time(found, b"LTime"), read_number(found.get(b"Flags", 0))
        asked = read_query(found, time, wants_ack=bool(flags & ACK))
        for_us = is_for(self.name, found.get(b"Filters") or [])
        self.query_clock.witness(time)
        if time + SEEN_MOST < self.query_clock.time or not self._is_new(data):
            return []
        said: list[Said] = [asked] if for_us else []
        return said if flags & NO_BROADCAST else [Tell(data, ("query", data)), *said]

    def _is_new(self, data: bytes) -> bool:
        if data in self._seen:
            return False
        self._seen[data] = None
        if len(self._seen) > SEEN_MOST:
            self._seen.popitem(last=False)
        return True
