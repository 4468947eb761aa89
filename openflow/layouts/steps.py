"""Each step of a layout as a pair of functions, one that reads it and one that writes it.

    read(data, position, end, values) -> position     appends what it finds to `values`, in the layout's order
    write(value, out, start)                          appends to `out`; the structure written began at `start`

Neighbouring integers, texts and pads are one `struct` format (`openflow.layouts.runs`), so most messages take two or
three calls. What is wrong with bytes is raised as Fault, what cannot be written as EncodeError; both carry the path to
the field, to which lists and nested structures add their own names on its way up.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from openflow.errors import EncodeError, takes
from openflow.faults import Fault
from openflow.forms.special import special
from openflow.layouts.language import (
    Align,
    Count,
    Layout,
    Literal,
    Many,
    ManyInts,
    Nested,
    Rest,
    Special,
    Step,
)
from openflow.layouts.parts import (
    Codec,
    CodecOf,
    Reader,
    Values,
    Writer,
    patch_length,
    read_all,
    write_all,
)
from openflow.layouts.runs import FIXED, FORMATS, Run
from openflow.structs import Struct
from openflow.versions import Version

_U16 = struct.Struct(">H")


def compile_steps(
    layout: Layout, cls: type[Struct], version: Version, codec_of: CodecOf
) -> tuple[list[Reader], list[Writer]]:
    """The functions that read and that write a layout, in its order."""
    compiler = _Compiler(layout, cls, version, codec_of)
    pairs = [compiler.pair(group) for group in _grouped(layout.steps)]
    return [read for read, _ in pairs], [write for _, write in pairs]


def _grouped(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    """The steps, with each run of fixed-width fields put together."""
    run: list[Step] = []
    for step in steps:
        if isinstance(step, FIXED):
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
            case Rest(name):
                return _read_rest, self._write_rest(name)
            case Nested(name, type_):
                return self._nested(name, self._codec_of(type_, self._version))
            case Many(name, type_):
                codec = self._codec_of(type_, self._version)
                write = self._write_many(name, codec)
                return self._read_many(name, codec), self._counting(name, write)
            case ManyInts(name, size):
                write = self._write_ints(name, size)
                return self._read_ints(name, size), self._counting(name, write)
            case Special(names, form):
                return self._special(names, special(form, names, self._version, self._codec_of))
            case Literal(literal):
                return self._literal(literal)
            case Align(name, size):
                return self._align(name, size)
            case _:
                run = Run(group, self._cls, self._version)
                return run.read, run.write

    def _write_rest(self, name: str) -> Writer:
        def write(value: Any, out: bytearray, start: int) -> None:
            rest = getattr(value, name)
            if not isinstance(rest, bytes | bytearray | memoryview):
                raise EncodeError(self._cls.__name__, name, f"takes bytes, not {rest!r}")
            out += rest

        return write

    def _nested(self, name: str, codec: Codec) -> tuple[Reader, Writer]:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            try:
                value, position = codec.read(data, position, end)
            except Fault as fault:
                raise fault.within(name) from None
            values.append(value)
            return position

        def write(value: Any, out: bytearray, start: int) -> None:
            try:
                codec.write(getattr(value, name), out)
            except EncodeError as error:
                raise error.within(self._cls.__name__, name) from None

        return read, write

    def _read_many(self, name: str, codec: Codec) -> Reader:
        stop_of = self._stop(name)

        def read(data: bytes, position: int, end: int, values: Values) -> int:
            stop = stop_of(position, end, values)
            values.append(read_all(data, position, stop, codec, name))
            return stop

        return read

    def _write_many(self, name: str, codec: Codec) -> Writer:
        owner = self._cls.__name__

        def write(value: Any, out: bytearray, start: int) -> None:
            write_all(getattr(value, name), codec, out, owner, name)

        return write

    def _read_ints(self, name: str, size: int) -> Reader:
        stop_of = self._stop(name)

        def read(data: bytes, position: int, end: int, values: Values) -> int:
            stop = stop_of(position, end, values)
            count, odd = divmod(stop - position, size)
            if odd:
                raise Fault(self._cls.bad_length, name, stop - odd, f"{odd} bytes too many")
            values.append(list(struct.unpack_from(f">{count}{FORMATS[size]}", data, position)))
            return stop

        return read

    def _write_ints(self, name: str, size: int) -> Writer:
        def write(value: Any, out: bytearray, start: int) -> None:
            numbers = getattr(value, name)
            if not isinstance(numbers, list | tuple):
                raise EncodeError(self._cls.__name__, name, f"takes a list, not {numbers!r}")
            try:
                out += struct.pack(f">{len(numbers)}{FORMATS[size]}", *numbers)
            except struct.error:
                text = f"cannot hold {numbers!r}: each {takes(size)}"
                raise EncodeError(self._cls.__name__, name, text) from None

        return write

    def _special(
        self, names: tuple[str, ...], pair: tuple[Reader, Writer]
    ) -> tuple[Reader, Writer]:
        """A form as it is, or, where its length is given, up to there."""
        if not any(Count(name) in self._layout.steps for name in names):
            return pair
        read_form, write_form = pair
        stop_of = self._stop(names[0])

        def read(data: bytes, position: int, end: int, values: Values) -> int:
            return read_form(data, position, stop_of(position, end, values), values)

        return read, self._counting(names[0], write_form)

    def _literal(self, literal: bytes) -> tuple[Reader, Writer]:
        def read(data: bytes, position: int, end: int, values: Values) -> int:
            if position + len(literal) > end:
                raise Fault(self._cls.bad_length, "experimenter", position, "truncated")
            return position + len(literal)

        def write(value: Any, out: bytearray, start: int) -> None:
            out += literal

        return read, write

    def _align(self, name: str, size: int) -> tuple[Reader, Writer]:
        """Zeros that fill up what was counted."""
        place = self._layout.count_place(name)
        offset = self._layout.count_offset(name)
        if place is None or offset is None:
            raise ValueError(f"the length of {name} is not given")

        def read(data: bytes, position: int, end: int, values: Values) -> int:
            following: int = position + -values[place] % size
            if following > end:
                raise Fault(self._cls.bad_length, "pad", position, f"{name} lacks its padding")
            return following

        def write(value: Any, out: bytearray, start: int) -> None:
            (length,) = _U16.unpack_from(out, start + offset)
            out += bytes(-length % size)

        return read, write

    def _stop(self, name: str) -> Callable[[int, int, Values], int]:
        """Where the list `name` stops: at the end, or where the length says that was read before."""
        place = self._layout.count_place(name)
        if place is None:
            return lambda position, end, values: end
        before = self._layout.count_distance(name)

        def stop(position: int, end: int, values: Values) -> int:
            size: int = values[place]
            if position + size > end:
                text = f"{size} bytes of {name} do not fit the {end - position} left"
                raise Fault(self._cls.bad_length, f"{name}_len", position - before, text)
            return position + size

        return stop

    def _counting(self, name: str, write: Writer) -> Writer:
        """The same writer, which also fills in the length that was reserved before."""
        offset = self._layout.count_offset(name)
        if offset is None:
            return write

        def write_and_count(value: Any, out: bytearray, start: int) -> None:
            before = len(out)
            write(value, out, start)
            patch_length(out, start + offset, len(out) - before, self._cls.__name__, name)

        return write_and_count


def _read_rest(data: bytes, position: int, end: int, values: Values) -> int:
    values.append(data[position:end])
    return end
