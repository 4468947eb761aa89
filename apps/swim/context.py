"""What the parts of a core share: configuration, members, rumours, timers, and the way out.

The parts (`rules`, `probe`, `relay`, `gossip`, `sync`) know the context and not each other, but for the rules, which
all of them apply. `now` is set by the core whenever something comes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import TYPE_CHECKING

from apps.swim.address import Address
from apps.swim.agenda import Action, Agenda, Timer
from apps.swim.awareness import Awareness
from apps.swim.broadcasts import Rumours, transmit_limit
from apps.swim.config import Config
from apps.swim.effects import Effect, Event, Kind, Send
from apps.swim.leniency import Leniency
from apps.swim.members import Identity, Member, Members, Roster
from apps.swim.messages import Message, encode
from apps.swim.packet import COMPOUND_EACH, COMPOUND_HEAD, COMPOUND_MOST, compound

if TYPE_CHECKING:
    from random import Random

_CRC_SINCE = 5
"""The version of the protocol that knows checksums."""


class Context:
    """Of one core."""

    def __init__(
        self, config: Config, me: Identity, rng: Random, now: float, roster: Roster
    ) -> None:
        self.config = config
        self.name = me.name
        self.at = Address(me.address, me.port)
        self.rng = rng
        self.now = now
        self.leaving = False
        self.agenda = Agenda()
        self.members = Members(roster)
        self.rumours = Rumours()
        self.user_rumours = Rumours()
        self.awareness = Awareness(config.awareness_max)
        self.leniency = Leniency()
        self.counters: Counter[str] = Counter()
        self.effects: list[Effect] = []
        self.on_rumour: Action | None = None
        self._room = config.budget - config.envelope.overhead - COMPOUND_HEAD

    @property
    def me(self) -> Member:
        """What we know of ourselves."""
        return self.members[self.name]

    @property
    def telling(self) -> bool:
        """Whether there is anything to gossip."""
        return bool(self.rumours) or bool(self.user_rumours)

    @property
    def room(self) -> int:
        """Bytes for messages in a datagram, the two for the length of each included."""
        return self._room

    def flush(self) -> list[Effect]:
        """The effects since the last time."""
        effects, self.effects = self.effects, []
        return effects

    def after(self, seconds: float, action: Action) -> Timer:
        """Do something so much later."""
        return self.agenda.add(self.now + seconds, action)

    def event(self, kind: Kind, member: Member, other: Address | None = None) -> None:
        """Tell whoever listens."""
        self.effects.append(Event(kind, member, other))

    def tell(self, subject: str, message: Message) -> None:
        """Spread what is new of a member."""
        self.rumours.put(subject, encode(message))
        self._wake()

    def tell_users(self, subject: Hashable, data: bytes) -> None:
        """Spread bytes of an application; the bound holds by forgetting what has been told most often."""
        if subject not in self.user_rumours and len(self.user_rumours) >= self.config.rumours_most:
            self.user_rumours.drop_most_told()
            self.counters["rumours_dropped"] += 1
        self.user_rumours.put(subject, data)
        self._wake()

    def send(self, to: Address, peer: Member | None, *parts: bytes) -> None:
        """Send messages in one datagram, and along with them what rumours still fit."""
        told = list(parts)
        if self.telling:
            room = self._room - sum(map(len, parts)) - COMPOUND_EACH * len(parts)
            told += self.pending(room, COMPOUND_MOST - len(parts))
        self._send(to, peer, told)

    def gossip_to(self, peer: Member) -> bool:
        """Send a member rumours, if there are any."""
        parts = self.pending(self._room, COMPOUND_MOST)
        if parts:
            self._send(peer.at, peer, parts)
        return bool(parts)

    def pending(self, room: int, most: int) -> list[bytes]:
        """Rumours for so many bytes, those about members first."""
        if not self.telling:
            return []
        limit = transmit_limit(self.config.retransmit_mult, self.members.here)
        taken = self.rumours.take(room, limit, most)
        room -= sum(map(len, taken)) + COMPOUND_EACH * len(taken)
        return taken + self.user_rumours.take(room, limit, most - len(taken))

    def _send(self, to: Address, peer: Member | None, parts: list[bytes]) -> None:
        crc = peer is not None and peer.protocol_most >= _CRC_SINCE
        data = self.config.envelope.seal(compound(parts), self.rng.randbytes, crc=crc)
        self.effects.append(Send(data, to))

    def _wake(self) -> None:
        if self.on_rumour is not None:
            self.on_rumour()
