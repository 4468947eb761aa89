"""A run of neighbouring fields of fixed width: one `struct` format, and conversions for the few that need one.

Lengths that the layout counts itself are part of runs, too: they are written as zeros, which whoever knows the length
fills in; the length of a list is read as a value like any other, for the list's own step to use.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from openflow.errors import EncodeError, Unsupported
from openflow.faults import Fault
from openflow.layouts.kinds import TRANSLATIONS, Inexpressible
from openflow.layouts.language import Bytes, Count, Int, Pad, Size, Step, Text
from openflow.structs import Struct
from openflow.versions import Version

FIXED = (Int, Pad, Text, Bytes, Size, Count)
FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""The integers that `struct` knows, by size."""

Conversion = Callable[[Any], Any]

_UNWRITABLE = (ValueError, TypeError, AttributeError, OverflowError, struct.error)
"""What writing raises for a value that a field cannot hold."""


class Run:
    """Reads and writes the fields of `steps`, which are `FIXED`."""

    def __init__(self, steps: list[Step], cls: type[Struct], version: Version) -> None:
        self._cls = cls
        self._version = version
        self._steps = steps
        self._wire = struct.Struct(">" + "".join(_format(step) for step in steps))
        self._zeroed = struct.Struct(
            ">" + "".join("2x" if isinstance(step, Count) else _format(step) for step in steps)
        )
        read = [step for step in steps if not isinstance(step, Pad | Size)]
        self._from_wire = [(i, f) for i, step in enumerate(read) if (f := _decoding(step))]
        self._named = [step for step in steps if isinstance(step, Int | Text | Bytes)]
        self._values = getter([step.name for step in self._named])
        self._to_wire = [(i, f) for i, step in enumerate(self._named) if (f := _encoding(step))]

    def read(self, data: bytes, position: int, end: int, values: list[Any]) -> int:
        """Append the values at `position`; where they stop. Raises Fault."""
        following = position + self._wire.size
        if following > end:
            raise self._truncated(position, end)
        if not self._from_wire:
            values += self._wire.unpack_from(data, position)
            return following
        found = list(self._wire.unpack_from(data, position))
        for index, decode in self._from_wire:
            found[index] = decode(found[index])
        values += found
        return following

    def write(self, value: Any, out: bytearray, start: int) -> None:
        """Append the bytes of the fields of `value`. Raises EncodeError or Unsupported."""
        held = self._values(value)
        try:
            if self._to_wire:
                wire = list(held)
                for index, encode in self._to_wire:
                    wire[index] = encode(wire[index])
                held = tuple(wire)
            out += self._zeroed.pack(*held)
        except _UNWRITABLE:
            raise self._unwritable(value) from None

    def _truncated(self, position: int, end: int) -> Fault:
        """Find the field that the end cuts."""
        for step in self._steps:
            size = struct.calcsize(">" + _format(step))
            if position + size > end:
                text = f"truncated: {size} bytes expected, {end - position} left"
                return Fault(self._cls.bad_length, _called(step), position, text)
            position += size
        raise AssertionError("nothing is truncated")

    def _unwritable(self, value: Any) -> EncodeError:
        """Find the field whose value cannot be written."""
        for step in self._named:
            name = step.name
            held = getattr(value, name)
            encode = _encoding(step)
            try:
                wire = encode(held) if encode else held
                struct.pack(">" + _format(step), wire)
            except Inexpressible as error:
                text = f"OpenFlow {self._version} has {error}"
                return Unsupported(self._cls.__name__, name, self._version, text)
            except _UNWRITABLE as error:
                text = f"cannot hold {held!r}: {_takes(step, error)}"
                return EncodeError(self._cls.__name__, name, text)
        raise AssertionError("everything can be written")


def getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that reads these attributes of an object, as a tuple however many they are."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda value: ()
    only = attrgetter(names[0])
    return lambda value: (only(value),)


def _format(step: Step) -> str:
    match step:
        case Int(size=size) if size in FORMATS:
            return FORMATS[size]
        case Pad(size=size):
            return f"{size}x"
        case Size():
            return "2x"
        case Count():
            return "H"
        case Int(size=size) | Text(size=size) | Bytes(size=size):
            return f"{size}s"
        case _:
            raise AssertionError(f"{step} has no fixed width")


def _called(step: Step) -> str:
    match step:
        case Pad():
            return "pad"
        case Size():
            return "length"
        case Count(name=name):
            return f"{name}_len"
        case _:
            return str(getattr(step, "name", ""))


def _decoding(step: Step) -> Conversion | None:
    match step:
        case Int(mapping=mapping) if mapping:
            return TRANSLATIONS[mapping].decode
        case Int(size=size) if size not in FORMATS:
            return lambda wire: int.from_bytes(wire, "big")
        case Text():
            return lambda wire: wire.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        case _:
            return None


def _encoding(step: Step) -> Conversion | None:
    match step:
        case Int(mapping=mapping) if mapping:
            return TRANSLATIONS[mapping].encode
        case Int(size=size) if size not in FORMATS:
            return lambda value: value.to_bytes(size, "big")
        case Text(size=size):
            return lambda value: _text(value, size)
        case Bytes(size=size):
            return lambda value: _exactly(value, size)
        case _:
            return None


def _takes(step: Int | Text | Bytes, error: Exception) -> str:
    """What a field takes. `error` says it where the reason is ours, and not how Python writes integers."""
    ours = isinstance(error, ValueError | OverflowError)  # struct.error is neither
    match step:
        case Int(mapping=mapping) if mapping and ours:
            return str(error)
        case Int(size=size, mapping=mapping):
            most = (1 << 8 * size) - 1
            return (
                f"takes an int from 0 to {TRANSLATIONS[mapping].decode(most) if mapping else most}"
            )
        case Text():
            return str(error) if ours else "takes text"
        case Bytes(size=size):
            return f"takes {size} bytes"


def _text(value: str, size: int) -> bytes:
    wire = value.encode("utf-8", "surrogateescape")
    if b"\0" in wire:
        raise ValueError("a zero would end the text")
    if len(wire) > size:
        raise OverflowError(f"{len(wire)} bytes are too many, {size} fit")
    return wire


def _exactly(value: Any, size: int) -> bytes:
    if isinstance(value, bytes) and len(value) == size:
        return value
    raise ValueError(f"takes {size} bytes")
