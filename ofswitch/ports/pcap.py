"""A port on capture files: frames are received from one and those sent are recorded in another.

``read=FILE`` is replayed at the pace of its timestamps, beginning with the first `receive`, or with
``fast=yes`` as fast as the frames are taken. ``write=FILE`` is written anew. A capture has no place
for offload metadata, so frames are finished before they are recorded, as on a wire.

The port is readable when the next frame is due, by a timer descriptor of the kernel's; `finished`
says that the replay has come to its end. The port itself stays, and records on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from ofswitch.frame import Frame
from ofswitch.ports.base import FRAME_MAX, RUNT_SIZE, Port
from ofswitch.ports.capture import CaptureError, CaptureWriter, Record, read_capture
from ofswitch.ports.spec import INTERFACE_NAME_MAX, PortError, PortSpec
from ofswitch.ports.timer import Timer

_HW_ADDR = 0x0A00_5043_4150
"""Nobody answers to it; a port has to have one."""


class PcapPort(Port):
    """Replays one capture and records another; either may be missing."""

    kind = "pcap"
    carries_offload = False

    def __init__(
        self, name: str, source: BinaryIO | None, sink: BinaryIO | None, *, fast: bool = False
    ) -> None:
        """Take over the open files; CaptureError if `source` cannot be replayed."""
        super().__init__(name, _HW_ADDR)
        self._files = [file for file in (source, sink) if file is not None]
        self._records: Iterator[Record] = iter(()) if source is None else read_capture(source)
        self._sink = sink
        self._writer = None if sink is None else CaptureWriter(sink)
        self._fast = fast
        self._clock_lead_ns: int | None = None  # monotonic clock minus the capture's
        self._timer = Timer()
        self._next = self._next_record()
        self._timer.set(None if self._next is None else 0)

    @property
    def finished(self) -> bool:
        """Whether all of the capture has been received."""
        return self._next is None

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the next frame is due."""
        return self._timer.fileno()

    def link_up(self) -> bool:
        """Ask whether the port is up; files have no link."""
        return self._admin_up and not self.gone

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            with suppress(OSError):
                file.close()
        self._timer.close()
        self._next, self._writer, self.gone = None, None, True

    def receive(self, limit: int) -> list[Frame]:
        """Return up to `limit` frames that are due, and set the timer for the next."""
        frames = super().receive(limit)
        if not self.gone:
            self._timer.set(None if self._next is None else self._due_ns(self._next))
        return frames

    def send(self, frames: Iterable[Frame]) -> int:
        """Record the frames, finished; lose them if there is no file to record in."""
        if self._sink is None or self._writer is None:
            self._lose("tx_no_file", len(list(frames)))
            return 0
        sent = super().send(frames)
        try:
            self._sink.flush()
        except OSError:
            self._lose("tx_file_failed")
        return sent

    def _read(self) -> Frame | None:
        record = self._next
        if record is None or self._due_ns(record) > time.monotonic_ns():
            raise BlockingIOError
        self._next = self._next_record()
        if record.cut or len(record.data) < RUNT_SIZE:
            self._lose("rx_cut" if record.cut else "rx_too_short")
            return None
        if len(record.data) > FRAME_MAX:
            self._lose("rx_too_long")
            return None
        return Frame(record.data)

    def _write(self, frame: Frame) -> None:
        assert self._writer is not None
        self._writer.write(time.time_ns(), frame.data)

    def _due_ns(self, record: Record) -> int:
        """Return when to give this frame out, on the monotonic clock; the first one at once."""
        if self._fast:
            return 0
        if self._clock_lead_ns is None:
            self._clock_lead_ns = time.monotonic_ns() - record.time_ns
        return record.time_ns + self._clock_lead_ns

    def _next_record(self) -> Record | None:
        """Read on; a damaged file ends here."""
        try:
            return next(self._records, None)
        except (CaptureError, OSError):
            self._lose("rx_bad_capture")
            return None


def open_pcap(spec: PortSpec) -> PcapPort:
    """Open the files; the one to replay has to be a capture of Ethernet frames."""
    read, write = spec.options.get("read"), spec.options.get("write")
    if read and write and Path(write).exists() and Path(write).samefile(read):
        raise PortError(f"pcap {read}: recording into the file that is replayed would destroy it")
    with ExitStack() as files:
        try:
            source = files.enter_context(Path(read).open("rb")) if read else None
            sink = files.enter_context(Path(write).open("wb")) if write else None
            port = PcapPort(_name(spec), source, sink, fast=spec.options.get("fast", False))
        except OSError as error:
            raise PortError(f"pcap {error.filename}: {error.strerror}") from error
        except CaptureError as error:
            raise PortError(f"pcap {read}: {error}") from error
        files.pop_all()
    return port


def _name(spec: PortSpec) -> str:
    """Return the port's name: as given, or from its file."""
    file = spec.options.get("read") or spec.options.get("write") or "pcap"
    return spec.name or Path(file).stem[:INTERFACE_NAME_MAX]
