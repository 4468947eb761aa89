"""The rules of mirage-swim (github.com/andreas/mirage-swim, in its only version): alive or dead, and nothing else.

probe           round-robin; a ping, after a fifth of the period 3 others; who has not answered then is dead at once
members         who is dead stays in the list as dead until all have been probed; after that it is unknown
dissemination   every message carries all rumours, up to the size of a UDP datagram, each ln(n) + 1 times, but none
                about its receiver; whatever is heard of a death is told anew, and so is whoever was unknown
coming back     whoever is unknown and says anything, or is said to be alive, is a member: there is no incarnation by
                which an old rumour could be told from a new one
"""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING

from apps.swim.effects import Kind
from apps.swim.members import Identity, Member, Roster, State
from apps.swim.messages import Alive, Dead, Message, encode
from apps.swim.packet import COMPOUND_EACH, COMPOUND_MOST
from benchmarks.swim.peers import Peer, Times

if TYPE_CHECKING:
    from random import Random

_DATAGRAM = 65_507


class Mirage(Peer):
    """A member by these rules. That a dead member is unknown is said by `State.LEFT` here."""

    def __init__(self, times: Times, me: Identity, rng: Random, now: float, roster: Roster) -> None:
        super().__init__(times, me, rng, now, roster)
        self._told: dict[str, int] = {}
        self._rumours: dict[str, tuple[State, bytes]] = {}

    def take(self, room: int, to: str) -> list[bytes]:
        """All that is not of the receiver, as far as there is room; what has been told least, first."""
        if not self._rumours:
            return []
        limit = ceil(log(max(1, self.members.here)))
        taken: list[bytes] = []
        for name in sorted(self._told, key=self._told.__getitem__):
            rumour = self._rumours[name][1]
            if self._told[name] > limit:
                del self._told[name], self._rumours[name]
            elif name != to and len(taken) < COMPOUND_MOST - 1 and len(rumour) <= room:
                self._told[name] += 1
                room -= len(rumour) + COMPOUND_EACH
                taken.append(rumour)
        return taken

    def unanswered(self, target: Member) -> None:
        """It is dead."""
        self._died(target.name)

    def hear(self, rumour: Message) -> None:
        """Apply a rumour."""
        if isinstance(rumour, Dead):
            self._died(rumour.node)
        elif isinstance(rumour, Alive):
            self.met(rumour.node)

    def met(self, name: str) -> None:
        """It is a member, unless it is taken for dead just now."""
        member = self.members[name]
        if member.state is State.LEFT and name != self.name:
            self.turn(member, State.ALIVE, 1, Kind.MEMBER_JOIN)
            self._tell(member, State.ALIVE)

    def round_over(self) -> None:
        """Who is dead is unknown from now on."""
        for name in list(self.members.failed):
            self.members.put(self.members[name].turned(State.LEFT, 1, self.now))

    def _died(self, name: str) -> None:
        member = self.members[name]
        if member.state is State.LEFT or name == self.name:
            return
        if member.state is State.ALIVE:
            self.turn(member, State.DEAD, 1, Kind.MEMBER_FAILED)
        self._tell(member, State.DEAD)

    def _tell(self, member: Member, state: State) -> None:
        """From the beginning, unless it is being told."""
        if self._rumours.get(member.name, (None,))[0] is state:
            return
        claim: Message = Dead(1, member.name, self.name)
        if state is State.ALIVE:
            claim = Alive(1, member.name, member.at.ip, member.at.port, b"", member.versions)
        self._rumours[member.name] = state, encode(claim)
        self._told[member.name] = 0


TIMES = Times(budget=_DATAGRAM)
