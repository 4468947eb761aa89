"""Two ports joined by a socket pair: what one sends, the other receives.

No root, no kernel interface: tests and simulated hosts use it, and so does the whole path of a
switch. One SEQPACKET message is one frame behind a virtio-net header, exactly as in a tap, so that
offload metadata pass and any program that reads a tap can hold the other end. A full queue drops
frames as a real link does; closing one end takes the link of the other down for good.
"""

from __future__ import annotations

import itertools
import socket

from ofswitch.frame import HEADER_SIZE, NO_OFFLOAD, Frame, parse_offload
from ofswitch.ports.base import READ_SIZE, RUNT_SIZE, NativeLink, Port
from ofswitch.ports.spec import PortSpec

_QUEUE_SIZE = 4 << 20
_FIRST_ADDRESS = 0x0A00_4D00_0001
_addresses = itertools.count(_FIRST_ADDRESS)


class MemoryPort(Port):
    """One end of a link in memory."""

    kind = "memory"

    def __init__(self, name: str, end: socket.socket) -> None:
        super().__init__(name, next(_addresses))
        self._socket = end
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _QUEUE_SIZE)
        self.peer: MemoryPort | None = None
        """The other end, when it was made here."""

    @property
    def native_link(self) -> NativeLink:
        """This end's socket."""
        return NativeLink("seqpacket", (self._socket.fileno(),))

    def fileno(self) -> int:
        """Return this end's socket."""
        return self._socket.fileno()

    def link_up(self) -> bool:
        """Ask whether this end is up and the other end is there and up."""
        other_up = self.peer is None or (self.peer._admin_up and self.peer.fileno() >= 0)
        return self._admin_up and other_up and not self.gone

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
        self.gone = True

    def _read(self) -> Frame | None:
        data = self._socket.recv(READ_SIZE)
        if not data:
            self.gone = True
            raise BlockingIOError
        if len(data) < HEADER_SIZE + RUNT_SIZE:
            self._lose("rx_too_short")
            return None
        header = data[:HEADER_SIZE]
        return Frame(data[HEADER_SIZE:], None if header == NO_OFFLOAD else parse_offload(header))

    def _write(self, frame: Frame) -> None:
        offload = frame.offload
        self._socket.send((NO_OFFLOAD if offload is None else offload.emit()) + frame.data)


def memory_pair(name: str, peer_name: str) -> tuple[MemoryPort, MemoryPort]:
    """Return the two ends of a new link."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    first, second = MemoryPort(name, ends[0]), MemoryPort(peer_name, ends[1])
    first.peer, second.peer = second, first
    return first, second


def open_memory(spec: PortSpec) -> MemoryPort:
    """Return one end of a new link; the other is its ``peer``."""
    return memory_pair(spec.name, f"{spec.name}-peer")[0]
