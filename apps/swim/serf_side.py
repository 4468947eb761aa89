"""What Serf agents want to hear of a core above the membership, and what it has to do with what they say.

It joins a `Serf` to a `Core`: whoever drives the core gives this its effects, too, and carries out those that it
returns. Without it we would have failed to Serf agents whenever we go, and in a query that all are to acknowledge we
would be missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from apps.swim import serf_keys
from apps.swim.core import Core
from apps.swim.effects import Deliver, Effect, Event, Kind, Shared
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.messages import NodeState
from apps.swim.serf import Serf
from apps.swim.serf_messages import Asked, Gone, NotSerf, Reply, Said, Tell
from apps.swim.serf_queries import Query, answers

log = logging.getLogger("apps.swim")


class SerfSide:
    """Of one core, which shares in push-pulls what Serf does. `replied` is told what members answer to our queries."""

    def __init__(
        self, core: Core, keyring: Keyring | None, replied: Callable[[Reply], None] | None = None
    ) -> None:
        self._core = core
        self._keyring = keyring
        self._replied = replied
        self._serf = serf = Serf(core.me.name)
        self._announced = False
        core.share(lambda: serf.state(core.members.values()))

    # --- what we say ----------------------------------------------------------------------------

    def leave(self, now: float) -> list[Effect]:
        """Say that we are going to leave; they want to know before we do."""
        return self._done(self._serf.leave(), now)

    def join_again(self) -> None:
        """With the next exchange by which we join others it is said anew that we do."""
        self._announced = False

    def ask(self, query: Query, now: float) -> list[Effect]:
        """Ask all members; ourselves, too."""
        return self._done(self._serf.ask(query, self._core.me.at), now)

    # --- what we hear ---------------------------------------------------------------------------

    def hear(self, effect: Effect, now: float) -> list[Effect]:
        """What has happened to the core; what is to be done then."""
        return self._done(self._said(effect), now)

    def _said(self, effect: Effect) -> list[Said]:
        match effect:
            case Event(Kind.MEMBER_FAILED, member):
                return self._serf.failed(member.name)
            case Event(Kind.MEMBER_JOIN, member):
                self._serf.alive(member.name)
            case Deliver(data):
                return self._understood(self._serf.hear, data)
            case Shared(data, join):
                said = self._understood(self._serf.merge, data)
                return said + self._announcement() if join else said
        return []

    def _understood(self, how: Callable[[bytes], list[Said]], data: bytes) -> list[Said]:
        try:
            return how(data)
        except NotSerf as error:
            self._core.counters["not_serf"] += 1
            log.debug("%s", error)
            return []

    def _announcement(self) -> list[Said]:
        """Who joins says so once, in case somebody remembers that it has left."""
        if self._announced or self._core.leaving:
            return []
        self._announced = True
        return self._serf.join()

    # --- what is done ---------------------------------------------------------------------------

    def _done(self, said: list[Said], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for one in said:
            try:
                effects.extend(self._effects(one, now))
            except ValueError:  # it does not fit a datagram
                self._core.counters["not_serf"] += 1
        return effects

    def _effects(self, said: Said, now: float) -> Iterator[Effect]:
        match said:
            case Tell(data, subject):
                yield from self._core.broadcast(data, now, subject)
            case Gone(name):
                yield from self._left(name, now)
            case Asked():
                yield from self._answers(said, now)
            case Reply() if self._replied is not None:
                self._replied(said)

    def _left(self, name: str, now: float) -> list[Effect]:
        """Who seemed to have failed."""
        known = self._core.members.find(name)
        if known is None or known.state is not State.DEAD:
            return []
        left = NodeState(name, incarnation=known.incarnation, state=State.LEFT)
        return self._core.merge([left], now)

    def _answers(self, asked: Asked, now: float) -> Iterator[Effect]:
        core, name = self._core, self._core.me.name
        if serf_keys.is_about(asked.name):
            log.info("%s asks %s", asked.source, asked.name)
        for answer in answers(asked, name, core.members, self._keyring):
            if asked.source == name:
                yield from self._done(self._understood(self._serf.hear, answer), now)
            else:
                yield from core.send(asked.source, answer, now)
