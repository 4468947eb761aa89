"""Members with an agent: the SWIM core, and what it wants done, across the data network."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from apps.membership.context import Context
from apps.membership.exchanges import Exchanges
from apps.membership.members import Seen, seen_agent
from apps.membership.network import frames
from apps.membership.network.frames import Transport
from apps.membership.network.network import Network
from apps.membership.network.places import Place
from apps.swim.address import Address
from apps.swim.core import Core
from apps.swim.effects import Answered, Connect, Effect, Event, Kind, Send
from apps.swim.members import Identity, Member, State
from apps.swim.serf_side import SerfSide

ALONE_S = 10.0
"""So long after those in `join=` were asked, it is said if nobody has answered."""
_KNOWN_MOST = 3

Tell = Callable[[Kind, Seen, str], None]

log = logging.getLogger(__name__)


class Agents:
    """`tell` hears what becomes of them, with who else claims a member's name, or nothing."""

    def __init__(self, context: Context, network: Network, tell: Tell) -> None:
        options = context.options
        self._context = context
        self._counters = context.counters
        self._network = network
        self._tell = tell
        self._at = Address(options.address, options.port)
        self._name = options.name
        self._rtts: dict[str, float] = {}
        self._told: dict[str, Place] = {}
        self.addresses: set[bytes] = set()
        """The IP addresses of those that are not gone."""
        me = Identity(options.name, options.address, options.port, options.meta)
        config = options.config
        self.core = core = Core(config, me, context.rng, context.now())
        send = network.delivery.send
        self._exchanges = Exchanges(context, self._at, send, core.stream, self._carry)
        self._serf = SerfSide(core, config.envelope.keyring) if options.serf else None
        self.gone = False
        """Whether we have left, and enough of the others know."""

    def __iter__(self) -> Iterator[Seen]:
        for member in self.core.members.values():
            if member.name != self._name:
                yield self._seen(member)

    def find(self, name: str) -> Seen | None:
        """One of them."""
        member = None if name == self._name else self.core.members.find(name)
        return None if member is None else self._seen(member)

    def _seen(self, member: Member) -> Seen:
        place = self._network.places.last(member.address)
        return seen_agent(member, place, self._rtts.get(member.name))

    @property
    def telling(self) -> bool:
        """Whether there is something to be told, and somebody to tell it to."""
        return self.core.telling and self.core.members.here > 1

    # --- what is asked of it --------------------------------------------------------------------

    def meet(self) -> None:
        """We are connected: exchange everything with those that we are to join, and with some that we have known.

        They may have given us up meanwhile, or we them.
        """
        others = [member for member in self.core.members.values() if member.name != self._name]
        others.sort(key=lambda member: member.state is not State.DEAD)
        known = [member.at for member in others if member.state is not State.LEFT]
        seeds = dict.fromkeys([*self._context.options.join, *known[:_KNOWN_MOST]])
        if seeds and not self.core.leaving:
            self._carry(self.core.join(seeds, self._context.now()))
            self._context.after(ALONE_S, self._say_if_alone)

    def _say_if_alone(self) -> None:
        join = self._context.options.join
        if join and self.core.members.here <= 1 and not self.core.leaving:
            log.warning("no member answers at %s; we go on trying", ", ".join(map(str, join)))

    def announce_leave(self) -> None:
        """Tell Serf agents that we are going to leave; they want to know before we do."""
        if self._serf is not None:
            self._carry(self._serf.leave(self._context.now()))

    def leave(self) -> None:
        """Tell the others that we go."""
        self._carry(self.core.leave(self._context.now()))

    def broadcast(self, data: bytes, subject: object = None) -> None:
        """Have bytes told to the others. Raises ValueError for too many."""
        self._carry(self.core.broadcast(data, self._context.now(), subject))

    def advance(self, now: float) -> None:
        """Do what is due."""
        if self.core.deadline <= now:
            self._carry(self.core.advance(now))

    # --- what comes -----------------------------------------------------------------------------

    def receive(self, read: Transport) -> None:
        """A packet with UDP or TCP."""
        if read.target != self._at.ip:
            self._counters["not_for_us"] += 1
        elif read.proto == frames.TCP:
            self._exchanges.receive(read.source, read.data)
        else:
            self._receive_datagram(read)

    def _receive_datagram(self, read: Transport) -> None:
        datagram = frames.datagram(read.data)
        if datagram is None:
            self._counters["not_understood"] += 1
            return
        src_port, dst_port, data = datagram
        if dst_port != self._at.port:
            self._counters["not_for_us"] += 1
            return
        source = Address(read.source, src_port)
        self._carry(self.core.receive(data, source, self._context.now()))

    # --- what the core wants done ---------------------------------------------------------------

    def _carry(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect)
            elif isinstance(effect, Connect):
                self._exchanges.open(effect.to, effect.stream)
            elif isinstance(effect, Event):
                self._happened(effect)
            elif isinstance(effect, Answered):
                self._answered(effect)
            if self._serf is not None:
                self._carry(self._serf.hear(effect, self._context.now()))

    def _send(self, send: Send) -> None:
        at, to = self._at, send.to
        if len(to.ip) == len(at.ip):
            packet = frames.udp(at.ip, at.port, to.ip, to.port, send.data)
            self._network.delivery.send(to.ip, packet)
        else:
            self._counters["no_place"] += 1

    def _answered(self, answered: Answered) -> None:
        """A member has answered us; it may be somewhere else than others were told."""
        member = answered.member
        self._rtts[member.name] = answered.rtt_s
        place = self._network.places.find(member.address)
        if place is not None and self._told.get(member.name) != place:
            self._told[member.name] = place
            self._tell(Kind.MEMBER_UPDATE, self._seen(member), "")

    def _happened(self, event: Event) -> None:
        member = event.member
        if member.name == self._name and event.kind is not Kind.MEMBER_CONFLICT:
            self.gone = self.gone or event.kind is Kind.MEMBER_LEAVE
            return
        if event.kind is Kind.MEMBER_JOIN:
            self.addresses.add(member.address)
        place = self._network.places.last(member.address)
        if place is not None:
            self._told[member.name] = place
        if member.gone:
            self.addresses.discard(member.address)
            self._rtts.pop(member.name, None)
        other = str(event.other) if event.other is not None else ""
        self._tell(event.kind, self._seen(member), other)
