"""Connections on asyncio's transports."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import Any

from controller.controller import Controller
from controller.shell import Link
from controller.switches.session import Session
from controller.transport.adopter import CLOSE_TIMEOUT_S, settle
from controller.transport.sockets import peer_of

READ_SIZE = 1 << 16

log = logging.getLogger(__name__)


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
        protocol = SwitchProtocol(self, peer_of(sock))
        self.start(self._attach(protocol, sock))
        return protocol.closed

    async def close(self) -> None:
        """Let what was closed send what is left."""
        closing = [protocol.closed for protocol in self.open]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attach(self, protocol: SwitchProtocol, sock: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: protocol, sock)
        except OSError as error:
            sock.close()
            log.warning("a connection broke before it was served: %s", error)
            settle(protocol.closed)


class SwitchProtocol(asyncio.BufferedProtocol, Link):
    """One connection of a switch, with TLS or without; also its session's `Link`."""

    def __init__(self, plain: Plain, peer: str) -> None:
        self.peer = peer
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
        if tls := transport.get_extra_info("tls"):
            log.info("%s: %s", self.peer, tls)
        self._session = self._controller.open(self, self.peer)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        return self._plain.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        self.data_received(bytes(self._plain.view[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._session is not None:
            self._controller.receive(self._session, data)

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
        settle(self.closed)

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
