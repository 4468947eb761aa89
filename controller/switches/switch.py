"""A connected switch and its ports, as apps hold them: what they say is what the switch said last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, overload

from controller.shell import Shell
from controller.switches.asks import Done
from controller.switches.session import Session
from openflow import (
    FeaturesReply,
    Message,
    Output,
    PacketOut,
    Port,
    PortConfig,
    PortMod,
    PortNo,
    PortState,
    Request,
    Version,
)

DEFAULT_TIMEOUT_S = 5.0

Reply = TypeVar("Reply", bound=Message)

Send = Callable[[int, Message], int]
"""Sends a message to the switch that is connected with this datapath id."""


class Switch:
    """A switch that has joined. It stays the same object until the switch leaves; then sending raises NotConnected."""

    __slots__ = ("_send", "_session", "_shell", "dpid", "ports", "version")

    def __init__(
        self, session: Session, version: Version, shell: Shell, send: Send | None = None
    ) -> None:
        self.dpid = session.dpid
        """Its datapath id."""
        self.version = version
        """The version of OpenFlow that is spoken with it."""
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
        """Close the connection. DATAPATH_LEAVE follows."""
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


class SwitchPort:
    """A port of a switch. It stays the same object while it changes; once removed, it is as it was last seen."""

    __slots__ = ("_known", "_last", "port_no", "switch")

    def __init__(self, switch: Switch, known: Mapping[int, Port], port_no: int) -> None:
        self.switch = switch
        """Whose port it is."""
        self.port_no = port_no
        """Its number, the same on every version of OpenFlow."""
        self._known = known
        self._last = known[port_no]

    @property
    def desc(self) -> Port:
        """All that the switch says about it, as a part of a message."""
        self._last = self._known.get(self.port_no, self._last)
        return self._last

    @property
    def name(self) -> str:
        """Its name at the switch."""
        return self.desc.name

    @property
    def hw_addr(self) -> int:
        """Its Ethernet address."""
        return self.desc.hw_addr

    @property
    def config(self) -> int:
        """How it is configured: bits of PortConfig."""
        return self.desc.config

    @property
    def state(self) -> int:
        """Its state: bits of PortState."""
        return self.desc.state

    @property
    def speed_kbps(self) -> int:
        """Its present bit rate in kbit/s; 0 when it is not known, as on OpenFlow 1.0."""
        return self.desc.curr_speed

    @property
    def exists(self) -> bool:
        """Whether the switch is connected and has it."""
        return self.switch.connected and self.port_no in self._known

    @property
    def enabled(self) -> bool:
        """Whether it is not configured to be down."""
        return not self.desc.config & PortConfig.PORT_DOWN

    @property
    def link_up(self) -> bool:
        """Whether there is a link."""
        return not self.desc.state & PortState.LINK_DOWN

    @property
    def up(self) -> bool:
        """Whether frames can pass: it exists, is enabled and has a link."""
        return self.exists and self.enabled and self.link_up

    @property
    def physical(self) -> bool:
        """Whether it is none of those that the specification reserves, such as LOCAL."""
        return self.port_no <= PortNo.MAX

    def send(self, frame: bytes) -> int:
        """Send a frame out of it; return the packet-out's xid, and raise, as `Switch.send` does."""
        return self.switch.send(PacketOut(actions=[Output(self.port_no)], data=frame))

    def enable(self, up: bool = True) -> int:
        """Configure it to be up, or down; return the xid, and raise, as `Switch.send` does."""
        down = PortConfig.PORT_DOWN
        mod = PortMod(self.port_no, self.hw_addr, config=0 if up else down, mask=down)
        return self.switch.send(mod)

    def __repr__(self) -> str:
        return f"<port {self.port_no} ({self.name}) of switch {self.switch.dpid:016x}>"


class Ports(Mapping[int, SwitchPort]):
    """A switch's ports by number, as they are now."""

    __slots__ = ("_known", "_made", "_switch")

    def __init__(self, switch: Switch, known: Mapping[int, Port]) -> None:
        self._switch = switch
        self._known = known
        self._made: dict[int, SwitchPort] = {}

    def __getitem__(self, port_no: int) -> SwitchPort:
        if port_no not in self._known:
            self._made.pop(port_no, None)
            raise KeyError(f"no port {port_no!r} in {self!r}; ports.named finds one by name")
        port = self._made.get(port_no)
        if port is None:
            port = self._made[port_no] = SwitchPort(self._switch, self._known, port_no)
        return port

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def named(self, name: str) -> SwitchPort:
        """The port with this name. Raises KeyError."""
        for port_no, port in self._known.items():
            if port.name == name:
                return self[port_no]
        names = ", ".join(port.name for port in self._known.values())
        raise KeyError(f"no port {name!r} in switch {self._switch.dpid:016x}; it has: {names}")

    def __repr__(self) -> str:
        return f"<ports {', '.join(map(str, self))} of switch {self._switch.dpid:016x}>"
