"""A connected switch, as apps hold it: what it says of itself is what it said last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, overload

from controller.shell import Shell
from controller.switches.asks import Done
from controller.switches.port import Ports
from controller.switches.session import Session
from openflow import FeaturesReply, Message, Request, Version

DEFAULT_TIMEOUT_S = 5.0

Reply = TypeVar("Reply", bound=Message)

Send = Callable[[int, Message], int]
"""Sends a message to the switch that is connected with this datapath id."""


class Switch:
    """A switch that has joined: its datapath id `dpid`, the `version` of OpenFlow that it speaks, its `ports`.

    It stays the same object until the switch leaves; then sending raises NotConnected. When the switch is back, that
    is another object.
    """

    __slots__ = ("_send", "_session", "_shell", "dpid", "ports", "version")

    def __init__(
        self, session: Session, version: Version, shell: Shell, send: Send | None = None
    ) -> None:
        self.dpid = session.dpid
        """Its datapath id."""
        self.version = version
        """The version of OpenFlow that is spoken with it; versions can be compared, as in `version >= V1_3`."""
        self.ports = Ports(self, session.handshake.ports)
        """Its ports by number, as they are now; a live view of live objects (`controller.switches.port`)."""
        self._session = session
        self._shell = shell
        self._send = send or self._send_here

    @property
    def features(self) -> FeaturesReply:
        """What it said about itself in the handshake."""
        return self._session.handshake.features

    @property
    def address(self) -> str:
        """Where it is connected from: `tcp:HOST:PORT`, or with `ssl:`; `local` in the same process."""
        return self._session.peer

    @property
    def connected(self) -> bool:
        """Whether it has not left yet."""
        return self._session.lost is None

    @property
    def counters(self) -> dict[str, int]:
        """What went wrong with it or was dropped, by the names in `controller.counters.COUNTED`; each 0 until then."""
        return self._session.counters

    def send(self, message: Message) -> int:
        """Send a message; return its xid, or 0 for a packet-out that was dropped as the switch reads too slowly.

        Raises Unsupported or EncodeError, naming the field, for what cannot be said, and NotConnected; then
        nothing was sent.
        """
        if self._session.lost is None:
            return self._send(self.dpid, message)
        return self._session.send(message)  # which says why it cannot

    @overload
    async def request(
        self, message: Request[Reply], timeout: float = DEFAULT_TIMEOUT_S
    ) -> Reply: ...
    @overload
    async def request(self, message: Message, timeout: float = DEFAULT_TIMEOUT_S) -> Message: ...
    async def request(self, message: Message, timeout: float = DEFAULT_TIMEOUT_S) -> Message:
        """Send a message and wait for its reply: a FlowStatsReply for a FlowStatsRequest, and so on.

        The parts of a multipart reply come as one message, with all entries in its `body`. A message that has no
        reply of its own (a FlowMod, say) is followed by a barrier, and the BarrierReply is returned once the switch
        has done what was asked. The reply raises its event as well.

        Raises RequestFailed with the switch's error, TimeoutError after `timeout` seconds, NotConnected when the
        switch leaves meanwhile, Flood when too many requests wait, and what `send` raises.
        """
        waiter = self._shell.waiter()

        def done(result: Message | Exception) -> None:
            if waiter.done():
                return
            if isinstance(result, Exception):
                waiter.set_exception(self._explained(result, message))
            else:
                waiter.set_result(result)

        xid = self._ask(message, timeout, done)
        try:
            reply: Message = await waiter
        finally:
            self._session.forget(xid)
        return reply

    def ask(self, message: Message, timeout: float, done: Done) -> None:
        """Do what `request` does for a message that has a reply, but call `done` with what comes of it.

        No event is raised. Raises as `request` does for what cannot be asked.
        """
        self._session.ask(message, timeout, done, quiet=True)

    def disconnect(self, reason: str = "disconnected by an app") -> None:
        """Close the connection. DATAPATH_LEAVE follows, with this reason; the switch may connect again."""
        self._session.lose(reason)

    def retire(self, past: Session) -> None:
        """It is this switch no longer: from now on, `past` is all there is of it (`controller.switches.standby`)."""
        self._session = past

    def _send_here(self, dpid: int, message: Message) -> int:
        return self._session.send(message)

    def _ask(self, message: Message, timeout: float, done: Done) -> int:
        ask = self._session.ask if isinstance(message, Request) else self._session.command
        return ask(message, timeout, done)

    def _explained(self, error: Exception, message: Message) -> Exception:
        if isinstance(error, TimeoutError):
            return TimeoutError(f"{self}: {type(message).__name__}: {error}")
        return error

    def __str__(self) -> str:
        return str(self._session)

    def __repr__(self) -> str:
        return f"<Switch {self.dpid:016x}, OpenFlow {self.version}, {self.address}>"
