"""SWIM as its paper has it (Das, Gupta, Motivala: SWIM, DSN 2002), with everything that the paper has and no more.

    probe           round-robin over an order of chance (4.3), a ping, after a time-out 3 others (3.1)
    dissemination   rumours ride on pings, requests and acks, those told least first, each 4 log10(n) times (4.1, 4.2)
    suspicion       who fails a probe is suspected, and this is told; it is confirmed dead after a fixed time, the same
                    that ours gives at the least; who hears of its own suspicion tells a higher incarnation (4.2)

Without the suspicion (`suspicion_mult` 0) who fails a probe is dead at once. A confirmed death holds against every
rumour of the same incarnation. The paper does not say how one that was falsely confirmed dead comes back; here it tells
a higher incarnation, as on a suspicion, once it hears of its death: a fair chance, as implementations give it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from apps.swim.broadcasts import Rumours, transmit_limit
from apps.swim.effects import Kind
from apps.swim.members import Identity, Member, Roster, State
from apps.swim.messages import Alive, Dead, Message, Suspect, encode
from apps.swim.suspicion import least_timeout
from benchmarks.swim.peers import Peer, Times

if TYPE_CHECKING:
    from random import Random

_TELL_MULT = 4


class Paper(Peer):
    """A member by the paper."""

    def __init__(
        self,
        suspicion_mult: int,
        times: Times,
        me: Identity,
        rng: Random,
        now: float,
        roster: Roster,
    ) -> None:
        super().__init__(times, me, rng, now, roster)
        self._mult = suspicion_mult
        self._rumours = Rumours()

    def take(self, room: int, to: str) -> list[bytes]:
        """What has been told least, first."""
        if not self._rumours:
            return []
        return self._rumours.take(room, transmit_limit(_TELL_MULT, self.members.here), 254)

    def unanswered(self, target: Member) -> None:
        """Suspect it, or take it for dead."""
        if self._mult:
            self._suspect(Suspect(target.incarnation, target.name, self.name))
        else:
            self._dead(Dead(target.incarnation, target.name, self.name))

    def hear(self, rumour: Message) -> None:
        """Apply what is news, and pass it on."""
        if isinstance(rumour, Suspect):
            self._suspect(rumour)
        elif isinstance(rumour, Dead):
            self._dead(rumour)
        elif isinstance(rumour, Alive):
            self._alive(rumour)

    def _suspect(self, claim: Suspect) -> None:
        known = self.members[claim.node]
        if claim.incarnation < known.incarnation or known.gone:
            return
        if claim.node == self.name:
            self._refute(claim.incarnation)
        elif known.state is State.ALIVE or claim.incarnation > known.incarnation:
            self._rumours.put(claim.node, encode(claim))
            if known.state is State.ALIVE:
                self.turn(known, State.SUSPECT, claim.incarnation, Kind.MEMBER_SUSPECT)
            else:
                self.members.put(known.turned(State.SUSPECT, claim.incarnation, self.now))
            seconds = least_timeout(self._mult, self.members.here, self.times.period_s)
            confirm = partial(self._confirm, Dead(claim.incarnation, claim.node, self.name))
            self.agenda.add(self.now + seconds, confirm)

    def _confirm(self, verdict: Dead) -> None:
        known = self.members[verdict.node]
        if (known.state, known.incarnation) == (State.SUSPECT, verdict.incarnation):
            self._dead(verdict)

    def _dead(self, claim: Dead) -> None:
        known = self.members[claim.node]
        if claim.incarnation < known.incarnation or known.gone:
            return
        if claim.node == self.name:
            self._refute(claim.incarnation)
        else:
            self._rumours.put(claim.node, encode(claim))
            self.turn(known, State.DEAD, claim.incarnation, Kind.MEMBER_FAILED)

    def _alive(self, claim: Alive) -> None:
        known = self.members[claim.node]
        if claim.incarnation > known.incarnation and claim.node != self.name:
            self._rumours.put(claim.node, encode(claim))
            kind = Kind.MEMBER_JOIN if known.gone else Kind.MEMBER_CLEARED
            self.turn(known, State.ALIVE, claim.incarnation, kind)

    def _refute(self, accused: int) -> None:
        me = self.members[self.name]
        me = me.turned(State.ALIVE, max(me.incarnation, accused) + 1, self.now)
        self.members.put(me)
        claim = Alive(me.incarnation, me.name, me.at.ip, me.at.port, me.meta, me.versions)
        self._rumours.put(self.name, encode(claim))
