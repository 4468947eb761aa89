"""A core with its sockets, within the event loop: datagrams and streams go in, effects are carried out.

There is one timer, for the core's deadline.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from functools import partial
from math import inf

from apps.swim.address import Address
from apps.swim.core import Core
from apps.swim.effects import Connect, Effect, Send
from apps.swim.streams import Stream
from apps.swim.transport.datagrams import Datagrams
from apps.swim.transport.streams import Streams

log = logging.getLogger("apps.swim")

Joining = dict[Stream, asyncio.Task[None]]
"""The streams by which we join others, and when they are over."""


class Driver:
    """Of one member. `tell` is given what is for others than the sockets."""

    def __init__(
        self, core: Core, datagrams: Datagrams, streams_most: int, tell: Callable[[Effect], None]
    ) -> None:
        self.core = core
        self.datagrams = datagrams
        self.is_open = False
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._streams = Streams(streams_most, datagrams.place, self.do)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def now(self) -> float:
        """The time, as the core should have it."""
        return self._loop.time()

    async def open(self, listener: socket.socket) -> None:
        """Begin; the listener is for streams."""
        await self._streams.listen(listener, self._serve)
        self.is_open = True
        self._loop.add_reader(self.datagrams, self._readable)
        self._schedule()

    async def close(self) -> None:
        """Let the sockets go."""
        self.is_open = False
        self._loop.remove_reader(self.datagrams)
        if self._timer is not None:
            self._timer.cancel()
        await self._streams.close()
        self.datagrams.close()

    def join(self, seeds: Iterable[Address]) -> Joining:
        """Join others by those streams that could be begun."""
        effects = self.core.join(seeds, self.now)
        connects = [effect for effect in effects if isinstance(effect, Connect)]
        begun = {connect.stream: self._connect(connect) for connect in connects}
        self.do([effect for effect in effects if not isinstance(effect, Connect)])
        joining = {stream: task for stream, task in begun.items() if task is not None}
        for stream, task in joining.items():
            task.add_done_callback(partial(_log_failure, stream))
        return joining

    def do(self, effects: list[Effect]) -> None:
        """Carry out what the core wants."""
        for effect in effects:
            if isinstance(effect, Send):
                if not self.datagrams.send(effect.data, effect.to):
                    self.core.counters["datagrams_unsent"] += 1
            elif isinstance(effect, Connect):
                self._connect(effect)
            else:
                self._tell(effect)
        self._schedule()

    # --- what comes -----------------------------------------------------------------------------

    def _readable(self) -> None:
        core, now = self.core, self.now
        effects: list[Effect] = []
        for data, source in self.datagrams.receive():
            effects += core.receive(data, source, now)
        self.do(effects)

    def _serve(self, peer: Address) -> Stream:
        return self.core.stream(peer, self.now)

    def _connect(self, connect: Connect) -> asyncio.Task[None] | None:
        task = self._streams.open(connect) if self.is_open else None
        if task is None:
            self.core.counters["streams_not_opened"] += 1
            connect.stream.close(self.now, "too many streams at a time")
        return task

    # --- when -----------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._timer = None
        try:
            self.do(self.core.advance(self.now))
        finally:
            self._schedule()

    def _schedule(self) -> None:
        """Set the timer, unless it is early enough already: to wake up too early does no harm."""
        deadline = self.core.deadline
        if not self.is_open or deadline == inf:
            return
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._wake)


def _log_failure(stream: Stream, task: asyncio.Task[None]) -> None:
    if stream.failure and not task.cancelled():
        log.warning("cannot join %s: %s", stream.peer, stream.failure)


async def first_answer(joining: Joining) -> None:
    """Wait until somebody has answered, or nobody has."""
    waiting = set(joining.values())
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if any(not stream.failure for stream, task in joining.items() if task in done):
            return
