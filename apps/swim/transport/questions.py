"""What was asked of all members, until they have answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from apps.swim.serf_messages import Reply


class Question:
    """Of the members of these names: what they have answered, and who has not."""

    def __init__(self, names: Iterable[str]) -> None:
        self.answers: dict[str, bytes] = {}
        self.waiting = set(names)
        self._settled = asyncio.Event()

    def hear(self, reply: Reply) -> None:
        """Somebody has answered; only the first answer counts."""
        if reply.source in self.waiting:
            self.waiting.remove(reply.source)
            self.answers[reply.source] = reply.payload
        if not self.waiting:
            self._settled.set()

    async def settle(self, within_s: float) -> None:
        """Wait until all have answered, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._settled.wait()
