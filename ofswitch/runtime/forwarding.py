"""Native threads that move frames between ports, and what they leave to Python.

A thread receives, looks up and sends without the interpreter. To Python it hands, through a bounded queue, packets for
controllers, frames for ports that only Python can write to, and news of ports that have gone. The queue is drained in
turns, like every connection, so that a flood of misses starves no controller.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from ofswitch.configuration import Configuration
from ofswitch.datapath.effects import Transmit, Upcall
from ofswitch.ports import Counters, Port, PortError

log = logging.getLogger("ofswitch.forwarding")

EVENTS_AT_ONCE = 64

DROPS: dict[str, str] = {
    "upcall_queue_full": "was for a controller, and so many of that port, or of all, were waiting already",
}
"""Why the threads lost a packet on its way to Python: the end of a sentence that begins with "the packet"."""


class Threads(Protocol):
    """The native side: `ofswitch._datapath.Threads`."""

    def attach(
        self, port_no: int, kind: str, descriptors: tuple[int, ...], ifindex: int, io: str
    ) -> None:
        """Receive from a link, and send to it; OSError when it cannot be had."""

    def detach(self, port_no: int) -> None:
        """Leave a link alone: when this returns, no thread touches it."""

    def counters(self, port_no: int) -> tuple[int, int, int, int, dict[str, int]]:
        """Packets received and sent, octets received and sent, and losses by name."""

    def fileno(self) -> int:
        """The descriptor that is readable while something waits."""

    def drain(self, limit: int) -> list[tuple[str, Any]]:
        """Take what waits out, at most so much."""

    def lost(self) -> int:
        """How many packets found no room in the queue."""

    def stop(self) -> None:
        """End the threads."""


Handle = Callable[[list[Transmit | Upcall]], None]
Gone = Callable[[int], None]


class Forwarding:
    """The threads of one switch. `handle` gets what they leave to Python, `gone` hears of ports that are no more."""

    def __init__(self, threads: Threads, queues: int, handle: Handle, gone: Gone) -> None:
        self.queues = queues
        self._threads = threads
        self._handle = handle
        self._gone = gone
        asyncio.get_running_loop().add_reader(threads.fileno(), self._drain)

    def attach(self, number: int, port: Port) -> bool:
        """Let the threads move a port's frames; False when only Python can. Raises PortError."""
        link = port.native_link
        if link is None:
            return False
        try:
            self._threads.attach(number, link.kind, link.descriptors, link.ifindex, link.io)
            port.hand_over(lambda: self._counters(number))
        except OSError as error:
            text = f"{port.kind} {port.name}: io={link.io}: {error.strerror or error}"
            raise PortError(text) from None
        return True

    def detach(self, number: int) -> None:
        """Leave a port alone, if it was attached."""
        self._threads.detach(number)

    @property
    def drops(self) -> Counter[str]:
        """What was lost on its way to Python."""
        return Counter(upcall_queue_full=self._threads.lost())

    def close(self) -> None:
        """End the threads."""
        asyncio.get_running_loop().remove_reader(self._threads.fileno())
        self._threads.stop()

    def _counters(self, number: int) -> Counters:
        rx_packets, tx_packets, rx_bytes, tx_bytes, drops = self._threads.counters(number)
        counters = Counters(rx_packets, tx_packets, rx_bytes, tx_bytes)
        counters.drops.update(drops)
        return counters

    def _drain(self) -> None:
        effects: list[Transmit | Upcall] = []
        for kind, event in self._threads.drain(EVENTS_AT_ONCE):
            match kind:
                case "effect":
                    effects.append(event)
                case "gone":
                    self._gone(event)
                case "fault":
                    log.error("a forwarding thread met a fault, and began anew: %s", event)
        if effects:
            self._handle(effects)


def make_forwarding(
    configuration: Configuration, datapath: object, handle: Handle, gone: Gone
) -> Forwarding | None:
    """The threads of a native datapath; None for one that is in Python."""
    forward = getattr(datapath, "forward", None)
    if forward is None:
        return None
    threads = forward(configuration.threads, configuration.busy_poll)
    return Forwarding(threads, configuration.threads, handle, gone)
