"""A way out of the lab for a controller that runs elsewhere.

The switches live in a namespace that sees nothing but its own loopback. The relay listens there,
where the lab's own controller would, and hands every connection on to the real address, from our
side of the wall. A controller that is not there yet is simply a connection that ends at once; the
switch tries again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from console.failure import reason_of
from ofswitch.configuration import Address
from ofswitch.ports.namespace import inside, open_namespace

_CHUNK = 1 << 16


async def open_relay(
    namespace: str, here: tuple[str, int], there: Address, say: Callable[[str], None]
) -> asyncio.Server:
    """Listen at `here` inside a namespace, for connections to an address outside.

    `say` is told, once, when nobody answers there.
    """
    complaints: set[str] = set()
    descriptor = open_namespace(namespace)
    try:
        listener = inside(descriptor, lambda: socket.create_server(here))
    finally:
        os.close(descriptor)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(there.host, there.port)
        except OSError as error:
            if not complaints:
                say(f"controller {there.dialled}: {reason_of(error)}; trying again")
            complaints.add(str(error))
        else:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        writer.close()

    return await asyncio.start_server(carry, sock=listener)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one direction until it ends, then end the other side's reading."""
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
