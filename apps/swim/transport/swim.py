"""`Swim`: a member of a cluster, on asyncio.

    async with Swim("h1", bind="10.0.0.1", join=["10.0.0.2"]) as swim:
        async for event in swim.events():
            ...

It drives one core (`apps.swim.core`): datagrams and streams go in, effects are carried out, and there is one timer, for
the core's deadline. All of it belongs to the event loop in which it was entered.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from math import inf
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

from apps.swim.address import Address
from apps.swim.config import LAN, META_MOST, Config
from apps.swim.core import Core
from apps.swim.effects import Connect, Effect, Event, Kind, Send
from apps.swim.members import Identity, Member
from apps.swim.streams import Stream
from apps.swim.transport.feed import Feed
from apps.swim.transport.opening import Places, open_sockets, resolved
from apps.swim.transport.streams import Streams

log = logging.getLogger("apps.swim")

NAME_MOST = 255
"""Bytes of a member's name."""


class Swim:
    """A member with sockets; `async with` starts it, and has it leave and closes it."""

    def __init__(
        self,
        name: str,
        config: Config = LAN,
        *,
        bind: str | Address = "0.0.0.0:7946",
        advertise: str | Address | None = None,
        meta: bytes = b"",
        join: Iterable[str] = (),
        rng: Random | None = None,
        wait: bool = True,
    ) -> None:
        """Raises ValueError for what can never work. The random generator is the system's unless one is given.

        `wait`: whether entering waits until one of those that it joins has answered, or none of them does.
        """
        if not 0 < len(name.encode()) <= NAME_MOST:
            raise ValueError(f"a name has 1 to {NAME_MOST} bytes, not {len(name.encode())}")
        if len(meta) > META_MOST:
            raise ValueError(f"{len(meta)} bytes of metadata are more than {META_MOST}")
        self.name = name
        self.config = config
        seeds = (join,) if isinstance(join, str) else tuple(join)
        self._places = Places(str(bind), None if advertise is None else str(advertise), seeds)
        self._meta = meta
        self._rng = rng or SystemRandom()
        self._wait = wait
        self._running: Core | None = None
        self._open = self._gone = False
        self._timer: asyncio.TimerHandle | None = None
        self._listeners: dict[object, Callable[[Effect], None]] = {}
        self._feeds: set[Feed] = set()
        self._news: deque[Effect] = deque()
        self._telling = False

    # --- what it knows --------------------------------------------------------------------------

    @property
    def address(self) -> Address:
        """Where others reach us, as we tell them."""
        return self.me.at

    @property
    def me(self) -> Member:
        """Ourselves, as the others should know us."""
        return self._core.me

    @property
    def members(self) -> Mapping[str, Member]:
        """Everybody by name, ourselves and the dead included."""
        return self._core.members

    @property
    def health(self) -> int:
        """Lifeguard's local health: 0 is well."""
        return self._core.health

    @property
    def counters(self) -> Counter[str]:
        """What was refused, has failed or was lost, by name (`docs/swim.md` lists them)."""
        return self._core.counters

    @property
    def shared(self) -> bytes:
        """What our application gives to whomever we exchange everything with (`Shared` there)."""
        return self._core.shared

    @shared.setter
    def shared(self, data: bytes) -> None:
        self._core.shared = data

    # --- its life -------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Bind, and join; whoever does not answer is tried again. Raises StartFailed."""
        self._loop = asyncio.get_running_loop()
        seeds = await self._start()
        if seeds:
            try:
                streams = self._begin_join(seeds)
                if self._wait:
                    await self._first_answer(streams)
            except BaseException:
                await self.close()
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave, and close."""
        try:
            await self.leave()
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop without a word: to the others we have failed, unless we have left before."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._datagrams)
        if self._timer is not None:
            self._timer.cancel()
        await self._streams.close()
        self._datagrams.close()
        for feed in self._feeds:
            feed.end()
        self._feeds.clear()

    async def leave(self, timeout: float = 5.0) -> None:
        """Tell the others that we go; returns when enough know, at the latest after `timeout` seconds."""
        if not self._open or self._gone:
            return
        left, ours = asyncio.Event(), (Kind.MEMBER_LEAVE, self.name)

        def told(effect: Effect) -> None:
            if isinstance(effect, Event) and (effect.kind, effect.member.name) == ours:
                left.set()

        stop = self.listen(told)
        try:
            self._do(self._core.leave(self._loop.time()))
            async with asyncio.timeout(timeout):
                await left.wait()
            self._gone = True
        except TimeoutError:
            log.warning("%s: not sure that anybody knows that we leave", self.name)
        finally:
            stop()

    # --- what is asked of it --------------------------------------------------------------------

    async def join(self, addresses: Iterable[str]) -> int:
        """Become one cluster with whoever is at these addresses; how many of them have answered.

        Raises ValueError for what is no address; a host that cannot be found has not answered.
        """
        texts = [addresses] if isinstance(addresses, str) else addresses
        streams = self._begin_join(await resolved(texts, self._datagrams))
        if streams:
            await asyncio.wait(streams.values())
        return sum(not stream.failure for stream in streams)

    def update(self, meta: bytes) -> None:
        """Change our metadata. Raises ValueError when it is too long."""
        self._do(self._core.update(meta, self._loop.time()))

    def broadcast(self, data: bytes, subject: Hashable = None) -> None:
        """Have bytes told to many (`Deliver` there); see `Core.broadcast`."""
        self._do(self._core.broadcast(data, self._loop.time(), subject))

    def send(self, name: str, data: bytes) -> None:
        """Bytes to one member, by a datagram. Raises KeyError for nobody, ValueError for too many."""
        self._do(self._core.send(name, data, self._loop.time()))

    # --- what it tells --------------------------------------------------------------------------

    def events(self) -> Feed:
        """What happens from now on, until it is closed: Event, Deliver, Shared, Answered."""
        feed = Feed(self.counters, self._feeds.discard)
        if self._open:
            self._feeds.add(feed)
        else:
            feed.end()
        return feed

    def listen(self, callback: Callable[[Effect], None]) -> Callable[[], None]:
        """Have a function called with what happens, at once, in the event loop; what is returned stops it."""
        token = object()
        self._listeners[token] = callback

        def stop() -> None:
            self._listeners.pop(token, None)

        return stop

    # --- starting and joining -------------------------------------------------------------------

    async def _start(self) -> list[Address]:
        """Bind, and be a member; those that we are to join."""
        opened = await open_sockets(self._places)
        self._datagrams = opened.datagrams
        me = Identity(self.name, opened.own.ip, opened.own.port, self._meta)
        try:
            self._running = Core(self.config, me, self._rng, self._loop.time())
            self._streams = Streams(self.config.streams_most, self._datagrams.place, self._do)
            await self._streams.listen(opened.listener, self._serve)
        except BaseException:
            opened.close()
            raise
        self._open = True
        self._loop.add_reader(self._datagrams, self._readable)
        self._schedule()
        return opened.seeds

    def _begin_join(self, seeds: list[Address]) -> dict[Stream, asyncio.Task[None]]:
        """The streams by which we join, those that could be begun."""
        self._gone = False
        effects = self._core.join(seeds, self._loop.time())
        tasks = {}
        for effect in effects:
            if isinstance(effect, Connect):
                task = self._connect(effect)
                if task is not None:
                    tasks[effect.stream] = task
        self._do([effect for effect in effects if not isinstance(effect, Connect)])
        return tasks

    @staticmethod
    async def _first_answer(streams: dict[Stream, asyncio.Task[None]]) -> None:
        """Wait until somebody has answered, or nobody has."""
        waiting = set(streams.values())
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if any(not stream.failure for stream, task in streams.items() if task in done):
                return

    # --- driving the core -----------------------------------------------------------------------

    @property
    def _core(self) -> Core:
        if self._running is None:
            raise RuntimeError("not started: use it as `async with Swim(...) as swim`")
        return self._running

    def _serve(self, peer: Address) -> Stream:
        return self._core.stream(peer, self._loop.time())

    def _readable(self) -> None:
        core, now = self._core, self._loop.time()
        effects: list[Effect] = []
        for data, source in self._datagrams.receive():
            effects += core.receive(data, source, now)
        self._do(effects)

    def _wake(self) -> None:
        self._timer = None
        try:
            self._do(self._core.advance(self._loop.time()))
        finally:
            self._schedule()

    def _schedule(self) -> None:
        """Set the timer, unless it is early enough already: to wake up too early does no harm."""
        deadline = self._core.deadline
        if not self._open or deadline == inf:
            return
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._wake)

    def _do(self, effects: list[Effect]) -> None:
        """Carry out what the core wants."""
        for effect in effects:
            if isinstance(effect, Send):
                if not self._datagrams.send(effect.data, effect.to):
                    self.counters["datagrams_unsent"] += 1
            elif isinstance(effect, Connect):
                self._connect(effect)
            else:
                self._publish(effect)
        self._schedule()

    def _connect(self, connect: Connect) -> asyncio.Task[None] | None:
        task = self._streams.open(connect) if self._open else None
        if task is None:
            self.counters["streams_not_opened"] += 1
            connect.stream.close(self._loop.time(), "too many streams at a time")
        return task

    def _publish(self, effect: Effect) -> None:
        """Tell it; what a listener brings about is told after what it has heard."""
        self._news.append(effect)
        while self._news and not self._telling:
            self._telling = True
            try:
                self._tell(self._news.popleft())
            finally:
                self._telling = False

    def _tell(self, effect: Effect) -> None:
        for callback in list(self._listeners.values()):
            try:
                callback(effect)
            except Exception:
                self.counters["listeners_failed"] += 1
                log.exception("a listener has failed")
        for feed in list(self._feeds):
            feed.put(effect)
