"""Capture files in the classic pcap format: read in all its four variants, written in one.

The variants are the two byte orders and timestamps in micro- or nanoseconds, told apart by the
first four octets. We write nanoseconds in the machine's byte order; Wireshark and tcpdump read all
of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

LINKTYPE_ETHERNET = 1
RECORD_MAX = 1 << 18
"""No sane record is longer; a length above it says that the file is damaged."""

_MICROSECONDS, _NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_NANOS_PER_UNIT = {_MICROSECONDS: 1000, _NANOSECONDS: 1}
_BYTE_ORDERS = {"<": "little", ">": "big"}
_HEADER = "IHHiIII"  # magic, version (major, minor), time zone, accuracy, snap length, link type
_RECORD = "IIII"  # seconds, fraction, octets captured, octets on the wire
_HEADER_SIZE = 24
_RECORD_SIZE = 16


class CaptureError(ValueError):
    """The file is no capture that can be replayed, or is damaged."""


class Record(NamedTuple):
    """A captured frame; `cut` when the capture kept only its beginning."""

    time_ns: int
    data: bytes
    cut: bool


def read_capture(file: BinaryIO) -> Iterator[Record]:
    """Check a file's header now and return its records, read one by one as they are asked for."""
    header = file.read(_HEADER_SIZE)
    if header[:4] == _PCAPNG:
        raise CaptureError("a pcapng file: convert it with 'editcap -F pcap'")
    for order in _BYTE_ORDERS:
        fields = Struct(order + _HEADER)
        if len(header) == _HEADER_SIZE and fields.unpack(header)[0] in _NANOS_PER_UNIT:
            magic, *_, link_type = fields.unpack(header)
            if link_type & 0x0FFF_FFFF != LINKTYPE_ETHERNET:
                raise CaptureError(f"link type {link_type}, where Ethernet (1) is needed")
            return _records(file, Struct(order + _RECORD), _NANOS_PER_UNIT[magic])
    raise CaptureError("no capture file: it does not begin as a pcap file does")


def _records(file: BinaryIO, fields: Struct, nanos_per_unit: int) -> Iterator[Record]:
    """Yield the records behind the header; CaptureError where the file is cut or damaged."""
    while head := file.read(_RECORD_SIZE):
        if len(head) < _RECORD_SIZE:
            raise CaptureError("the file ends inside a record")
        seconds, fraction, size, wire_size = fields.unpack(head)
        if size > RECORD_MAX:
            raise CaptureError(f"a record of {size} octets: the file is damaged")
        data = file.read(size)
        if len(data) < size:
            raise CaptureError("the file ends inside a record")
        yield Record(seconds * 10**9 + fraction * nanos_per_unit, data, size < wire_size)


class CaptureWriter:
    """Writes frames to a new capture file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        order = "<" if sys.byteorder == "little" else ">"
        self._record = Struct(order + _RECORD)
        header = (_NANOSECONDS, 2, 4, 0, 0, RECORD_MAX, LINKTYPE_ETHERNET)
        file.write(Struct(order + _HEADER).pack(*header))

    def write(self, time_ns: int, data: bytes) -> None:
        """Append a frame."""
        seconds, fraction = divmod(time_ns, 10**9)
        self._file.write(self._record.pack(seconds, fraction, len(data), len(data)) + data)
