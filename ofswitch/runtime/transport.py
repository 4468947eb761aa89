"""OpenFlow connections on TCP, plain or with TLS: bytes between transports and the agent's sessions."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol, cast

from console.tls.layer import TlsLayer
from ofswitch.agent import Agent, ForShell, Session
from ofswitch.configuration import Address

log = logging.getLogger("ofswitch.controllers")

LINGER_S = 2.0
"""How long a closed session's last words may take to reach a peer that does not read."""

WRITE_AT_ONCE = 1 << 16


class Home(Protocol):
    """The switch, as a connection sees it."""

    agent: Agent

    def carry_out(self, effects: list[ForShell]) -> None:
        """Do what the agent left to do, then flush every connection."""


class Link(asyncio.Protocol):
    """One connection with a controller; `gone` is done when it is over, with the reason."""

    session: Session

    def __init__(self, home: Home, *, dialled: bool, peer: str = "") -> None:
        self._home = home
        self.dialled = dialled
        self._peer = peer
        self._level = logging.INFO if dialled else logging.DEBUG
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._write_paused = False
        self._scheduled = False
        self.tls = ""
        """What TLS has agreed on, and whose certificate was shown; empty for plain TCP."""
        self.gone: asyncio.Future[str] = self._loop.create_future()

    # --- called by asyncio -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands: begin a session."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_AT_ONCE * 4)
        peer = self._peer or peer_name(self._transport)
        self.session = self._home.agent.open_session(peer, self._loop.time(), dialled=self.dialled)
        self.tls = self._transport.get_extra_info("tls", "")
        if self.tls:
            log.log(self._level, "%s: %s", peer, self.tls)
        self._home.carry_out([])  # says hello, and sees to it that who stays silent is given up

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._receive(data)

    def eof_received(self) -> None:
        """The peer has said all."""
        if not self.session.closed:
            early = "" if self.session.spoke else ", before it said hello"
            self.session.close(self.session.connection.eof().reason + early)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._transport = None
        reason = self.session.closed or (str(exc) if exc else "closed by the peer")
        level = self._level if self.session.spoke else logging.DEBUG
        log.log(level, "%s: disconnected: %s", self.session, reason)
        if not self.gone.done():
            self.gone.set_result(reason)
        agent = self._home.agent
        self._home.carry_out(agent.close_session(self.session, reason, self._loop.time()))

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self._write_paused = True

    def resume_writing(self) -> None:
        """The peer has read."""
        self._write_paused = False
        self.flush()

    # --- called by the switch --------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits, as far as the peer takes it, and see to what can go on thereby."""
        transport = self._transport
        if transport is None:
            return
        session = self.session
        while not self._write_paused and session.queued:
            transport.write(session.take_output(WRITE_AT_ONCE))
        if session.closed:
            self._end(transport)
        elif session.waiting:
            self._go_on_later(transport)
        elif session.congested:
            transport.pause_reading()
        elif not self._scheduled:
            transport.resume_reading()

    def close(self, reason: str) -> None:
        """End the connection from this side."""
        if self._transport is not None:
            self.session.close(reason)
            self.flush()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- inside ----------------------------------------------------------------------------------------------

    def _receive(self, data: bytes) -> None:
        agent = self._home.agent
        try:
            effects = agent.receive_from(self.session, data, self._loop.time())
        except Exception:  # a fault of ours costs this controller its connection, and nobody else
            log.exception("%s: a message could not be handled", self.session)
            self.session.close("a fault in the switch; its log says more")
            effects = []
        self._home.carry_out(effects)

    def _go_on_later(self, transport: asyncio.Transport) -> None:
        """Let ports and other controllers have their turn, then handle more of what was received."""
        transport.pause_reading()
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._scheduled = False
        if self._transport is not None:
            self._receive(b"")

    def _end(self, transport: asyncio.Transport) -> None:
        if not transport.is_closing():
            transport.close()
            self._loop.call_later(LINGER_S, transport.abort)


class Refusal(asyncio.Protocol):
    """Ends a connection as soon as it stands."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        transport.close()


def peer_name(transport: asyncio.BaseTransport) -> str:
    """Where a connection comes from."""
    address = transport.get_extra_info("peername")
    if not isinstance(address, tuple):
        return "local"
    peer = Address(address[0], address[1])
    return f"ssl:{peer}" if isinstance(transport, TlsLayer) else str(peer)
