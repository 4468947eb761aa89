"""The ports of a switch, as apps hold them: what they say is what the switch said last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from openflow import Output, PacketOut, Port, PortConfig, PortMod, PortNo, PortState

if TYPE_CHECKING:
    from controller.switches.switch import Switch


class SwitchPort:
    """A port of a switch. It stays the same object while it changes; once removed, it is as it was last seen."""

    __slots__ = ("_known", "_last", "port_no", "switch")

    def __init__(self, switch: Switch, known: Mapping[int, Port], port_no: int) -> None:
        self.switch = switch
        """Whose port it is."""
        self.port_no = port_no
        """Its number, 32 bits on every version of OpenFlow."""
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
        """Its Ethernet address, an int of 48 bits; `openflow.addresses.format_mac` writes it."""
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
        """Send a frame, from its Ethernet header on, out of it; return its xid, and raise, as `Switch.send` does."""
        return self.switch.send(PacketOut(actions=[Output(self.port_no)], data=frame))

    def enable(self, up: bool = True) -> int:
        """Configure it to be up, or down; return the xid, and raise, as `Switch.send` does."""
        down = PortConfig.PORT_DOWN
        mod = PortMod(self.port_no, self.hw_addr, config=0 if up else down, mask=down)
        return self.switch.send(mod)

    def __repr__(self) -> str:
        return f"<port {self.port_no} ({self.name}) of switch {self.switch.dpid:016x}>"


class Ports(Mapping[int, SwitchPort]):
    """A switch's ports by number, as they are now; those that the specification reserves, too, if it shows them."""

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
