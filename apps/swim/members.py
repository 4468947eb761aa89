"""The table of members, and the order in which they are probed.

A `Member` never changes: a change is a new one in its place, so that many tables in one process can share them. A table
may stand on a `Roster` that many share, too, and then holds only what has changed since. That is how thousands of
members are simulated at once; alone, a table begins with an empty roster, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

from apps.swim.address import Address

if TYPE_CHECKING:
    from random import Random

_FEW, _TRIES_MOST = 32, 100
"""To find some at random, few members are all looked at; of more, so many."""


class State(IntEnum):
    """As on the wire. Of two claims with the same incarnation, the higher one holds."""

    ALIVE = 0
    SUSPECT = 1
    DEAD = 2
    LEFT = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: a name that nobody else in the cluster has, and where others reach us."""

    name: str
    address: bytes
    port: int
    meta: bytes = b""


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of a member; `since` is when its state last changed."""

    name: str
    at: Address
    meta: bytes = b""
    versions: bytes = b""
    incarnation: int = 0
    state: State = State.ALIVE
    since: float = 0.0

    @property
    def address(self) -> bytes:
        """Its IP address, in 4 or 16 bytes."""
        return self.at.ip

    @property
    def port(self) -> int:
        """Its port, for datagrams and streams."""
        return self.at.port

    @property
    def gone(self) -> bool:
        """Whether it is dead or has left."""
        return self.state >= State.DEAD

    @property
    def protocol_most(self) -> int:
        """The newest version of the protocol that it understands; 0 when it does not say."""
        return self.versions[1] if len(self.versions) > 1 else 0

    def turned(self, state: State, incarnation: int, now: float) -> Member:
        """The same member in another state."""
        return Member(self.name, self.at, self.meta, self.versions, incarnation, state, now)


class Roster:
    """Members that many tables begin with. Nobody changes it."""

    __slots__ = ("counts", "failed", "members", "names")

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self.members: Mapping[str, Member] = {member.name: member for member in members}
        self.names = tuple(self.members)
        self.counts = [0] * len(State)
        for member in self.members.values():
            self.counts[member.state] += 1
        self.failed = frozenset(m.name for m in self.members.values() if m.state is State.DEAD)


_EMPTY = Roster()


class Members(Mapping[str, Member]):
    """By name. Members keep their places until the dead are forgotten."""

    __slots__ = ("_added", "_changed", "_counts", "_failed", "_roster")

    def __init__(self, roster: Roster = _EMPTY) -> None:
        self._roster = roster
        self._changed: dict[str, Member] = {}
        self._added: list[str] = []
        self._counts = list(roster.counts)
        self._failed = set(roster.failed)

    def __getitem__(self, name: str) -> Member:
        return self._changed.get(name) or self._roster.members[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._roster.names
        yield from self._added

    def __len__(self) -> int:
        return len(self._roster.names) + len(self._added)

    def find(self, name: str) -> Member | None:
        """A member, None if nobody has that name."""
        return self._changed.get(name) or self._roster.members.get(name)

    def at_place(self, place: int) -> Member:
        """The member at one of the places from 0 to `len(self)` - 1."""
        names = self._roster.names
        own = place - len(names)
        return self[self._added[own] if own >= 0 else names[place]]

    @property
    def here(self) -> int:
        """How many live, or may: the size of the cluster."""
        return self._counts[State.ALIVE] + self._counts[State.SUSPECT]

    @property
    def suspects(self) -> int:
        """How many of these are suspected."""
        return self._counts[State.SUSPECT]

    @property
    def failed(self) -> set[str]:
        """The names of those that are dead and have not left."""
        return self._failed

    def latest(self, most: int) -> Iterator[Member]:
        """Those of which something has changed, the last one first."""
        return islice(reversed(self._changed.values()), most)

    def put(self, member: Member) -> None:
        """Take this for what is known of the member of its name."""
        old = self.find(member.name)
        if old is None:
            self._added.append(member.name)
        else:
            self._counts[old.state] -= 1
        self._counts[member.state] += 1
        self._changed.pop(member.name, None)
        self._changed[member.name] = member
        if member.state is State.DEAD:
            self._failed.add(member.name)
        else:
            self._failed.discard(member.name)

    def forget(self, before: float, but: str) -> set[str]:
        """Drop those that have been gone since before a time, but not one name; the names of those dropped."""
        if self.here == len(self):
            return set()
        lost = {m.name for m in self.values() if m.gone and m.since < before and m.name != but}
        if lost:
            kept = {name: member for name, member in self.items() if name not in lost}
            self._added = list(kept)
            for name in self._changed:
                if name in kept:
                    # The latest stay the last.
                    kept[name] = kept.pop(name)
            self._roster, self._changed = _EMPTY, kept
            self._counts = Roster(kept.values()).counts
            self._failed.difference_update(lost)
        return lost

    def choose(self, rng: Random, count: int, fits: Callable[[Member], bool]) -> list[Member]:
        """At random so many members that fit; fewer when there are not enough, or they are hard to find."""
        total, draw = len(self), rng.random
        places: Iterable[int]
        if total <= _FEW:
            places = rng.sample(range(total), total)
        else:
            places = (int(draw() * total) for _ in range(_TRIES_MOST))
        found: dict[str, Member] = {}
        for place in places:
            member = self.at_place(place)
            if fits(member):
                found[member.name] = member
                if len(found) == count:
                    break
        return list(found.values())


class Round:
    """A way through all places, in an order of chance, each once: a shuffle that is done as one goes.

    Who comes during a round gets a place somewhere in the rest of it. Only what is out of its place is held, so that a
    round that has just begun costs nothing.
    """

    __slots__ = ("_position", "_swapped")

    def __init__(self) -> None:
        self._position = 0
        self._swapped: dict[int, int] = {}

    def step(self, total: int, rng: Random) -> int | None:
        """The next place; None at the end of a round, and then another begins."""
        at = self._position
        if at >= total:
            self._position = 0
            return None
        self._position = at + 1
        other = at + int(rng.random() * (total - at))
        mine = self._swapped.pop(at, at)
        if other == at:
            return mine
        place = self._swapped.get(other, other)
        self._swapped[other] = mine
        return place
