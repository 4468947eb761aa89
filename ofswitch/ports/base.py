"""What all ports share: the contract, the counters, and the loops around one read and one write.

The runtime polls `Port.fileno`, calls `receive`, gives the frames to the datapath and the
datapath's output to `send`. A port knows nothing of OpenFlow. Whatever goes wrong with a frame is
counted under a name from `DROPS` and never raised.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, NamedTuple

from ofswitch.frame import HEADER_SIZE, Frame
from ofswitch.offload import kernel_can_finish, segment

DEFAULT_SPEED_KBPS = 10_000_000

FRAME_MAX = 65535 + 14 + 8 * 4
"""The longest frame: an IP packet of any length, an Ethernet header, and eight tags or labels."""

READ_SIZE = HEADER_SIZE + FRAME_MAX
RUNT_SIZE = 14
"""A frame needs an Ethernet header at least."""


class Loss(Enum):
    """Which of the four totals a named drop belongs to."""

    RX_DROPPED = "rx_dropped"
    RX_ERRORS = "rx_errors"
    TX_DROPPED = "tx_dropped"
    TX_ERRORS = "tx_errors"


class Drop(NamedTuple):
    """A reason for which a frame is lost, as the documentation lists it."""

    loss: Loss
    meaning: str


DROPS: dict[str, Drop] = {
    "rx_queue_full": Drop(Loss.RX_DROPPED, "the kernel's queue towards us was full"),
    "rx_port_down": Drop(Loss.RX_DROPPED, "the port is administratively down"),
    "rx_unsupported_gso": Drop(Loss.RX_ERRORS, "a super-frame of a kind no virtio-net header says"),
    "rx_too_short": Drop(Loss.RX_ERRORS, "less than an Ethernet header"),
    "rx_too_long": Drop(Loss.RX_ERRORS, "more than a frame can hold"),
    "rx_cut": Drop(Loss.RX_ERRORS, "the capture kept only the beginning of the frame"),
    "rx_bad_capture": Drop(Loss.RX_ERRORS, "the capture file is damaged: its replay ends there"),
    "tx_queue_full": Drop(Loss.TX_DROPPED, "the interface's or peer's queue was full"),
    "tx_port_down": Drop(Loss.TX_DROPPED, "the port is administratively down"),
    "tx_link_down": Drop(Loss.TX_DROPPED, "the interface is down, or the peer has gone"),
    "tx_no_device": Drop(Loss.TX_DROPPED, "the interface has been deleted"),
    "tx_no_file": Drop(Loss.TX_DROPPED, "a capture port that only replays"),
    "tx_too_long": Drop(Loss.TX_ERRORS, "longer than the interface's MTU allows"),
    "tx_bad_offload": Drop(Loss.TX_ERRORS, "offload metadata that contradict the frame"),
    "tx_refused": Drop(Loss.TX_ERRORS, "the kernel took the frame or its metadata for nonsense"),
    "tx_file_failed": Drop(Loss.TX_ERRORS, "the capture file could not be written"),
}
"""Every name under which a port may count a lost frame."""

_TX_DROP_OF_ERRNO = {
    errno.EAGAIN: "tx_queue_full",
    errno.ENOBUFS: "tx_queue_full",
    errno.ENOMEM: "tx_queue_full",
    errno.EIO: "tx_link_down",
    errno.ENETDOWN: "tx_link_down",
    errno.EPIPE: "tx_link_down",
    errno.ECONNRESET: "tx_link_down",
    errno.ENXIO: "tx_no_device",
    errno.ENODEV: "tx_no_device",
    errno.EBADFD: "tx_no_device",
    errno.EBADF: "tx_no_device",
    errno.EMSGSIZE: "tx_too_long",
    errno.ENOSPC: "tx_file_failed",
    errno.EDQUOT: "tx_file_failed",
    errno.EFBIG: "tx_file_failed",
}

_GONE = frozenset({errno.EBADFD, errno.ENODEV, errno.ENXIO, errno.EBADF})


@dataclass(slots=True)
class Counters:
    """What passed and what was lost. A super-frame is one packet, as it is to flow tables."""

    rx_packets: int = 0
    tx_packets: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    drops: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Counters) -> Counters:
        """The counters of two ways to one link."""
        return Counters(
            self.rx_packets + other.rx_packets,
            self.tx_packets + other.tx_packets,
            self.rx_bytes + other.rx_bytes,
            self.tx_bytes + other.tx_bytes,
            self.drops + other.drops,
        )

    def _total(self, loss: Loss) -> int:
        return sum(count for name, count in self.drops.items() if DROPS[name].loss is loss)

    @property
    def rx_dropped(self) -> int:
        """Frames that arrived but found no room or an idle port."""
        return self._total(Loss.RX_DROPPED)

    @property
    def tx_dropped(self) -> int:
        """Frames to be sent that found no room or no link."""
        return self._total(Loss.TX_DROPPED)

    @property
    def rx_errors(self) -> int:
        """Frames that arrived and were wrong."""
        return self._total(Loss.RX_ERRORS)

    @property
    def tx_errors(self) -> int:
        """Frames to be sent that were wrong."""
        return self._total(Loss.TX_ERRORS)


class LinkId(NamedTuple):
    """Identifies an interface over all namespaces: `netns` is the number that our own has for it."""

    netns: int
    ifindex: int


class NativeLink(NamedTuple):
    """How a native thread reaches a port's link by itself.

    `kind` is what `ofswitch._datapath` calls it: `tap` and `seqpacket` have a descriptor for each
    queue, `packet` has the number of its interface and the `io` to use there.
    """

    kind: str
    descriptors: tuple[int, ...] = ()
    ifindex: int = 0
    io: str = "auto"


class Port(ABC):
    """One port of a switch. A kind of port says how one frame is read and one is written."""

    kind: ClassVar[str]
    carries_offload: ClassVar[bool] = True
    """Whether unfinished frames leave as they are. Where not, `send` finishes them first."""

    def __init__(self, name: str, hw_addr: int) -> None:
        self.name = name
        self.hw_addr = hw_addr
        self.port_no: int | None = None
        """The port number that the user asked for, if any."""
        self.gone = False
        """Set for good once the other side no longer exists: stop polling this port, close it."""
        self.speed_kbps = DEFAULT_SPEED_KBPS
        self._counters = Counters()
        self._count_elsewhere: Callable[[], Counters] | None = None
        self._admin_up = True

    @property
    def counters(self) -> Counters:
        """The counters, up to date as of this read; what native threads moved is included."""
        self._refresh_counters()
        elsewhere = self._count_elsewhere
        return self._counters if elsewhere is None else self._counters + elsewhere()

    @property
    def admin_up(self) -> bool:
        """The administrative state, as `set_up` was told last; up at first."""
        return self._admin_up

    @property
    def native_link(self) -> NativeLink | None:
        """How a native thread reaches the link; None where only this object can move frames."""
        return None

    def hand_over(self, count: Callable[[], Counters]) -> None:
        """Receive no more: a native thread does so from now on, and `count` tells what it moved.

        `send` goes on to work.
        """
        self._count_elsewhere = count

    @property
    def link_id(self) -> LinkId | None:
        """Which interface's changes concern this port; None when it has no interface."""
        return None

    @abstractmethod
    def fileno(self) -> int:
        """Return the descriptor that is readable when frames wait; the same until `close`."""

    @abstractmethod
    def link_up(self) -> bool:
        """Ask whether frames could pass: the port is up and so is the other end."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back. Closing twice does nothing."""

    @abstractmethod
    def _read(self) -> Frame | None:
        """Read one frame, or raise OSError; None when what came was counted as lost."""

    @abstractmethod
    def _write(self, frame: Frame) -> None:
        """Write one frame, or raise OSError."""

    def _refresh_counters(self) -> None:  # noqa: B027 - most kinds have nothing to take over
        """Take over what the kernel has counted for us, if it counts."""

    def set_up(self, up: bool) -> None:
        """Set the administrative state (OFPPC_PORT_DOWN): a port that is down passes nothing."""
        self._admin_up = up

    def receive(self, limit: int) -> list[Frame]:
        """Return up to `limit` frames that wait. Never blocks, never raises."""
        frames: list[Frame] = []
        octets = 0
        for _ in range(limit):
            try:
                frame = self._read()
            except OSError as error:
                if self._read_failed(error):
                    break
                continue
            if frame is not None:
                frames.append(frame)
                octets += len(frame.data)
        if frames and not self._admin_up:
            self._lose("rx_port_down", len(frames))
            return []
        self._counters.rx_packets += len(frames)
        self._counters.rx_bytes += octets
        return frames

    def send(self, frames: Iterable[Frame]) -> int:
        """Send what can be sent at once and return how many frames that was.

        Never blocks, never raises: the others are counted under a name from `DROPS` and lost. A
        frame that had to be cut counts as sent when all of its segments were.
        """
        sent = 0
        for frame in frames:
            offload = frame.offload
            if offload is None or (self.carries_offload and kernel_can_finish(frame)):
                sent += self._send_one(frame)
                continue
            segments = segment(frame)
            if not segments:
                self._lose("tx_bad_offload")
            elif sum(map(self._send_one, segments)) == len(segments):
                sent += 1
        return sent

    def _send_one(self, frame: Frame) -> bool:
        """Send one frame, or count why not."""
        if not self._admin_up:
            self._lose("tx_port_down")
            return False
        try:
            self._write(frame)
        except OSError as error:
            self._lose(_TX_DROP_OF_ERRNO.get(error.errno or 0, "tx_refused"))
            self._note(error)
            return False
        self._counters.tx_packets += 1
        self._counters.tx_bytes += len(frame.data)
        return True

    def _read_failed(self, error: OSError) -> bool:
        """Note what a failed read says; return whether nothing more can be read now."""
        self._note(error)
        return True

    def _note(self, error: OSError) -> None:
        """Note whether an error says that the other side no longer exists."""
        self.gone = self.gone or error.errno in _GONE

    def _lose(self, name: str, count: int = 1) -> None:
        """Count lost frames under a name from `DROPS`."""
        self._counters.drops[name] += count
