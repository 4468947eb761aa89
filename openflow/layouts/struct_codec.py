"""One class by one layout: its steps, one after the other, and the object that they are about."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from operator import itemgetter
from typing import Any

from openflow.errors import EncodeError, Unsupported
from openflow.faults import Fault
from openflow.layouts.language import Layout
from openflow.layouts.parts import CodecOf, Values, patch_length
from openflow.layouts.runs import getter
from openflow.layouts.steps import compile_steps
from openflow.versions import Version

_U16 = struct.Struct(">H")


class StructCodec:
    """Reads and writes one class by one layout."""

    def __init__(self, cls: type[Any], layout: Layout, version: Version, codec_of: CodecOf) -> None:
        """`codec_of` gives the codecs of what stands in it."""
        self.cls = cls
        self.version = version
        self.constants = layout.constants
        self.size = layout.size
        self._size_offset = layout.size_offset
        self._make = _Maker(cls, layout).make
        self._readers, self._writers = compile_steps(layout, cls, version, codec_of)
        absent = [field for field in _arguments(cls) if field.name not in layout.names]
        self._absent = [field.name for field in absent]
        self._absent_values = getter(self._absent)
        self._absent_defaults = tuple(_default(field)() for field in absent)

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The object that begins at `start`, and where it stops; `end` bounds it. Raises Fault."""
        if self._size_offset is not None:
            end = self._own_end(data, start, end, self._size_offset)
        values: Values = []
        position = start
        for read in self._readers:
            position = read(data, position, end, values)
        if self._size_offset is not None and position != end:
            text = f"{end - position} bytes too many"
            raise Fault(self.cls.bad_length, "length", position, text)
        return self._make(values), position

    def write(self, value: Any, out: bytearray) -> None:
        """Append the bytes of `value`. Raises Unsupported or EncodeError."""
        if not isinstance(value, self.cls):
            name = self.cls.__name__
            raise EncodeError(name, "", f"expected {name}, got {value!r}")
        if self._absent and self._absent_values(value) != self._absent_defaults:
            raise self._unsupported(value)
        start = len(out)
        for write in self._writers:
            write(value, out, start)
        if self._size_offset is not None:
            size = len(out) - start
            patch_length(out, start + self._size_offset, size, self.cls.__name__, "")

    def _own_end(self, data: bytes, start: int, end: int, offset: int) -> int:
        if start + offset + 2 > end:
            raise Fault(self.cls.bad_length, "length", min(start + offset, end), "truncated")
        (size,) = _U16.unpack_from(data, start + offset)
        if size < offset + 2 or start + size > end:
            text = f"a length of {size} does not fit the {end - start} bytes there are"
            raise Fault(self.cls.bad_length, "length", start + offset, text)
        return int(start + size)

    def _unsupported(self, value: Any) -> Unsupported:
        """Find the field that is set although this version has no place for it."""
        values = zip(self._absent, self._absent_values(value), self._absent_defaults, strict=True)
        name = next(name for name, held, default in values if held != default)
        return Unsupported(self.cls.__name__, name, self.version)


class _Maker:
    """Makes an object of what the steps of a layout read: arguments in their order, defaults for the others."""

    def __init__(self, cls: type[Any], layout: Layout) -> None:
        self._cls = cls
        arguments = _arguments(cls)
        others = [field for field in arguments if field.name not in layout.order]
        self._defaults = [
            _constant(layout.constants[field.name][0])
            if field.name in layout.constants
            else _default(field)
            for field in others
        ]
        order = [*layout.order, *(field.name for field in others)]
        positional = [order.index(field.name) for field in arguments if not field.kw_only]
        self._positional = _picker(positional)
        self._named = [field.name for field in arguments if field.kw_only]
        self._by_name = _picker([order.index(name) for name in self._named])

    def make(self, values: Values) -> Any:
        for default in self._defaults:
            values.append(default())
        if not self._named:
            return self._cls(*self._positional(values))
        named = dict(zip(self._named, self._by_name(values), strict=True))
        return self._cls(*self._positional(values), **named)


def _arguments(cls: type[Any]) -> list[Field[Any]]:
    """The fields that making an object takes; the header's xid is not the layouts' business."""
    return [field for field in fields(cls) if field.init and field.name != "xid"]


def _default(field: Field[Any]) -> Callable[[], Any]:
    return _constant(field.default) if field.default_factory is MISSING else field.default_factory


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _picker(places: list[int]) -> Callable[[Values], tuple[Any, ...]]:
    """A function that picks these places of a list, as a tuple however many they are."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)
