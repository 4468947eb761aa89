"""What a switch is asked for a trace: a port and a frame, from a description, in hexadecimal or of a capture.

Whatever is wrong raises ValueError with a sentence for the user.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ofswitch.ports.capture import read_capture
from ofswitch.trace.compose import compose
from ofswitch.words.packets import parse_packet

LONGEST_FRAME = 32_000
"""Octets of a frame that can be asked about: in hexadecimal it has to fit a request."""


def request(words: str, frame: bytes | None = None) -> dict[str, str]:
    """The arguments of the command `trace`; with a frame, the words say no more than where it comes in."""
    in_port, fields = parse_packet(words)
    if not in_port:
        raise ValueError("say where the packet comes in: in_port=1, or in_port= and a port's name")
    if frame is not None and fields:
        raise ValueError("a packet that is given as it is has its own fields: say in_port= alone")
    frame = compose(fields) if frame is None else frame
    if len(frame) > LONGEST_FRAME:
        raise ValueError(f"{len(frame)} octets: packets of {LONGEST_FRAME} at most can be traced")
    return {"in_port": in_port, "frame": frame.hex()}


def from_hex(text: str) -> bytes:
    """Read a frame in hexadecimal, with blanks or colons between octets or without."""
    try:
        return bytes.fromhex(text.removeprefix("0x").replace(":", " "))
    except ValueError:
        raise ValueError(f"--packet {_short(text)!r}: write pairs of hexadecimal digits") from None


def from_capture(text: str) -> bytes:
    """Read the frame `FILE[:N]`, N counting from 1."""
    path, number = _file_and_number(text)
    try:
        with path.open("rb") as file:
            record = next(islice(read_capture(file), number - 1, None), None)
    except OSError as error:
        raise ValueError(f"--pcap {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"--pcap {path}: {error}") from None
    if record is None:
        raise ValueError(f"--pcap {path}: there is no packet {number} in it")
    if record.cut:
        raise ValueError(f"--pcap {path}: only the beginning of packet {number} was captured")
    return record.data


def _file_and_number(text: str) -> tuple[Path, int]:
    name, colon, number = text.rpartition(":")
    if not colon or Path(text).exists():
        return Path(text), 1
    if not (number.isascii() and number.isdigit() and int(number)):
        raise ValueError(f"--pcap {text}: write FILE or FILE:N, N counting packets from 1")
    return Path(name), int(number)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
