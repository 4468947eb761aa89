"""Switches on an event loop, without root: ports in memory, controllers on sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ofswitch.configuration import Configuration
from ofswitch.frame import Frame
from ofswitch.ports import MemoryPort, memory_pair
from ofswitch.runtime import Switch
from openflow import V1_3, Hello, Message, Version, decode, encode
from tests.loops import until

TIMEOUT_S = 15.0


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Switch]:
    """A switch that is stopped at the end."""
    switch = Switch(Configuration(**{"name": "s1", "dpid": 1, **settings}))
    await switch.start()
    try:
        async with asyncio.timeout(TIMEOUT_S * 4):
            yield switch
    finally:
        await switch.stop()


def plug(switch: Switch, *names: str) -> list[MemoryPort]:
    """Add ports in memory; their other ends."""
    ends = []
    for name in names:
        ours, theirs = memory_pair(name, f"{name}-peer")
        switch.add_port(ours)
        ends.append(theirs)
    return ends


async def arrives(end: MemoryPort) -> Frame:
    """The next frame that reaches this end of a link."""
    (frame,) = await until(lambda: end.receive(1), "a frame")
    return frame


class Peer:
    """A controller on a stream; speaks one version, and says hello by itself."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        version: Version = V1_3,
    ) -> None:
        self.reader, self.writer, self.version = reader, writer, version
        self.send(Hello())

    @classmethod
    async def visit(cls, switch: Switch, version: Version = V1_3) -> Peer:
        """Come to the switch's first listener."""
        address = switch.listeners[0]
        return cls(*await asyncio.open_connection(address.host, address.port), version)

    @classmethod
    async def local(cls, switch: Switch, version: Version = V1_3) -> Peer:
        """Be the switch's controller in this process."""
        return cls(*await asyncio.open_connection(sock=switch.local_controller()), version)

    def send(self, *messages: Message) -> None:
        """Write messages."""
        for message in messages:
            self.writer.write(encode(message, self.version))

    async def read(self) -> Any:
        """The next message."""
        async with asyncio.timeout(TIMEOUT_S):
            head = await self.reader.readexactly(8)
            return decode(head + await self.reader.readexactly(int.from_bytes(head[2:4]) - 8))

    async def expect(self, kind: type[Message]) -> Any:
        """The next message of this class; others are passed over."""
        while not isinstance(message := await self.read(), kind):
            pass
        return message

    async def ends(self) -> None:
        """Wait until the switch has closed the connection."""
        async with asyncio.timeout(TIMEOUT_S):
            while await self.reader.read(1 << 16):
                pass

    def close(self) -> None:
        """Hang up."""
        self.writer.close()
