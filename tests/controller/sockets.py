"""Fake switches on sockets, for tests of the asyncio shell."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from controller.address import Address
from openflow import Message
from tests.controller.fakes import FakeSwitch

_running: set[asyncio.Task[None]] = set()
"""A task that nobody holds may be collected while it waits."""


class SocketSwitch:
    """A fake switch that has connected over TCP. It reads in the background while `reading`."""

    def __init__(self, switch: FakeSwitch) -> None:
        self.switch = switch
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, address: Address, switch: FakeSwitch) -> Self:
        """Connect and start to read."""
        self = cls(switch)
        self.reader, self.writer = await asyncio.open_connection(address.host, address.port)
        self.start()
        return self

    def start(self) -> None:
        """Say hello and read."""
        self.writer.write(self.switch.connection.take_output())
        self._task = asyncio.create_task(self._read())
        _running.add(self._task)
        self._task.add_done_callback(_running.discard)

    def send(self, *messages: Message) -> None:
        """Send messages."""
        for message in messages:
            self.writer.write(self.switch.send(message))

    def stop_reading(self) -> None:
        """Leave in the socket whatever comes from now on."""
        assert self._task is not None
        self._task.cancel()
        self.transport.pause_reading()

    @property
    def transport(self) -> asyncio.Transport:
        """The socket's transport."""
        assert isinstance(self.writer.transport, asyncio.Transport)
        return self.writer.transport

    async def close(self) -> None:
        """Close the connection."""
        assert self._task is not None
        self._task.cancel()
        self.writer.close()

    async def _read(self) -> None:
        with suppress(
            ConnectionResetError
        ):  # who is in the middle of sending garbage is not heard out
            while data := await self.reader.read(65536):
                self.writer.write(self.switch.take(data))
        self.switch.lost = self.switch.lost or "closed by the controller"
