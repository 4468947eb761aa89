"""Sockets: accepting and dialling, and connections on asyncio's transports.

Every connection ends up with an `Adopter`: either `controller.lanes`, in native code, or the one here, for which no
native code is needed. Each socket is read at most 64 KiB at a time, so that no switch takes more than its turn.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from controller.address import Address
from controller.controller import Controller
from controller.lanes import Lanes, NativeLane, available
from controller.session import Session
from controller.shell import Link

READ_SIZE = 1 << 16
BACKLOG = 1024
"""Connections that may wait to be accepted."""
ACCEPT_AT_ONCE = 64
ACCEPT_AGAIN_S = 1.0
"""The pause when no descriptor is left for another connection."""
CLOSE_TIMEOUT_S = 1.0
"""How long a closed connection may take to send what is left."""

log = logging.getLogger(__name__)


class ListenError(OSError):
    """It is not possible to listen there; the text says what to do about it."""


class Adopter(Protocol):
    """What connections are given to."""

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection, whose socket is given away. What is returned is done when it is closed."""

    async def close(self) -> None:
        """Let what was closed send what is left, for a short time."""


class Native:
    """All connections behind one descriptor."""

    def __init__(self, controller: Controller) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing: set[NativeLane] = set()
        self._lanes = Lanes(controller, self._close_later)
        self._loop.add_reader(self._lanes.fileno(), self._lanes.serve)

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection."""
        closed: asyncio.Future[None] = self._loop.create_future()
        with sock:
            self._lanes.add(sock.fileno(), peer_of(sock), partial(_settle, closed))
        return closed

    async def close(self) -> None:
        """Let what was closed send what is left."""
        while any(lane.backlog() for lane in self._closing):
            await asyncio.sleep(0.01)
        self._loop.remove_reader(self._lanes.fileno())

    def _close_later(self, lane: NativeLane) -> None:
        self._closing.add(lane)
        self._loop.call_later(CLOSE_TIMEOUT_S, self._abort, lane)

    def _abort(self, lane: NativeLane) -> None:
        self._closing.discard(lane)
        lane.abort()


class Plain:
    """Each connection is a transport of the event loop."""

    def __init__(self, controller: Controller) -> None:
        self.loop = asyncio.get_running_loop()
        self.controller = controller
        self.buffer = bytearray(READ_SIZE)
        """Every connection reads into this one: what is read is taken before the next reads."""
        self.view = memoryview(self.buffer)
        self.open: set[SwitchProtocol] = set()
        self._tasks: set[asyncio.Task[object]] = set()

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection."""
        sock.setblocking(False)
        protocol = SwitchProtocol(self)
        task = self.loop.create_task(self._attach(protocol, sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return protocol.closed

    async def close(self) -> None:
        """Let what was closed send what is left."""
        closing = [protocol.closed for protocol in self.open]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)

    async def _attach(self, protocol: SwitchProtocol, sock: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: protocol, sock)
        except OSError as error:
            sock.close()
            log.warning("a connection broke before it was served: %s", error)
            _settle(protocol.closed)


class SwitchProtocol(asyncio.BufferedProtocol, Link):
    """One TCP connection of a switch; also its session's `Link`."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._controller = plain.controller
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self.closed: asyncio.Future[None] = plain.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._plain.open.add(self)
        settings = self._controller.settings
        transport.set_write_buffer_limits(settings.high_water, settings.high_water // 4)
        peer = peer_of(transport.get_extra_info("socket"))
        self._session = self._controller.open(self, peer)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        return self._plain.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        if self._session is not None:
            self._controller.receive(self._session, bytes(self._plain.view[:nbytes]))

    def eof_received(self) -> None:
        """The switch sends no more; the transport closes itself."""
        if self._session is not None:
            self._controller.eof(self._session)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        if self._session is not None:
            self._controller.lose(self._session, str(exc) if exc else "the connection was closed")
            self._session = None
        self._plain.open.discard(self)
        _settle(self.closed)

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
            self._plain.loop.call_later(CLOSE_TIMEOUT_S, self._transport.abort)


def adopter(controller: Controller) -> Adopter:
    """The native one where there is native code."""
    if not available() or os.environ.get("OFSWITCH_ENGINE") == "python":
        return Plain(controller)
    return Native(controller)


class Listener:
    """Sockets that listen at one address, and what is done with who connects."""

    def __init__(self, sockets: list[socket.socket], accept: Callable[[socket.socket], object]):
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._accept = accept
        for sock in sockets:
            self._loop.add_reader(sock, self._ready, sock)

    @property
    def port(self) -> int:
        """The port, also if it was chosen by the system."""
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        for sock in self._sockets:
            self._loop.remove_reader(sock)
            sock.close()

    def _ready(self, sock: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                accepted, _ = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(sock, error)
                return
            self._accept(accepted)

    def _pause(self, sock: socket.socket, error: OSError) -> None:
        """Nothing is left for another connection: those that wait may wait."""
        log.error("cannot accept a connection: %s", error.strerror or error)
        self._loop.remove_reader(sock)
        self._loop.call_later(ACCEPT_AGAIN_S, self._resume, sock)

    def _resume(self, sock: socket.socket) -> None:
        if sock.fileno() >= 0:
            self._loop.add_reader(sock, self._ready, sock)


async def bind(where: Address) -> list[socket.socket]:
    """Sockets that listen at an address, one for each of what its name stands for. Raises ListenError."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        found = await loop.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            sock.listen(BACKLOG)
            sock.setblocking(False)
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise ListenError(_why_not(where, error)) from None
    return sockets


async def dial(where: Address) -> socket.socket:
    """A connection to an address. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    problem: OSError = OSError("the name stands for no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise problem


def peer_of(sock: socket.socket) -> str:
    """The other end's address, for people."""
    with suppress(OSError, TypeError, IndexError):
        name = sock.getpeername()
        return str(Address(name[0], name[1]))
    return "an unknown address"


def _settle(closed: asyncio.Future[None]) -> None:
    if not closed.done():
        closed.set_result(None)


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
