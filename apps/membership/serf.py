"""What Serf agents want to hear of us above SWIM: that we join, and that we leave (`apps.swim.serf`).

Without it we would have failed to them whenever we go, and in a query that all are to acknowledge we would be missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from apps.membership.context import Context
from apps.swim.core import Core
from apps.swim.effects import Deliver, Effect, Event, Kind, Shared
from apps.swim.members import State
from apps.swim.messages import NodeState
from apps.swim.serf import Serf
from apps.swim.serf_messages import Asked, Gone, NotSerf, Said, Tell
from apps.swim.serf_queries import answers

log = logging.getLogger(__name__)


class SerfSide:
    """Hears the effects of a core, and has more for `carry`."""

    def __init__(self, context: Context, core: Core, carry: Callable[[list[Effect]], None]) -> None:
        self._context = context
        self._core = core
        self._carry = carry
        self._serf = Serf(core.me.name)
        self._announced = False
        self._stale = False
        self._refresh()

    def leave(self) -> None:
        """Say that we are going to."""
        self._say(self._serf.leave())

    def hear(self, effect: Effect) -> None:
        """What has happened to the core."""
        if isinstance(effect, Event):
            self._happened(effect)
        elif isinstance(effect, Deliver):
            self._understand(self._serf.hear, effect.data)
        elif isinstance(effect, Shared):
            self._understand(self._serf.merge, effect.data)
            self._announce(effect)
        else:
            return
        if not self._stale:
            self._stale = True
            self._context.after(0.0, self._refresh)

    def _happened(self, event: Event) -> None:
        if event.kind is Kind.MEMBER_FAILED:
            self._say(self._serf.failed(event.member.name))
        elif event.kind is Kind.MEMBER_JOIN:
            self._serf.alive(event.member.name)

    def _understand(self, how: Callable[[bytes], list[Said]], data: bytes) -> None:
        try:
            said = how(data)
        except NotSerf as error:
            self._core.counters["not_serf"] += 1
            log.debug("%s", error)
        else:
            self._say(said)

    def _announce(self, shared: Shared) -> None:
        """Who joins says so once, in case somebody remembers that it has left."""
        if shared.join and not self._announced and not self._core.leaving:
            self._announced = True
            self._say(self._serf.join())

    def _say(self, said: list[Said]) -> None:
        for one in said:
            try:
                self._carry(self._effects(one))
            except ValueError:  # it does not fit a datagram
                self._core.counters["not_serf"] += 1

    def _effects(self, said: Said) -> list[Effect]:
        core, now = self._core, self._context.now()
        if isinstance(said, Tell):
            return core.broadcast(said.data, now, said.subject)
        if isinstance(said, Gone):
            known = core.members.find(said.name)
            if known is None or known.state is not State.DEAD:
                return []
            left = NodeState(said.name, incarnation=known.incarnation, state=State.LEFT)
            return core.merge([left], now)
        return self._answers(said) if isinstance(said, Asked) else []

    def _answers(self, asked: Asked) -> list[Effect]:
        core, options = self._core, self._context.options
        found = answers(asked, core.me.name, core.members, options.config.envelope.keyring)
        now = self._context.now()
        return [effect for answer in found for effect in core.send(asked.source, answer, now)]

    def _refresh(self) -> None:
        """What goes along in push-pulls, once for all that has changed."""
        self._stale = False
        self._core.shared = self._serf.state(self._core.members.values())
