"""Who serves which connections: those with TLS, and those without."""

from __future__ import annotations

import asyncio
import socket

from console.tls.credentials import CredentialsError, missing
from controller.address import Address
from controller.controller import Controller
from controller.transport.adopter import Adopter
from controller.transport.native import Native
from controller.transport.plain import Plain
from controller.transport.secure import Secure
from controller.transport.sockets import dial
from openflow.native import wanted


class Adopters:
    """All that serve the connections of one controller. Raises CredentialsError for files that do not fit."""

    def __init__(self, controller: Controller) -> None:
        credentials = controller.settings.tls
        self._plain: Adopter = Native(controller) if wanted() else Plain(controller)
        self._secure = Secure(controller, credentials) if credentials else None

    def check(self, where: Address) -> None:
        """Raises CredentialsError for an address that needs credentials when there are none."""
        if where.tls and self._secure is None:
            raise CredentialsError(missing(where))

    def adopt(self, sock: socket.socket, *, tls: bool = False) -> asyncio.Future[None]:
        """Serve a connection that was accepted, which is given away. What is returned is done when it is closed."""
        if not tls:
            return self._plain.adopt(sock)
        assert self._secure is not None, "an address was checked"
        return self._secure.adopt(sock)

    async def reach(self, where: Address) -> asyncio.Future[None]:
        """Connect, and serve the connection. What is returned is done when it is closed. Raises OSError."""
        sock = await dial(where)
        if not where.tls:
            return self._plain.adopt(sock)
        assert self._secure is not None, "an address was checked"
        return await self._secure.reach(sock)

    async def close(self) -> None:
        """Let what was closed send what is left, for a short time."""
        for adopter in filter(None, (self._plain, self._secure)):
            await adopter.close()
