"""Connections with TLS, on asyncio's transports (`console.tls.layer`).

No session begins before both ends have agreed, so whoever shows no certificate that is trusted costs a handshake and a
line in the log. Handshakes under way count as connections, and may take as long as OpenFlow's own handshake.
"""

from __future__ import annotations

import asyncio
import logging
import socket

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials
from console.tls.layer import TlsLayer
from controller.controller import Controller
from controller.transport.adopter import settle
from controller.transport.plain import Plain, SwitchProtocol
from controller.transport.sockets import peer_of

log = logging.getLogger(__name__)


class Secure(Plain):
    """Each connection is TLS on a transport of the event loop. Raises CredentialsError."""

    def __init__(self, controller: Controller, credentials: Credentials) -> None:
        super().__init__(controller)
        self._contexts = Contexts(credentials)
        self._greeted: set[TlsLayer] = set()
        """Those whose handshake is under way."""

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection that was accepted, if both ends agree."""
        protocol = SwitchProtocol(self, peer_of(sock, tls=True))
        self.start(self._admit(protocol, sock))
        return protocol.closed

    async def reach(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection that was dialled; what is returned is done when it is closed. Raises TlsError."""
        protocol = SwitchProtocol(self, peer_of(sock, tls=True))
        try:
            await self._greet(protocol, sock, server_side=False)
        except OSError:
            self.controller.counters.add("tls_failed")
            raise
        return protocol.closed

    async def close(self) -> None:
        """End what has only begun, and let what was closed send what is left."""
        for layer in self._greeted:
            layer.abort()
        await super().close()

    async def _admit(self, protocol: SwitchProtocol, sock: socket.socket) -> None:
        try:
            if self._is_full():
                self._turn_away(protocol.peer, sock)
            else:
                await self._greet(protocol, sock, server_side=True)
                return
        except OSError as error:
            if self.controller.counters.add("tls_failed"):
                log.warning("%s: no TLS: %s", protocol.peer, error)
        settle(protocol.closed)

    async def _greet(
        self, protocol: SwitchProtocol, sock: socket.socket, *, server_side: bool
    ) -> None:
        """Shake hands. Raises OSError, of which TlsError is one."""
        layer = TlsLayer(
            self._contexts.get(server_side=server_side),
            lambda: protocol,
            server_side=server_side,
            timeout_s=self.controller.settings.handshake_timeout_s,
        )
        sock.setblocking(False)
        self._greeted.add(layer)
        try:
            await self.loop.connect_accepted_socket(lambda: layer, sock)
            await layer.established()
        finally:
            self._greeted.discard(layer)

    def _is_full(self) -> bool:
        return len(self.open) + len(self._greeted) >= self.controller.settings.max_connections

    def _turn_away(self, peer: str, sock: socket.socket) -> None:
        sock.close()
        if self.controller.counters.add("connections_refused"):
            log.warning("%s is turned away: too many connections (--connections)", peer)
