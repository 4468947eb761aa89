"""Answering those who ask this program, over its control socket (`console.asking` asks).

A command (`console.control`) may be awaitable. One that returns an asynchronous iterator is answered with a line for
each value, until there are no more or nobody reads them; with that the connection ends.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from console.control import (
    REQUEST_MOST,
    Commands,
    ControlError,
    decode_request,
    encode_error,
    encode_result,
)
from console.sockets import ControlSocket

log = logging.getLogger("console.control")

CLIENTS_MOST = 64
_GRACE_S = 2.0
"""So long the last answers may take, at the end."""


class Answering:
    """Of a program of this kind, such as a switch: it listens from `listen` on, and answers from `begin` on."""

    def __init__(self, kind: str, place: ControlSocket, commands: Commands) -> None:
        self._kind = kind
        self._socket = place
        self._commands = commands
        self._able = asyncio.Event()
        self._clients: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Have connections wait. Raises `console.sockets.Refused`."""
        await self._socket.listen(self._accept, REQUEST_MOST)

    def begin(self) -> None:
        """Carry out what was asked meanwhile, and whatever comes."""
        self._able.set()

    async def close(self) -> None:
        """Listen no longer, give the last answers, and remove the socket if it is still ours."""
        self._socket.shut()
        if self._answering:
            await asyncio.wait(self._answering, timeout=_GRACE_S)
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._socket.remove()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= CLIENTS_MOST:
            writer.write(encode_error("too many ask at a time"))
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)
        task.add_done_callback(lambda _: writer.close())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        with suppress(OSError, ValueError):  # gone, or a line without end
            await self._able.wait()
            while line := await reader.readline():
                self._answering.add(me)
                try:
                    await self._answer(line, reader, writer)
                    await writer.drain()
                finally:
                    self._answering.discard(me)
                if not self._socket.is_open:
                    return

    async def _answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            result = decode_request(line, self._commands)()
            if inspect.isawaitable(result):
                result = await result
            if isinstance(result, AsyncIterator):
                await _stream(result, reader, writer)
                return
            writer.write(encode_result(result))
        except ControlError as error:
            writer.write(encode_error(str(error)))
        except Exception:
            log.exception("a request on the control socket could not be handled: %r", line)
            writer.write(encode_error(f"a fault in the {self._kind}; its log says more"))


async def _stream(
    values: AsyncIterator[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    async def write() -> None:
        writer.write(encode_result(None))
        async for value in values:
            writer.write(encode_result(value))
            await writer.drain()

    tasks = [asyncio.ensure_future(write()), asyncio.ensure_future(reader.read())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await values.aclose()  # type: ignore[attr-defined]
        writer.close()
