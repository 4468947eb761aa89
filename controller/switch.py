"""A connected switch, as apps hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from controller.asks import Done
from controller.port import Ports
from controller.session import Session
from controller.shell import Shell
from openflow import FeaturesReply, Message, Version
from openflow.messages import MESSAGES
from openflow.requests import OF_ONE_CLASS

DEFAULT_TIMEOUT_S = 5.0


class Switch:
    """A switch that has joined. It stays the same object until the switch leaves; then sending raises NotConnected."""

    __slots__ = ("_session", "_shell", "dpid", "ports", "version")

    def __init__(self, session: Session, version: Version, shell: Shell) -> None:
        self.dpid = session.dpid
        """Its datapath id."""
        self.version = version
        """The version of OpenFlow that is spoken with it."""
        self.ports = Ports(self, session.handshake.ports)
        """Its ports by number, as they are now; a live view of live objects (`controller.port`)."""
        self._session = session
        self._shell = shell

    @property
    def features(self) -> FeaturesReply:
        """What it said about itself in the handshake."""
        return self._session.handshake.features

    @property
    def address(self) -> str:
        """Where it is connected from."""
        return self._session.peer

    @property
    def connected(self) -> bool:
        """Whether it has not left yet."""
        return self._session.lost is None

    @property
    def counters(self) -> dict[str, int]:
        """What went wrong with it or was dropped, by the names in `controller.counters.COUNTED`."""
        return self._session.counters

    def send(self, message: Message) -> int:
        """Send a message; return its xid, or 0 for a packet-out that was dropped as the switch reads too slowly.

        Raises Unsupported or EncodeError, naming the field, for what cannot be said, and NotConnected; then
        nothing was sent.
        """
        return self._session.send(message)

    async def request(self, message: Message, timeout: float = DEFAULT_TIMEOUT_S) -> Any:
        """Send a message and wait for its reply; the parts of a multipart reply come as one message.

        A message that has no reply of its own (a FlowMod, say) is followed by a barrier, and the BarrierReply is
        returned once the switch has done what was asked. The reply raises its event as well.

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
            return await waiter
        finally:
            self._session.forget(xid)

    def ask(self, message: Message, timeout: float, done: Done) -> None:
        """Do what `request` does for a message that has a reply, but call `done` with what comes of it.

        No event is raised. Raises as `request` does for what cannot be asked.
        """
        self._session.ask(message, timeout, done, quiet=True)

    def disconnect(self, reason: str = "disconnected by an app") -> None:
        """Close the connection. DATAPATH_LEAVE follows."""
        self._session.lose(reason)

    def retire(self, past: Session) -> None:
        """It is this switch no longer: from now on, `past` is all there is of it (`controller.standby`)."""
        self._session = past

    def _ask(self, message: Message, timeout: float, done: Done) -> int:
        ask = self._session.ask if has_reply(message) else self._session.command
        return ask(message, timeout, done)

    def _explained(self, error: Exception, message: Message) -> Exception:
        if isinstance(error, TimeoutError):
            return TimeoutError(f"{self}: {type(message).__name__}: {error}")
        return error

    def __str__(self) -> str:
        return str(self._session)

    def __repr__(self) -> str:
        return f"<Switch {self.dpid:016x}, OpenFlow {self.version}, {self.address}>"


@dataclass(frozen=True, slots=True)
class DatapathJoin:
    """A switch has joined."""

    switch: Switch

    @property
    def dpid(self) -> int:
        """Its datapath id."""
        return self.switch.dpid

    @property
    def version(self) -> Version:
        """The version of OpenFlow that is spoken with it."""
        return self.switch.version

    @property
    def features(self) -> FeaturesReply:
        """What it said about itself."""
        return self.switch.features

    @property
    def ports(self) -> Ports:
        """Its ports by number."""
        return self.switch.ports


@dataclass(frozen=True, slots=True)
class DatapathLeave:
    """A switch is gone; `reason` says how, in words. Its last known ports are still there."""

    switch: Switch
    reason: str


def has_reply(message: Message) -> bool:
    """Whether the specification knows a reply to this message; a vendor's message is thought to have one."""
    name = type(message).__name__
    stem = name.removesuffix("Request")
    return name in OF_ONE_CLASS or (stem != name and f"{stem}Reply" in MESSAGES)
