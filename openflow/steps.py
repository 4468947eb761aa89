"""Each step of a layout as a pair of functions, one that reads it and one that writes it.

    read(data, position, end, values) -> position     puts what it finds into `values`, the arguments of the class
    write(value, out, start)                          appends to `out`; the structure written began at `start`

Neighbouring integers, texts and pads are one `struct` format, so most messages take two or three calls. A fault in the
bytes is raised as `Fault` with the field and the offset; lists and nested structures put their own names before it on
its way up.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.kinds import TRANSLATIONS
from openflow.layout import (
    Bytes,
    Count,
    Int,
    Layout,
    Many,
    ManyInts,
    Nested,
    Pad,
    Rest,
    Size,
    Special,
    Step,
    Text,
)
from openflow.structs import Struct
from openflow.versions import Version

Values = dict[str, Any]
Reader = Callable[[bytes, int, int, Values], int]
Writer = Callable[[Any, bytearray, int], None]

_FIXED = (Int, Pad, Text, Bytes)
_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
_U16 = struct.Struct(">H")


class Fault(Exception):
    """What is wrong with the bytes, and where: the path of fields to it, its offset in the buffer."""

    def __init__(self, code: ErrorCode, field: str, offset: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.field = field
        self.offset = offset
        self.text = text

    def within(self, name: str) -> Fault:
        """The same fault, seen from the structure around."""
        self.field = f"{name}.{self.field}" if self.field else name
        return self


class Codec(Protocol):
    """Reads and writes one structure or one element of a family."""

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The value that begins at `start`, and where it stops."""

    def write(self, value: Any, out: bytearray) -> None:
        """Append the value's bytes."""


CodecOf = Callable[[str, Version], Codec]


def compile_steps(
    layout: Layout, cls: type[Struct], version: Version, codec_of: CodecOf
) -> tuple[list[Reader], list[Writer]]:
    """The functions that read and that write a layout, in its order."""
    compiler = _Compiler(layout, cls, version, codec_of)
    pairs = [compiler.pair(group) for group in _grouped(layout.steps)]
    return [read for read, _ in pairs], [write for _, write in pairs]


def patch_length(out: bytearray, offset: int, length: int, name: str) -> None:
    """Write a 16-bit length that is known only now; raise EncodeError when it does not fit."""
    if length > 0xFFFF:
        raise EncodeError(name, "", f"takes {length} bytes, 65535 are the most")
    _U16.pack_into(out, offset, length)


def _grouped(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    """The steps, with each run of fixed-width fields put together."""
    run: list[Step] = []
    for step in steps:
        if isinstance(step, _FIXED):
            run.append(step)
            continue
        if run:
            yield run
            run = []
        yield [step]
    if run:
        yield run


class _Compiler:
    """Makes the pair of functions for each step of one layout."""

    def __init__(
        self, layout: Layout, cls: type[Struct], version: Version, codec_of: CodecOf
    ) -> None:
        self._layout = layout
        self._cls = cls
        self._version = version
        self._codec_of = codec_of

    def pair(self, group: list[Step]) -> tuple[Reader, Writer]:
        match group[0]:
            case Size():
                return _skip, _reserve
            case Count(name):
                return self._count(name)
            case Rest(name):
                return self._rest(name)
            case Nested(name, type_):
                return self._nested(name, self._codec_of(type_, self._version))
            case Many(name, type_, counted):
                codec = self._codec_of(type_, self._version)
                read = _read_many(name, codec, counted)
                return read, self._counting(name, _write_many(name, codec))
            case ManyInts(name, size, counted):
                read = self._read_ints(name, size, counted)
                return read, self._counting(name, self._write_ints(name, size))
            case Special(names, form):
                from openflow.special import special  # it reads elements: a cycle at import time

                return special(form, names, self._version, self._codec_of)
            case _:
                fixed = _FixedFields(group, self._cls, self._version)
                return fixed.read, fixed.write

    def _count(self, name: str) -> tuple[Reader, Writer]:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            following = position + 2
            if following > end:
                raise Fault(self._cls.bad_length, f"{name}_len", position, "truncated")
            stop = following + _U16.unpack_from(data, position)[0]
            if stop > end:
                text = f"{stop - following} bytes of {name} do not fit the {end - following} left"
                raise Fault(self._cls.bad_length, f"{name}_len", position, text)
            values[f"#{name}"] = stop - following
            return following

        return read, _reserve

    def _rest(self, name: str) -> tuple[Reader, Writer]:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            values[name] = data[position:end]
            return end

        def write(value: Any, out: bytearray, start: int) -> None:
            rest = getattr(value, name)
            if not isinstance(rest, bytes | bytearray | memoryview):
                raise EncodeError(self._cls.__name__, name, f"takes bytes, not {rest!r}")
            out += rest

        return read, write

    def _nested(self, name: str, codec: Codec) -> tuple[Reader, Writer]:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            try:
                values[name], position = codec.read(data, position, end)
            except Fault as fault:
                raise fault.within(name) from None
            return position

        def write(value: Any, out: bytearray, start: int) -> None:
            codec.write(getattr(value, name), out)

        return read, write

    def _read_ints(self, name: str, size: int, counted: bool) -> Reader:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            stop = position + values.pop(f"#{name}") if counted else end
            count, odd = divmod(stop - position, size)
            if odd:
                raise Fault(self._cls.bad_length, name, stop - odd, f"{odd} bytes too many")
            values[name] = list(struct.unpack_from(f">{count}{_FORMATS[size]}", data, position))
            return stop

        return read

    def _write_ints(self, name: str, size: int) -> Writer:
        def write(value: Any, out: bytearray, start: int) -> None:
            numbers = getattr(value, name)
            try:
                out += struct.pack(f">{len(numbers)}{_FORMATS[size]}", *numbers)
            except (struct.error, TypeError) as error:
                raise EncodeError(self._cls.__name__, name, str(error)) from None

        return write

    def _counting(self, name: str, write: Writer) -> Writer:
        """The same writer, which also fills in the length that was reserved before."""
        offset = self._layout.count_offset(name)
        if offset is None:
            return write

        def write_and_count(value: Any, out: bytearray, start: int) -> None:
            before = len(out)
            write(value, out, start)
            patch_length(out, start + offset, len(out) - before, f"{self._cls.__name__}.{name}")

        return write_and_count


def _skip(data: bytes, position: int, end: int, values: Values) -> int:
    return position + 2


def _reserve(value: Any, out: bytearray, start: int) -> None:
    out += b"\0\0"


def _read_many(name: str, codec: Codec, counted: bool) -> Reader:
    def read(data: bytes, position: int, end: int, values: Values) -> int:
        stop = position + values.pop(f"#{name}") if counted else end
        items: list[Any] = []
        try:
            while position < stop:
                item, position = codec.read(data, position, stop)
                items.append(item)
        except Fault as fault:
            raise fault.within(f"{name}[{len(items)}]") from None
        values[name] = items
        return position

    return read


def _write_many(name: str, codec: Codec) -> Writer:
    def write(value: Any, out: bytearray, start: int) -> None:
        for item in getattr(value, name):
            codec.write(item, out)

    return write


class _FixedFields:
    """A run of fields of fixed width: one `struct` format, and conversions for the few fields that need one."""

    def __init__(self, steps: list[Step], cls: type[Struct], version: Version) -> None:
        self._cls = cls
        self._version = version
        self._steps = steps
        self._struct = struct.Struct(">" + "".join(_format(step) for step in steps))
        named = [step for step in steps if isinstance(step, Int | Text | Bytes)]
        self._names = [step.name for step in named]
        self._from_wire = [(step.name, f) for step in named if (f := _decoding(step))]
        self._to_wire = [(i, f) for i, step in enumerate(named) if (f := _encoding(step))]

    def read(self, data: bytes, position: int, end: int, values: Values) -> int:
        following = position + self._struct.size
        if following > end:
            raise self._truncated(position, end)
        values.update(zip(self._names, self._struct.unpack_from(data, position), strict=True))
        for name, decode in self._from_wire:
            values[name] = decode(values[name])
        return following

    def write(self, value: Any, out: bytearray, start: int) -> None:
        wire = [getattr(value, name) for name in self._names]
        try:
            for index, encode in self._to_wire:
                wire[index] = encode(wire[index])
            out += self._struct.pack(*wire)
        except (ValueError, TypeError, AttributeError, OverflowError, struct.error):
            raise self._unwritable(value) from None

    def _truncated(self, position: int, end: int) -> Fault:
        """Find the field that the end cuts."""
        for step in self._steps:
            size = struct.calcsize(">" + _format(step))
            if position + size > end:
                name = "pad" if isinstance(step, Pad) else getattr(step, "name", "")
                text = f"truncated: {size} bytes expected, {end - position} left"
                return Fault(self._cls.bad_length, name, position, text)
            position += size
        raise AssertionError("nothing is truncated")

    def _unwritable(self, value: Any) -> EncodeError:
        """Find the field whose value cannot be written."""
        for step in self._steps:
            if isinstance(step, Pad):
                continue
            name = getattr(step, "name", "")
            held = getattr(value, name)
            encode = _encoding(step)
            try:
                wire = encode(held) if encode else held
                struct.pack(">" + _format(step), wire)
            except (TypeError, AttributeError, OverflowError, struct.error) as error:
                return EncodeError(self._cls.__name__, name, f"cannot hold {held!r}: {error}")
            except ValueError as error:
                return Unsupported(self._cls.__name__, name, self._version, str(error))
        raise AssertionError("everything can be written")


def _format(step: Step) -> str:
    match step:
        case Int(size=size) if size in _FORMATS:
            return _FORMATS[size]
        case Pad(size=size):
            return f"{size}x"
        case Int(size=size) | Text(size=size) | Bytes(size=size):
            return f"{size}s"
        case _:
            raise AssertionError(f"{step} has no fixed width")


def _decoding(step: Step) -> Callable[[Any], Any] | None:
    match step:
        case Int(mapping=mapping) if mapping:
            return TRANSLATIONS[mapping].decode
        case Int(size=size) if size not in _FORMATS:
            return lambda wire: int.from_bytes(wire, "big")
        case Text():
            return lambda wire: wire.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        case _:
            return None


def _encoding(step: Step) -> Callable[[Any], Any] | None:
    match step:
        case Int(mapping=mapping) if mapping:
            return TRANSLATIONS[mapping].encode
        case Int(size=size) if size not in _FORMATS:
            return lambda value: value.to_bytes(size, "big")
        case Text(size=size):
            return lambda value: _fitting(value.encode("utf-8", "surrogateescape"), size)
        case Bytes(size=size):
            return lambda value: _fitting(bytes(value), size)
        case _:
            return None


def _fitting(wire: bytes, size: int) -> bytes:
    if len(wire) > size:
        raise OverflowError(f"{len(wire)} bytes are too many, {size} fit")
    return wire
