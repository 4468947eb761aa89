"""What connections are given to."""

from __future__ import annotations

import asyncio
import socket
from typing import Protocol

CLOSE_TIMEOUT_S = 1.0
"""How long a closed connection may take to send what is left."""


class Adopter(Protocol):
    """What connections are given to."""

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection, whose socket is given away. What is returned is done when it is closed."""

    async def close(self) -> None:
        """Let what was closed send what is left, for a short time."""


def settle(closed: asyncio.Future[None]) -> None:
    """It is closed, whoever says so first."""
    if not closed.done():
        closed.set_result(None)
