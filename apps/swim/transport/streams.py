"""Exchanges over TCP: connections that we open, and those that others do, each a task that ends at its deadline."""

from __future__ import annotations

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from apps.swim.address import Address
from apps.swim.effects import Connect, Effect
from apps.swim.streams import Stream
from apps.swim.transport.datagrams import address_of
from console.failure import reason_of

_CHUNK = 1 << 16

Carry = Callable[[list[Effect]], None]
Ends = tuple[StreamReader, StreamWriter]


class Streams:
    """All exchanges of a member; `carry` is given the effects that they have."""

    def __init__(
        self, most: int, place: Callable[[Address], tuple[Any, ...]], carry: Carry
    ) -> None:
        self._most = most
        self._place = place
        self._carry = carry
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._opened: set[asyncio.Task[None]] = set()
        self._served: set[asyncio.Task[None]] = set()

    async def listen(self, sock: socket.socket, serve: Callable[[Address], Stream]) -> None:
        """Take connections; `serve` gives the core's end of one."""

        def accepted(reader: StreamReader, writer: StreamWriter) -> None:
            peer = writer.get_extra_info("peername")
            if peer is None:  # gone already
                writer.transport.abort()
                return

            async def connected() -> Ends:
                return reader, writer

            stream = serve(address_of(peer[0], peer[1]))
            self._begin(self._exchange(stream, connected), self._served)

        self._server = await asyncio.start_server(accepted, sock=sock)

    def open(self, connect: Connect) -> asyncio.Task[None] | None:
        """Connect and exchange; None when there are too many already."""
        if len(self._opened) >= self._most:
            return None
        host, port, *scope = self._place(connect.to)
        if scope and scope[-1]:
            host = f"{host}%{scope[-1]}"
        exchange = self._exchange(connect.stream, lambda: asyncio.open_connection(host, port))
        return self._begin(exchange, self._opened)

    async def close(self) -> None:
        """End them all, and take no more."""
        if self._server is not None:
            self._server.close()
        tasks = [*self._opened, *self._served]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(
        self, exchange: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]
    ) -> asyncio.Task[None]:
        task = self._loop.create_task(exchange)
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    async def _exchange(self, stream: Stream, connected: Callable[[], Awaitable[Ends]]) -> None:
        """Exchange until it is over or its time is, and tell the core."""
        failure, writer, closed = "closed by the other side", None, False
        try:
            async with asyncio.timeout_at(stream.deadline):
                reader, writer = await connected()
                await self._converse(stream, reader, writer)
                writer.close()
                await writer.wait_closed()
                closed = True
        except TimeoutError:
            failure = "no answer in time"
        except OSError as error:
            failure = reason_of(error)
        except asyncio.CancelledError:
            failure = "closed by us"
            raise
        finally:
            if writer is not None and not closed:
                writer.transport.abort()
            self._carry(stream.close(self._loop.time(), failure))

    async def _converse(self, stream: Stream, reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            output = stream.take_output()
            if output:
                writer.write(output)
                await writer.drain()
            if stream.done:
                return
            data = await reader.read(_CHUNK)
            if not data:
                return
            self._carry(stream.receive(data, self._loop.time()))
