"""`Swim`: a member of a cluster, on asyncio.

    async with Swim("h1", bind="10.0.0.1", join=["10.0.0.2"]) as swim:
        async for event in swim.events():
            ...

A `Driver` has its core (`apps.swim.core`) and its sockets, `News` tells what happens. All of it belongs to the event
loop in which it was entered.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

from apps.swim.address import Address
from apps.swim.config import LAN, Config
from apps.swim.core import Core
from apps.swim.effects import Effect, Event, Kind
from apps.swim.members import Identity, Member
from apps.swim.messages import META_MOST, NAME_MOST
from apps.swim.transport.driver import Driver, first_answer
from apps.swim.transport.feed import Feed
from apps.swim.transport.news import News
from apps.swim.transport.opening import Places, open_sockets, resolved

log = logging.getLogger("apps.swim")


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
        self._news = News(lambda: self.counters)
        self._running: Driver | None = None
        self._gone = False

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
        self._core.share(lambda: data)

    # --- its life -------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Bind, and join; whoever does not answer is tried again. Raises StartFailed."""
        seeds = await self._start()
        if seeds:
            try:
                joining = self._driver.join(seeds)
                if self._wait:
                    await first_answer(joining)
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
        if self._open:
            await self._driver.close()
            self._news.end()

    async def leave(self, timeout: float = 5.0) -> None:
        """Tell the others that we go; returns when enough know, at the latest after `timeout` seconds."""
        if not self._open or self._gone:
            return
        driver = self._driver
        left, ours = asyncio.Event(), (Kind.MEMBER_LEAVE, self.name)

        def told(effect: Effect) -> None:
            if isinstance(effect, Event) and (effect.kind, effect.member.name) == ours:
                left.set()

        stop = self.listen(told)
        try:
            driver.do(driver.core.leave(driver.now))
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
        texts, driver = [addresses] if isinstance(addresses, str) else addresses, self._driver
        seeds = await resolved(texts, driver.datagrams)
        self._gone = False
        joining = driver.join(seeds)
        if joining:
            await asyncio.wait(joining.values())
        return sum(not stream.failure for stream in joining)

    def update(self, meta: bytes) -> None:
        """Change our metadata. Raises ValueError when it is too long."""
        driver = self._driver
        driver.do(driver.core.update(meta, driver.now))

    def broadcast(self, data: bytes, subject: Hashable = None) -> None:
        """Have bytes told to many (`Deliver` there); see `Core.broadcast`."""
        driver = self._driver
        driver.do(driver.core.broadcast(data, driver.now, subject))

    def send(self, name: str, data: bytes) -> None:
        """Bytes to one member, by a datagram. Raises KeyError for nobody, ValueError for too many."""
        driver = self._driver
        driver.do(driver.core.send(name, data, driver.now))

    # --- what it tells --------------------------------------------------------------------------

    def events(self) -> Feed:
        """What happens from now on, until it is closed: Event, Deliver, Shared, Answered."""
        return self._news.feed(open_=self._open)

    def listen(self, callback: Callable[[Effect], None]) -> Callable[[], None]:
        """Have a function called with what happens, at once, in the event loop; what is returned stops it."""
        return self._news.listen(callback)

    # --- inside ---------------------------------------------------------------------------------

    async def _start(self) -> list[Address]:
        """Bind, and be a member; those that we are to join."""
        opened = await open_sockets(self._places)
        me = Identity(self.name, opened.own.ip, opened.own.port, self._meta)
        try:
            core, most = self._made(me), self.config.streams_most
            self._running = driver = Driver(core, opened.datagrams, most, self._news.tell)
            await driver.open(opened.listener)
        except BaseException:
            opened.close()
            raise
        return opened.seeds

    def _made(self, me: Identity) -> Core:
        """Our core."""
        return Core(self.config, me, self._rng, asyncio.get_running_loop().time())

    @property
    def _open(self) -> bool:
        return self._running is not None and self._running.is_open

    @property
    def _driver(self) -> Driver:
        if self._running is None:
            raise RuntimeError("not started: use it as `async with Swim(...) as swim`")
        return self._running

    @property
    def _core(self) -> Core:
        return self._driver.core
