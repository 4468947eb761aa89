"""The controller on asyncio: sockets, the clock, signals.

`Runtime` connects a `Controller` with the world, inside a running event loop. `listen` and `connect` are for programs
that are nothing else: they run until Ctrl-C.

Each socket is read at most 64 KiB at a time, so that no switch takes more than its turn, and all replies to what was
read are written at once (`controller.roster`).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from inspect import isawaitable
from types import FrameType
from typing import Any, Self

from controller.address import Address, parse_address
from controller.controller import Controller
from controller.session import Session
from controller.settings import Settings
from controller.shell import Waiter

READ_SIZE = 1 << 16
CLOSE_TIMEOUT_S = 1.0
"""How long a closed connection may take to send what is left."""
BACKOFF_S = (0.5, 8.0)
"""The first and the longest pause between attempts to connect."""

Init = Callable[[Controller], Any]

log = logging.getLogger(__name__)


class ListenError(OSError):
    """It is not possible to listen there; the text says what to do about it."""


class AsyncShell:
    """What the controller asks of the world (`controller.shell.Shell`), on the running event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.controller: Controller | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.connections: set[SwitchProtocol] = set()
        self.buffer = bytearray(READ_SIZE)
        """Every connection reads into this one: what is read is taken before the next reads."""
        self.view = memoryview(self.buffer)
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


class SwitchProtocol(asyncio.BufferedProtocol):
    """One TCP connection of a switch; also its session's `Link`."""

    def __init__(self, shell: AsyncShell, controller: Controller) -> None:
        self._shell = shell
        self._controller = controller
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self.closed: asyncio.Future[None] = shell.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._shell.connections.add(self)
        settings = self._controller.settings
        transport.set_write_buffer_limits(settings.high_water, settings.high_water // 4)
        self._session = self._controller.open(self, _peer(transport))

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        return self._shell.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        if self._session is not None:
            self._controller.receive(self._session, bytes(self._shell.view[:nbytes]))

    def eof_received(self) -> None:
        """The switch sends no more; the transport closes itself."""
        if self._session is not None:
            self._controller.eof(self._session)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        if self._session is not None:
            self._controller.lose(self._session, str(exc) if exc else "the connection was closed")
            self._session = None
        self._shell.connections.discard(self)
        if not self.closed.done():
            self.closed.set_result(None)

    def resume_writing(self) -> None:
        """There is room again."""
        if self._session is not None:
            self._session.drained()

    def write(self, data: bytes, /) -> None:
        """Send, now or when there is room."""
        if self._transport is not None:
            self._transport.write(data)

    def backlog(self) -> int:
        """Bytes that wait for room."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def close(self) -> None:
        """Close when all is sent, or when that takes too long."""
        if self._transport is not None:
            self._transport.close()
            self._shell.loop.call_later(CLOSE_TIMEOUT_S, self._transport.abort)


class Runtime:
    """A controller with sockets. Use it with `async with`, in a running event loop; at its end all is closed."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._shell = AsyncShell()
        self.controller = Controller(self._shell, settings)
        self._shell.controller = self.controller
        self._servers: list[asyncio.Server] = []
        self._dialers: list[asyncio.Task[None]] = []

    async def listen(self, address: Address | str) -> Address:
        """Accept switches at an address; return it, with the port that was chosen for port 0.

        Raises ListenError, saying what to do.
        """
        where = parse_address(address) if isinstance(address, str) else address
        try:
            server = await self._shell.loop.create_server(self._protocol, where.host, where.port)
        except OSError as error:
            raise ListenError(_why_not(where, error)) from None
        self._servers.append(server)
        bound = Address(where.host, server.sockets[0].getsockname()[1])
        log.info("listening at %s", bound)
        return bound

    def connect(self, address: Address | str) -> None:
        """Connect to a switch that listens, and again whenever the connection is lost."""
        where = parse_address(address) if isinstance(address, str) else address
        self._dialers.append(self._shell.loop.create_task(self._dial(where)))

    async def start(self, init: Init) -> None:
        """Call an app's `init`, plain or async, with the controller."""
        result = init(self.controller)
        if isawaitable(result):
            await result

    async def close(self) -> None:
        """End all connections and what runs."""
        for server in self._servers:
            server.close()
        for dialer in self._dialers:
            dialer.cancel()
        self.controller.close()
        self._shell.close()
        closing = [connection.closed for connection in self._shell.connections]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _protocol(self) -> SwitchProtocol:
        return SwitchProtocol(self._shell, self.controller)

    async def _dial(self, where: Address) -> None:
        pause, longest = BACKOFF_S
        failures = 0
        while True:
            try:
                _, protocol = await self._shell.loop.create_connection(
                    self._protocol, where.host, where.port
                )
            except OSError as error:
                failures += 1
                if failures == 1:
                    text = "cannot connect to %s (%s); trying again until it works"
                    log.warning(text, where, error.strerror or error)
            else:
                failures, pause = 0, BACKOFF_S[0]
                await protocol.closed
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(pause * 2, longest)


async def serve(
    inits: list[Init],
    *,
    listen: list[Address],
    connect: list[Address],
    settings: Settings | None = None,
    started: Callable[[list[Address]], None] | None = None,
) -> None:
    """Run apps until Ctrl-C or SIGTERM. `started` is told where switches are accepted, once they are."""
    async with Runtime(settings) as runtime:
        with _stopped_by_signals() as stopped:
            for init in inits:
                await runtime.start(init)
            bound = [await runtime.listen(address) for address in listen]
            for address in connect:
                runtime.connect(address)
            if started is not None:
                started(bound)
            await stopped.wait()


def listen(address: str, *inits: Init, settings: Settings | None = None) -> None:
    """Run apps for the switches that connect to `address` (`tcp:HOST:PORT`), until Ctrl-C.

    Raises ListenError when it is not possible to listen there, ValueError for an address that is none.
    """
    where = parse_address(address)
    asyncio.run(serve(list(inits), listen=[where], connect=[], settings=settings))


def connect(address: str, *inits: Init, settings: Settings | None = None) -> None:
    """Run apps for the switch that listens at `address` (`tcp:HOST:PORT`), until Ctrl-C."""
    where = parse_address(address)
    asyncio.run(serve(list(inits), listen=[], connect=[where], settings=settings))


@contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set. A second Ctrl-C interrupts whatever runs, a callback's endless loop too.

    Signals come to the main thread only; in any other the event is never set.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        signals = ()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        log.info("stopped by %s", signal.Signals(number).name)
        loop.call_soon_threadsafe(stopped.set)

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _peer(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info("peername")
    with suppress(TypeError, IndexError):
        return str(Address(name[0], name[1]))
    return "an unknown address"


def _why_not(where: Address, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"cannot listen at {where}: the port is in use, probably by another controller. "
                f"Stop that, or choose another port with --listen tcp:{where.host}:PORT"
            )
        case errno.EACCES | errno.EPERM:
            return f"cannot listen at {where}: that port needs root; choose one above 1023"
        case errno.EADDRNOTAVAIL:
            return f"cannot listen at {where}: this machine does not have that address"
        case _:
            return f"cannot listen at {where}: {error.strerror or error}"
