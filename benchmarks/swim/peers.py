"""What the protocols that we compare ours with have in common: the probe of SWIM's paper, and rumours that ride along.

In every period one member is pinged, in a round through all of them in an order of chance, with whoever comes put in
somewhere. Who has not answered in time is pinged by some others; who has not answered at the end of the period has
failed. There is no stream, no gossip apart from the probes, and no exchange of everything. Messages are written as ours
are, so that bytes tell of rules and not of encodings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.swim.address import Address
from apps.swim.agenda import Agenda
from apps.swim.effects import Effect, Event, Kind, Send
from apps.swim.members import Identity, Member, Members, Roster, Round, State
from apps.swim.messages import (
    RUMOURS,
    Ack,
    IndirectPing,
    Message,
    Ping,
    decode,
    decode_rumour,
    encode,
)
from apps.swim.packet import COMPOUND_EACH, COMPOUND_HEAD, Envelope, compound

if TYPE_CHECKING:
    from random import Random

_ENVELOPE = Envelope()


@dataclass(frozen=True, slots=True)
class Times:
    """Of the probe, and how many others are asked; `budget` is in bytes of a datagram."""

    period_s: float = 1.0
    timeout_s: float = 0.2
    others: int = 3
    budget: int = 1400


class Peer:
    """A member; what becomes of rumours is said by those that derive from it."""

    def __init__(self, times: Times, me: Identity, rng: Random, now: float, roster: Roster) -> None:
        self.times = times
        self.members = Members(roster)
        self.name, self.at = me.name, Address(me.address, me.port)
        self.rng, self.now = rng, now
        self.agenda = Agenda()
        self.effects: list[Effect] = []
        self._round = Round()
        self._probe: tuple[int, Member] | None = None
        self._errands: dict[int, tuple[int, str]] = {}
        self._handlers: dict[type[Message], Callable[[Any, Address], None]] = {
            Ping: self._ping,
            IndirectPing: self._errand,
            Ack: self._ack,
        }
        self.agenda.add(now + rng.random() * times.period_s, self._next)

    @property
    def deadline(self) -> float:
        """When to call `advance`, at the latest."""
        return self.agenda.deadline

    def advance(self, now: float) -> list[Effect]:
        """The time is `now`: do what is due."""
        self.now = now
        while (action := self.agenda.due(now)) is not None:
            action()
        return self._flush()

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """A datagram."""
        self.now = now
        own: list[Message] = []
        for part in _ENVELOPE.open(data):
            if part[0] in RUMOURS:
                self.hear(decode_rumour(part))
            else:
                own.append(decode(part))
        for message in own:
            self._handlers[type(message)](message, source)
        return self._flush()

    def join(self, addresses: Iterable[Address], now: float) -> list[Effect]:
        """All know each other from the beginning."""
        raise NotImplementedError

    # --- what the protocols differ in -----------------------------------------------------------

    def hear(self, rumour: Message) -> None:
        """A rumour has come."""
        raise NotImplementedError

    def take(self, room: int, to: str) -> list[bytes]:
        """Rumours to send along in so many bytes."""
        raise NotImplementedError

    def unanswered(self, target: Member) -> None:
        """A probe has failed."""
        raise NotImplementedError

    def met(self, name: str) -> None:
        """A message has come from a member itself."""

    def round_over(self) -> None:
        """All have been probed."""

    # --- the probe ------------------------------------------------------------------------------

    def turn(self, member: Member, state: State, incarnation: int, kind: Kind) -> Member:
        """Take a member for something else, and tell."""
        turned = member.turned(state, incarnation, self.now)
        self.members.put(turned)
        self.effects.append(Event(kind, turned))
        return turned

    def send(self, to: Member, message: Message) -> None:
        """Send a message, and rumours along with it."""
        own = encode(message)
        room = self.times.budget - _ENVELOPE.overhead - COMPOUND_HEAD - len(own) - COMPOUND_EACH
        parts = [own, *self.take(room, to.name)]
        self.effects.append(Send(_ENVELOPE.seal(compound(parts), self.rng.randbytes), to.at))

    def _next(self) -> None:
        if self._probe is not None:
            failed, self._probe = self._probe[1], None
            self.unanswered(failed)
        self.agenda.add(self.now + self.times.period_s, self._next)
        target = self._target()
        if target is not None:
            seq_no = self.rng.getrandbits(32)
            self._probe = seq_no, target
            self.agenda.add(self.now + self.times.timeout_s, partial(self._ask, seq_no))
            self.send(target, self._ping_of(seq_no, target.name))

    def _target(self) -> Member | None:
        for _ in range(2 * len(self.members) + 2):
            place = self._round.step(len(self.members), self.rng)
            if place is None:
                self.round_over()
                continue
            member = self.members.at_place(place)
            if not member.gone and member.name != self.name:
                return member
        return None

    def _ask(self, seq_no: int) -> None:
        """It has not answered in time."""
        if self._probe is None or self._probe[0] != seq_no:
            return
        target = self._probe[1]
        request = IndirectPing(
            seq_no, target.at.ip, target.at.port, target.name, source_node=self.name
        )
        for other in self.members.choose(
            self.rng, self.times.others, lambda m: not m.gone and m.name != target.name
        ):
            self.send(other, request)

    def _ping_of(self, seq_no: int, name: str) -> Ping:
        return Ping(seq_no, name, self.at.ip, self.at.port, self.name)

    # --- messages -------------------------------------------------------------------------------

    def _ping(self, ping: Ping, _: Address) -> None:
        self.met(ping.source_node)
        self.send(self.members[ping.source_node], Ack(ping.seq_no))

    def _errand(self, request: IndirectPing, _: Address) -> None:
        self.met(request.source_node)
        target = self.members.find(request.node)
        if target is not None:
            seq_no = self.rng.getrandbits(32)
            self._errands[seq_no] = request.seq_no, request.source_node
            forget = partial(self._errands.pop, seq_no, None)
            self.agenda.add(self.now + self.times.period_s, forget)
            self.send(target, self._ping_of(seq_no, target.name))

    def _ack(self, ack: Ack, source: Address) -> None:
        if self._probe is not None and self._probe[0] == ack.seq_no:
            if self._probe[1].at == source:
                self.met(self._probe[1].name)
            self._probe = None
        errand = self._errands.pop(ack.seq_no, None)
        if errand is not None:
            self.send(self.members[errand[1]], Ack(errand[0]))

    def _flush(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects
