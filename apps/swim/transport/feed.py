"""Events for one reader, who takes his time: what he is too slow for is lost, and counted."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable

from apps.swim.effects import Deliver, Effect, Shared

MOST = 4096
"""Events that wait for a reader."""

BYTES_MOST = 32 << 20
"""And bytes of applications in them, unless it is a single one that has more."""


class Feed:
    """An asynchronous iterator, from the moment that it is made. It ends when the member is closed."""

    def __init__(self, counters: Counter[str], on_close: Callable[[Feed], None]) -> None:
        self._waiting: deque[Effect] = deque()
        self._bytes = 0
        self._counters = counters
        self._on_close = on_close
        self._news = asyncio.Event()
        self._ended = False

    def put(self, effect: Effect) -> None:
        """There is news; the oldest that are not read make room."""
        size = _size(effect)
        while self._waiting and (len(self._waiting) >= MOST or self._bytes + size > BYTES_MOST):
            self._counters["events_lost"] += 1
            self._take()
        self._waiting.append(effect)
        self._bytes += size
        self._news.set()

    def end(self) -> None:
        """There will be no more."""
        self._ended = True
        self._news.set()

    async def aclose(self) -> None:
        """It is not read any more."""
        self._on_close(self)
        self.end()

    def __aiter__(self) -> Feed:
        return self

    async def __anext__(self) -> Effect:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._take()

    def _take(self) -> Effect:
        effect = self._waiting.popleft()
        self._bytes -= _size(effect)
        return effect


def _size(effect: Effect) -> int:
    return len(effect.data) if isinstance(effect, Deliver | Shared) else 0
