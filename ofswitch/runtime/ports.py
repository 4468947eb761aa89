"""The switch's ports at run time: opened, numbered, polled, watched, closed.

Each readable port gets a turn of `FRAMES_AT_ONCE` frames per round of the event loop, and so does every connection: a
flood at one port starves neither the others nor the controllers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from ofswitch.frame import Frame
from ofswitch.ports import LinkWatcher, Port, PortError
from ofswitch.ports.spec import PORT_NO_MAX
from ofswitch.runtime.forwarding import Forwarding
from openflow import Port as PortDesc
from openflow import PortFeatures, PortState

log = logging.getLogger("ofswitch.ports")

FRAMES_AT_ONCE = 64

_SPEEDS = (
    (10_000, PortFeatures.FD_10MB),
    (100_000, PortFeatures.FD_100MB),
    (1_000_000, PortFeatures.FD_1GB),
    (10_000_000, PortFeatures.FD_10GB),
    (40_000_000, PortFeatures.FD_40GB),
    (100_000_000, PortFeatures.FD_100GB),
    (1_000_000_000, PortFeatures.FD_1TB),
)

Received = Callable[[int, list[Frame]], None]
Changed = Callable[[Port], None]


class PortSet:
    """The open ports by number. `received` gets the frames of one, `changed` hears of links that went up or down."""

    def __init__(self, received: Received, changed: Changed, gone: Changed) -> None:
        self._received = received
        self._changed = changed
        self._gone = gone
        self._ports: dict[int, Port] = {}
        self._polled: dict[int, int] = {}
        self._watcher: LinkWatcher | None = None
        self.forwarding: Forwarding | None = None
        """The native threads that move frames, where there are any."""

    def __iter__(self) -> Iterator[tuple[int, Port]]:
        return iter(sorted(self._ports.items()))

    def __len__(self) -> int:
        return len(self._ports)

    def get(self, port_no: int) -> Port | None:
        """The port with this number."""
        return self._ports.get(port_no)

    def number_of(self, port: Port) -> int | None:
        """The number of a port that was added."""
        return next((number for number, other in self._ports.items() if other is port), None)

    def find(self, text: str) -> int | None:
        """The number of the port with this name or number."""
        for number, port in self._ports.items():
            if text in (port.name, str(number)):
                return number
        return None

    def add(self, port: Port) -> int:
        """Give an open port its number: what it asks for, or the lowest that is free. Raises PortError."""
        taken = {other.name for other in self._ports.values()}
        if port.name in taken:
            raise PortError(f"there is a port {port.name} already")
        number = port.port_no
        if number is None:
            number = next(n for n in range(1, PORT_NO_MAX + 1) if n not in self._ports)
        elif number in self._ports:
            raise PortError(f"port {port.name}: the number {number} belongs to another port")
        elif number > PORT_NO_MAX:
            raise PortError(f"port {port.name}: {number} is too high, {PORT_NO_MAX} is the most")
        self._ports[number] = port
        return number

    def poll(self, number: int) -> None:
        """Begin to receive from a port that was added: in a native thread if it can, else here. Raises PortError."""
        port = self._ports[number]
        if self.forwarding is not None:
            if self.forwarding.attach(number, port):
                return
        elif port.native_link is not None and port.native_link.io != "auto":
            text = f"{port.kind} {port.name}: io= is for the native datapath, this is the reference"
            raise PortError(text)
        descriptor = self._polled[number] = port.fileno()
        asyncio.get_running_loop().add_reader(descriptor, self._readable, number)

    def remove(self, number: int) -> Port:
        """Stop receiving from a port, and close it."""
        if self.forwarding is not None:
            self.forwarding.detach(number)
        descriptor = self._polled.pop(number, None)
        if (
            descriptor is not None
        ):  # the port itself may be closed already, and not know it any more
            asyncio.get_running_loop().remove_reader(descriptor)
        port = self._ports.pop(number)
        port.close()
        return port

    def send(self, number: int, frames: Iterable[Frame]) -> None:
        """Send frames out of a port; what cannot be sent is counted there."""
        port = self._ports.get(number)
        if port is not None:
            port.send(frames)
            if port.gone:
                self._gone(port)

    def set_up(self, number: int, up: bool) -> None:
        """Set a port's administrative state, if that is news: an interface that its owner took down stays down."""
        port = self._ports.get(number)
        if port is not None and port.admin_up != up:
            port.set_up(up)

    def watch(self) -> None:
        """Begin to report links that go up or down."""
        try:
            self._watcher = LinkWatcher()
        except OSError as error:
            log.warning("links are not watched: %s", error)
            return
        asyncio.get_running_loop().add_reader(self._watcher.fileno(), self._links_changed)

    def close(self) -> None:
        """Close every port."""
        if self._watcher is not None:
            asyncio.get_running_loop().remove_reader(self._watcher.fileno())
            self._watcher.close()
            self._watcher = None
        for number in list(self._ports):
            self.remove(number)

    def _readable(self, number: int) -> None:
        port = self._ports[number]
        frames = port.receive(FRAMES_AT_ONCE)
        if frames:
            self._received(number, frames)
        if port.gone:
            self._gone(port)

    def _links_changed(self) -> None:
        assert self._watcher is not None
        changes = self._watcher.receive()
        for port in list(self._ports.values()):
            if any(change.concerns(port) for change in changes):
                self._changed(port)


def describe(port: Port, number: int) -> PortDesc:
    """The port as OpenFlow describes it, its link as it is now."""
    up = port.link_up()
    speed = _speed(port.speed_kbps)
    return PortDesc(
        port_no=number,
        hw_addr=port.hw_addr,
        name=port.name,
        state=PortState.LIVE if up else PortState.LINK_DOWN,
        curr=speed,
        supported=speed,
        curr_speed=port.speed_kbps,
        max_speed=port.speed_kbps,
    )


def _speed(kbps: int) -> int:
    """The feature bits for a speed, of a copper link."""
    for most, feature in _SPEEDS:
        if kbps <= most:
            return feature | PortFeatures.COPPER
    return PortFeatures.OTHER
