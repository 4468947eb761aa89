"""Connections that come to the switch: at `ptcp:` as they are, at `pssl:` behind TLS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from console.failure import reason_of
from console.tls.contexts import Contexts
from console.tls.layer import TlsLayer
from ofswitch.configuration import Address, ConfigurationError
from ofswitch.runtime.transport import Refusal, peer_name

HANDSHAKE_TIMEOUT_S = 10.0
MOST_HANDSHAKES = 64
"""Visitors that may be at their handshake at a time."""

Visitor = Callable[[], asyncio.Protocol]

log = logging.getLogger("ofswitch.controllers")


@dataclass(slots=True)
class Listener:
    """Where visitors are received."""

    address: Address
    """With the port that was chosen for 0."""
    server: asyncio.Server
    doorman: Doorman | None

    @classmethod
    async def open(cls, address: Address, visitor: Visitor, contexts: Contexts | None) -> Self:
        """Have visitors received. Raises ConfigurationError."""
        doorman = None
        if address.tls:
            assert contexts is not None, "a configuration with TLS addresses has credentials"
            doorman = Doorman(contexts, visitor)
            visitor = doorman.receive
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(visitor, address.host, address.port)
        except OSError as error:
            reason = reason_of(error)
            raise ConfigurationError(f"cannot listen on {address}: {reason}") from None
        bound = server.sockets[0].getsockname()
        return cls(Address(bound[0], bound[1], address.tls), server, doorman)

    def close(self) -> None:
        """Receive nobody any more."""
        self.server.close()
        if self.doorman is not None:
            self.doorman.close()


class Doorman:
    """Lets nobody in who shows no certificate that is trusted."""

    def __init__(self, contexts: Contexts, visitor: Visitor) -> None:
        self._contexts = contexts
        self._visitor = visitor
        self._waiting: set[TlsLayer] = set()

    def receive(self) -> asyncio.Protocol:
        """One has come."""
        if len(self._waiting) >= MOST_HANDSHAKES:
            log.warning("%d connections are at their handshake: no more", MOST_HANDSHAKES)
            return Refusal()
        context = self._contexts.get(server_side=True)
        layer = TlsLayer(context, self._visitor, server_side=True, timeout_s=HANDSHAKE_TIMEOUT_S)
        self._waiting.add(layer)
        layer.agreed.add_done_callback(lambda _: self._decided(layer))
        return layer

    def close(self) -> None:
        """Send away who is at the door."""
        for layer in self._waiting:
            layer.abort()

    def _decided(self, layer: TlsLayer) -> None:
        self._waiting.discard(layer)
        error = layer.agreed.exception()
        if error is not None:
            log.warning("%s: no TLS: %s", peer_name(layer), error)
