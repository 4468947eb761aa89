"""`SerfSwim`: a member that Serf agents take for one of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from apps.swim.config import LAN, Config
from apps.swim.core import Core
from apps.swim.effects import Effect
from apps.swim.members import Identity
from apps.swim.serf_messages import Reply
from apps.swim.serf_queries import Query
from apps.swim.serf_side import SerfSide
from apps.swim.transport.questions import Question
from apps.swim.transport.swim import Swim

ANSWERS_S = 10.0
"""So long members have to answer what they are all asked."""

_INTENT_MOST_S = 3.0
"""So long a member that leaves waits for its intent to be told, before it goes."""

_LOOK_EVERY_S = 0.05


class SerfSwim(Swim):
    """As `Swim`; what it shares in push-pulls is Serf's, so that an application has no say there."""

    _side: SerfSide

    def __init__(self, name: str, config: Config = LAN, **options: Any) -> None:
        super().__init__(name, config, **options)
        self._questions: dict[int, Question] = {}
        self.listen(self._hear)

    async def leave(self, timeout: float = 5.0) -> None:
        """Say that we are going to, and then go."""
        if self._open and not self._core.leaving:
            driver = self._driver
            driver.do(self._side.leave(driver.now))
            await self._until_told(min(timeout, _INTENT_MOST_S))
        await super().leave(timeout)

    async def join(self, addresses: Iterable[str]) -> int:
        """As `Swim`."""
        if self._open:
            self._side.join_again()
        return await super().join(addresses)

    async def ask(self, query: str, payload: bytes, within_s: float) -> Question:
        """Ask all who live, ourselves included, by a query of Serf's; what they have answered in time."""
        driver, number = self._driver, self._rng.getrandbits(32)
        question = Question(name for name, member in self.members.items() if not member.gone)
        self._questions[number] = question
        try:
            asked = Query(number, query, payload, within_s)
            driver.do(self._side.ask(asked, driver.now))
            await question.settle(within_s)
        finally:
            del self._questions[number]
        return question

    def _made(self, me: Identity) -> Core:
        core = super()._made(me)
        self._side = SerfSide(core, self.config.envelope.keyring, self._replied)
        return core

    def _hear(self, effect: Effect) -> None:
        driver = self._driver
        driver.do(self._side.hear(effect, driver.now))

    def _replied(self, reply: Reply) -> None:
        if reply.id in self._questions:
            self._questions[reply.id].hear(reply)

    async def _until_told(self, most: float) -> None:
        driver = self._driver
        deadline = driver.now + most
        while driver.core.telling and driver.core.members.here > 1 and driver.now < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)
