"""`SerfSwim`: a member that Serf agents take for one of theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Self

from apps.swim import serf_keys
from apps.swim.config import LAN, Config
from apps.swim.effects import Deliver, Effect, Event, Kind, Shared
from apps.swim.members import State
from apps.swim.messages import NodeState
from apps.swim.serf import Serf
from apps.swim.serf_messages import Asked, Gone, NotSerf, Reply, Said, Tell
from apps.swim.serf_queries import Query, answers
from apps.swim.transport.questions import Question
from apps.swim.transport.swim import Swim

log = logging.getLogger("apps.swim")

ANSWERS_S = 10.0
"""So long members have to answer what they are all asked."""

_INTENT_MOST_S = 3.0
"""So long a member that leaves waits for its intent to be told, before it goes."""

_LOOK_EVERY_S = 0.05


class SerfSwim(Swim):
    """As `Swim`; what it shares in push-pulls is Serf's, so that an application has no say there."""

    def __init__(self, name: str, config: Config = LAN, **options: Any) -> None:
        super().__init__(name, config, **options)
        self._serf = Serf(name)
        self._announced = False
        self._stale = False
        self._questions: dict[int, Question] = {}
        self.listen(self._hear)

    async def __aenter__(self) -> Self:
        """As `Swim`."""
        self._refresh_soon()
        return await super().__aenter__()

    async def leave(self, timeout: float = 5.0) -> None:
        """Say that we are going to, and then go."""
        if self._open and not self._core.leaving:
            self._carry_out(self._serf.leave())
            await self._until_told(min(timeout, _INTENT_MOST_S))
        await super().leave(timeout)

    async def join(self, addresses: Iterable[str]) -> int:
        """As `Swim`."""
        self._announced = False
        return await super().join(addresses)

    async def ask(self, query: str, payload: bytes, within_s: float) -> Question:
        """Ask all who live, ourselves included, by a query of Serf's; what they have answered in time."""
        number = self._rng.getrandbits(32)
        question = Question(name for name, member in self.members.items() if not member.gone)
        self._questions[number] = question
        try:
            asked = Query(number, query, payload, within_s)
            self._carry_out(self._serf.ask(asked, self.address))
            await question.settle(within_s)
        finally:
            del self._questions[number]
        return question

    async def _until_told(self, most: float) -> None:
        driver = self._driver
        deadline = driver.now + most
        while driver.core.telling and driver.core.members.here > 1 and driver.now < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)

    def _hear(self, effect: Effect) -> None:
        if isinstance(effect, Event):
            self._happened(effect)
        elif isinstance(effect, Deliver):
            self._understand(self._serf.hear, effect.data)
        elif isinstance(effect, Shared):
            self._understand(self._serf.merge, effect.data)
            if effect.join and not self._announced and not self._core.leaving:
                self._announced = True
                self._carry_out(self._serf.join())
        else:
            return
        self._refresh_soon()

    def _happened(self, event: Event) -> None:
        name = event.member.name
        if event.kind is Kind.MEMBER_FAILED:
            self._carry_out(self._serf.failed(name))
        elif event.kind is Kind.MEMBER_JOIN:
            self._serf.alive(name)

    def _understand(self, how: Callable[[bytes], list[Said]], data: bytes) -> None:
        try:
            said = how(data)
        except NotSerf as error:
            self.counters["not_serf"] += 1
            log.debug("%s", error)
        else:
            self._carry_out(said)

    def _carry_out(self, said: list[Said]) -> None:
        for one in said:
            try:
                if isinstance(one, Tell):
                    self.broadcast(one.data, one.subject)
                elif isinstance(one, Gone):
                    self._has_left(one.name)
                elif isinstance(one, Asked):
                    self._answer(one)
                elif isinstance(one, Reply) and one.id in self._questions:
                    self._questions[one.id].hear(one)
            except ValueError:  # it does not fit a datagram
                self.counters["not_serf"] += 1

    def _answer(self, asked: Asked) -> None:
        if serf_keys.is_about(asked.name):
            log.info("%s asks %s", asked.source, asked.name)
        keyring = self.config.envelope.keyring
        for answer in answers(asked, self.name, self.members, keyring):
            if asked.source == self.name:
                self._understand(self._serf.hear, answer)
            else:
                self.send(asked.source, answer)

    def _has_left(self, name: str) -> None:
        known = self.members.get(name)
        if known is not None and known.state is State.DEAD:
            left = NodeState(name, incarnation=known.incarnation, state=State.LEFT)
            self._driver.do(self._core.merge([left], self._driver.now))

    def _refresh_soon(self) -> None:
        """What we share has changed: make it anew, once for all that happens now."""
        if not self._stale:
            self._stale = True
            asyncio.get_running_loop().call_soon(self._refresh)

    def _refresh(self) -> None:
        self._stale = False
        if self._running is not None:
            self.shared = self._serf.state(self.members.values())
