"""A member of a cluster, as a machine without sockets, clock or chance.

It is given datagrams, streams and the time, and returns what is to be done (`apps.swim.effects`). Whoever drives it
calls `advance` at `deadline` at the latest, and sends what it is told to send. Its parts share a `Context`:

    rules    what becomes of a claim about a member: alive, suspect, dead, left
    probe    one member after the other is pinged           relay   pings on behalf of others
    gossip   rumours go to some at random                   sync    streams: everything is exchanged

The random generator should be `random.SystemRandom` where there are keys: the nonces of the encryption come from it, as
do the sequence numbers that an answer must know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

from apps.swim.address import Address
from apps.swim.config import Config
from apps.swim.context import Context
from apps.swim.effects import Deliver, Effect, Kind
from apps.swim.errors import SwimError
from apps.swim.gossip import Gossip
from apps.swim.leniency import Leniency
from apps.swim.members import Identity, Member, Members, Roster, State
from apps.swim.messages import (
    META_MOST,
    USER,
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    NodeState,
    Ping,
    Suspect,
    decode,
    decode_rumour,
    encode,
)
from apps.swim.packet import COMPOUND_EACH
from apps.swim.probe import Prober
from apps.swim.relay import Relay, reply_to
from apps.swim.rules import Rules
from apps.swim.streams import Stream
from apps.swim.sync import Sync

if TYPE_CHECKING:
    from random import Random

_LATE, _LISTEN = 0.25, 0.5
"""Parts of the probe time-out: so late we notice that we were stalled, and so long we listen then."""


class Core:
    """One member. It is alone until it joins others, or others join it."""

    def __init__(
        self, config: Config, me: Identity, rng: Random, now: float, roster: Roster | None = None
    ) -> None:
        """`roster`: members that are known from the beginning; whoever simulates thousands shares it."""
        _check_meta(me.meta)
        self._context = context = Context(config, me, rng, now, roster or Roster())
        self._rules = Rules(context)
        self._sync = Sync(context, self._rules)
        self._prober = Prober(context, self._rules, self._sync.ping)
        self._relay = Relay(context)
        self._gossip = Gossip(context)
        self._user_subjects = count()
        self._listen_until = -inf
        self._listening = False
        self._agenda = context.agenda
        self._handlers: dict[type[Message], Callable[[Any, Address], None]] = {
            Ping: self._ping,
            IndirectPing: self._relay.ask,
            Ack: self._ack,
            Nack: self._nack,
        }
        self._rumours: dict[int, Callable[[Any], None]] = {
            Suspect.code: self._rules.suspect,
            Alive.code: self._rules.alive,
            Dead.code: self._rules.dead,
        }
        if me.name not in context.members:
            self._rules.announce(
                Member(me.name, context.at, me.meta, config.versions, incarnation=1, since=now)
            )
        self._start()

    # --- what it knows --------------------------------------------------------------------------

    @property
    def members(self) -> Members:
        """Everybody by name, ourselves and the dead included."""
        return self._context.members

    @property
    def me(self) -> Member:
        """Ourselves, as the others should know us."""
        return self._context.me

    @property
    def health(self) -> int:
        """Lifeguard's local health: 0 is well."""
        return self._context.awareness.score

    @property
    def leniency(self) -> Leniency:
        """Who is due more patience."""
        return self._context.leniency

    @property
    def leaving(self) -> bool:
        """Whether we leave, or have left."""
        return self._context.leaving

    @property
    def telling(self) -> bool:
        """Whether there is something that has not been told often enough yet."""
        return self._context.telling

    @property
    def counters(self) -> Counter[str]:
        """What was refused and what has failed, by name."""
        return self._context.counters

    @property
    def deadline(self) -> float:
        """When to call `advance`, at the latest."""
        return max(self._agenda.deadline, self._listen_until)

    @property
    def shared(self) -> bytes:
        """What the application gives to whomever we exchange everything with (`Shared` there)."""
        return self._sync.share()

    def share(self, make: Callable[[], bytes]) -> None:
        """Have `shared` made whenever we exchange everything."""
        self._sync.share = make

    # --- what comes in --------------------------------------------------------------------------

    def advance(self, now: float) -> list[Effect]:
        """The time is `now`: do what is due. Who comes late is first to give us what has been received meanwhile."""
        context = self._context
        context.now = now
        if self._listens(now):
            return []
        while (action := context.agenda.due(now)) is not None:
            action()
        return context.flush()

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """A datagram. What is wrong with it is counted; what is wrong in a part of it costs only that part."""
        context = self._context
        context.now = now
        try:
            parts = context.config.envelope.open(data)
        except SwimError as error:
            context.counters[error.reason] += 1
            return []
        for part in parts:
            self._receive(part, source)
        return context.flush()

    def stream(self, peer: Address, now: float) -> Stream:
        """An exchange on a stream that `peer` has opened."""
        self._context.now = now
        return self._sync.serve(peer)

    # --- what is asked of it --------------------------------------------------------------------

    def join(self, addresses: Iterable[Address], now: float) -> list[Effect]:
        """Become one cluster with whoever is at these addresses. After leaving, come back."""
        context = self._context
        context.now = now
        if context.leaving:
            context.leaving = False
            me = context.me
            self._rules.announce(me.turned(State.ALIVE, me.incarnation + 1, now))
            self._start()
        self._sync.join(addresses)
        return context.flush()

    def leave(self, now: float) -> list[Effect]:
        """Tell the others that we go. Once enough know, a MEMBER_LEAVE of ourselves comes."""
        context = self._context
        context.now = now
        if not context.leaving:
            context.leaving = True
            self._prober.stop()
            self._sync.stop()
            self._rules.dead(Dead(context.me.incarnation, context.name, context.name))
        return context.flush()

    def update(self, meta: bytes, now: float) -> list[Effect]:
        """Change our metadata. Raises ValueError when it is too long."""
        _check_meta(meta)
        context = self._context
        context.now = now
        if not context.leaving and meta != context.me.meta:
            self._rules.announce(
                replace(context.me, meta=meta, incarnation=context.me.incarnation + 1)
            )
            context.event(Kind.MEMBER_UPDATE, context.me)
        return context.flush()

    def broadcast(self, data: bytes, now: float, subject: Hashable = None) -> list[Effect]:
        """Have bytes of an application told to many, not to all: whoever gets them may broadcast them again.

        What is newer of the same subject takes the place of the older. Raises ValueError for more than fits a datagram.
        """
        message = self._user_message(data)
        context = self._context
        context.now = now
        if subject is None:
            subject = next(self._user_subjects)
        context.tell_users(("user", subject), message)
        return context.flush()

    def send(self, name: str, data: bytes, now: float) -> list[Effect]:
        """Bytes of an application to one member, by a datagram. Raises KeyError for nobody, ValueError for too many."""
        message = self._user_message(data)
        self._context.now = now
        peer = self.members[name]
        self._context.send(peer.at, peer, message)
        return self._context.flush()

    def merge(self, states: Iterable[NodeState], now: float) -> list[Effect]:
        """What a peer knows, if it has come by another way than a stream."""
        self._context.now = now
        self._rules.merge(states)
        return self._context.flush()

    # --- inside ---------------------------------------------------------------------------------

    def _listens(self, now: float) -> bool:
        """Whether to hear first what others have said while we were stalled: it may be what we waited for.

        Our own stall is told by timers that are late. It is as bad for our health as an answer that is missing.
        """
        if now < self._listen_until:
            return True
        late_s = now - self.deadline
        timeout_s = self._context.config.probe_timeout_s
        if self._listening or late_s <= _LATE * timeout_s:
            self._listening = False
            return False
        self._listening = True
        self._listen_until = now + _LISTEN * timeout_s
        self._context.counters["stalls"] += 1
        if late_s > timeout_s:
            self._context.awareness.change(1)
        return True

    def _start(self) -> None:
        self._prober.start()
        self._sync.start()

    def _receive(self, part: bytes, source: Address) -> None:
        context = self._context
        kind = part[0] if part else -1
        if kind == USER:
            context.effects.append(Deliver(part[1:]))
            return
        try:
            rumour = self._rumours.get(kind)
            if rumour is not None:
                rumour(decode_rumour(part))
                return
            message = decode(part)
        except SwimError as error:
            context.counters[error.reason] += 1
            return
        self._handlers[type(message)](message, source)

    def _ping(self, ping: Ping, source: Address) -> None:
        context = self._context
        if ping.node not in ("", context.name):
            context.counters["not_for_us"] += 1
            return
        peer = context.members.find(ping.source_node)
        context.send(reply_to(ping, source), peer, encode(Ack(ping.seq_no)))

    def _ack(self, ack: Ack, _: Address) -> None:
        if not self._prober.ack(ack.seq_no) and not self._relay.ack(ack.seq_no):
            self._context.counters["acks_unasked"] += 1

    def _nack(self, nack: Nack, _: Address) -> None:
        if not self._prober.nack(nack.seq_no):
            self._context.counters["nacks_unasked"] += 1

    def _user_message(self, data: bytes) -> bytes:
        most = self._context.room - COMPOUND_EACH - 1
        if len(data) > most:
            raise ValueError(f"{len(data)} bytes are more than the {most} that fit a datagram")
        return bytes([USER]) + data


def _check_meta(meta: bytes) -> None:
    if len(meta) > META_MOST:
        raise ValueError(f"{len(meta)} bytes of metadata are more than {META_MOST}")
