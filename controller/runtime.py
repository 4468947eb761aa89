"""The controller on asyncio: sockets, the clock, signals.

`Runtime` connects a `Controller` with the world, inside a running event loop. `listen` and `connect` are for programs
that are nothing else: they run until Ctrl-C.

The sockets are in `controller.transport`. All replies to what was read are written at once
(`controller.switches.roster`).
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Self

from console.failure import reason_of
from controller.address import Address, parse_address
from controller.callbacks.components import Wanted
from controller.callbacks.watchdog import Watchdog
from controller.controller import Controller
from controller.settings import Settings
from controller.shell import Waiter
from controller.transport import (
    Adopters,
    Listener,
    ListenError,
    allow,
    bind,
    stopped_by_signals,
)
from controller.workers.transport import Inlet

__all__ = ["AsyncShell", "ListenError", "Runtime", "connect", "listen", "serve"]

BACKOFF_S = (0.5, 8.0)
"""The first and the longest pause between attempts to connect."""
STOOD_S = 1.0
"""A switch whose connection stood for so long is dialled again as soon as at first."""

log = logging.getLogger(__name__)


class AsyncShell:
    """What the controller asks of the world (`controller.shell.Shell`), on the running event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.controller: Controller | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self._wake: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """The event loop's clock."""
        return self.loop.time()

    def call_soon(self, fn: Callable[[], None], /) -> None:
        """Call in the loop's next round."""
        self.loop.call_soon(fn)

    def wake_at(self, deadline: float, /) -> None:
        """Advance the controller at this time, unless it wakes earlier anyway."""
        if self._wake is not None:
            if self._wake.when() <= deadline:
                return
            self._wake.cancel()
        self._wake = self.loop.call_at(deadline, self._advance)

    def spawn(self, coroutine: Coroutine[Any, Any, None], /) -> None:
        """Run as a task."""
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def waiter(self) -> Waiter:
        """A future."""
        return self.loop.create_future()

    def close(self) -> None:
        """Wake no more, and cancel what runs."""
        if self._wake is not None:
            self._wake.cancel()
        for task in self.tasks:
            task.cancel()

    def _advance(self) -> None:
        self._wake = None
        controller = self.controller
        if controller is not None:
            try:
                controller.advance()
            finally:
                deadline = controller.deadline
                if deadline is not None:
                    self.wake_at(deadline)


class Runtime:
    """A controller with sockets. Use it with `async with`, in a running event loop; at its end all is closed."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._shell = AsyncShell()
        self.controller = Controller(self._shell, settings)
        """What apps are given."""
        self._shell.controller = self.controller
        self._adopters = Adopters(self.controller)
        self._listeners: list[Listener] = []
        self._dialers: list[asyncio.Task[None]] = []
        self._closing = threading.Event()

    async def listen(self, address: Address | str) -> Address:
        """Accept switches at an address; return it, with the port that was chosen for port 0.

        Raises ListenError, saying what to do, and CredentialsError for `ssl:` without `Settings.tls`.
        """
        where = parse_address(address) if isinstance(address, str) else address
        self._adopters.check(where)
        listener = Listener(await bind(where), partial(self._adopters.adopt, tls=where.tls))
        self._listeners.append(listener)
        bound = Address(where.host, listener.port, where.tls)
        log.info("listening at %s", bound)
        return bound

    def adopt(self, sock: socket.socket, *, tls: bool = False) -> asyncio.Future[None]:
        """Serve a connection that somebody else has accepted; the socket is given away. Done when it is closed."""
        return self._adopters.adopt(sock, tls=tls)

    def connect(self, address: Address | str) -> None:
        """Connect to a switch that listens, and again whenever the connection is lost.

        Raises CredentialsError for `ssl:` without `Settings.tls`.
        """
        where = parse_address(address) if isinstance(address, str) else address
        self._adopters.check(where)
        self._dialers.append(self._shell.loop.create_task(self._dial(where)))

    async def start(self, *apps: Wanted) -> None:
        """Start apps and what they require: modules with and functions `init(ctrl)`, classes.

        Raises ComponentError when they cannot be started as they require each other, and what they raise.
        """
        await self.controller.components.start(self.controller, apps)

    async def close(self) -> None:
        """Let apps do what is left to do (`Event.SHUTDOWN`), then end all connections and what runs."""
        for listener in self._listeners:
            listener.close()
        for dialer in self._dialers:
            dialer.cancel()
        try:
            await self.controller.wind_up()
        finally:
            self.controller.close()
            self._shell.close()
            self._closing.set()
        await self._adopters.close()

    async def __aenter__(self) -> Self:
        limit_s = self.controller.settings.blocked_after_s
        if limit_s > 0:
            step = asyncio.Handle._run.__code__
            watchdog = Watchdog(self.controller.counters, limit_s, step)
            args = (watchdog, threading.get_ident(), self._closing)
            threading.Thread(target=_watch, args=args, name="watchdog", daemon=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _dial(self, where: Address) -> None:
        pause, longest = BACKOFF_S
        failures = 0
        while True:
            try:
                closed = await self._adopters.reach(where)
            except OSError as error:
                failures += 1
                if failures == 1:
                    text = "cannot connect to %s (%s); trying again until it works"
                    log.warning(text, where, reason_of(error))
            else:
                failures, began = 0, self._shell.now()
                await closed
                if self._shell.now() - began > STOOD_S:
                    pause = BACKOFF_S[0]
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(pause * 2, longest)


def _watch(watchdog: Watchdog, thread: int, closing: threading.Event) -> None:
    """Let the watchdog look at what a thread executes, again and again."""
    while not closing.wait(watchdog.period_s):
        frame = sys._current_frames().get(thread)
        watchdog.look(frame, time.monotonic(), time.process_time())


async def serve(
    apps: Sequence[Wanted],
    *,
    listen: list[Address],
    connect: list[Address],
    settings: Settings | None = None,
    started: Callable[[list[Address]], None] | None = None,
    worker: int | None = None,
) -> None:
    """Run apps until Ctrl-C or SIGTERM. `started` is told where switches are accepted, once they are.

    `worker` is the descriptor by which a parent hands connections over (`controller.workers`).
    """
    with stopped_by_signals() as stopped:
        async with Runtime(settings) as runtime:
            allow(runtime.controller.settings.max_connections)
            if not await _finished(runtime.start(*apps), stopped):
                return
            bound = [await runtime.listen(address) for address in listen]
            for address in connect:
                runtime.connect(address)
            if worker is not None:
                inlet = Inlet(runtime.controller, runtime.adopt, worker, stopped.set)
                inlet.ready()
            if started is not None:
                started(bound)
            await stopped.wait()


async def _finished(work: Coroutine[Any, Any, None], stopped: asyncio.Event) -> bool:
    """Whether something comes to its end before it is stopped; then it is cancelled."""
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        return task.done()
    finally:
        stop.cancel()
        task.cancel()


def listen(address: str, *apps: Wanted, settings: Settings | None = None) -> None:
    """Run apps for the switches that connect to `address` (`tcp:HOST:PORT` or `ssl:HOST:PORT`), until Ctrl-C.

    An app is a function that is called with the controller, a class, or a module that has `init(ctrl)`. Raises
    ListenError when it is not possible to listen there, ValueError for an address that is none, CredentialsError for
    `ssl:` without `Settings.tls`, and what the apps raise.
    """
    where = parse_address(address)
    asyncio.run(serve(apps, listen=[where], connect=[], settings=settings))


def connect(address: str, *apps: Wanted, settings: Settings | None = None) -> None:
    """Run apps for the switch that listens at `address` (`tcp:HOST:PORT` or `ssl:HOST:PORT`), until Ctrl-C.

    Connects again whenever the connection is lost. The apps are those of `listen`; raises as it does, but ListenError.
    """
    where = parse_address(address)
    asyncio.run(serve(apps, listen=[], connect=[where], settings=settings))
