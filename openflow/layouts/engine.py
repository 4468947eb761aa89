"""The Python engine: runs layouts. It is written to be read; the native one runs the same steps.

A class's layout for a version is turned, once, into a list of small functions that read and a list of those that write
(`openflow.layouts.steps`). Here they are put together to codecs: `StructCodec` for one class, `FamilyCodec` for the
kinds of a thing that a type code tells apart. `openflow.codec` stands on top and knows the message header.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from operator import itemgetter
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported, takes
from openflow.faults import Fault
from openflow.layouts.language import Layout, compile_layout
from openflow.layouts.parts import Codec, Values, patch_length
from openflow.layouts.runs import getter
from openflow.layouts.steps import compile_steps
from openflow.structs import FAMILIES, STRUCTS, Code, Element
from openflow.versions import Version

_U16 = struct.Struct(">H")
_HEADER = struct.Struct(">HH")
_SUBTYPES = {2: struct.Struct(">IH"), 4: struct.Struct(">II")}
"""An experimenter and its subtype, by the size of the subtype."""
MAX_DEPTH = 8
"""How deep the elements of a family may hold elements of it."""


class StructCodec:
    """Reads and writes one class by one layout."""

    def __init__(self, cls: type[Any], layout: Layout, version: Version) -> None:
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


class FamilyCodec:
    """Reads and writes the elements of a family in one version: type, length, what the type says, padding."""

    def __init__(self, name: str, version: Version) -> None:
        base: Any = STRUCTS[name]
        self.base = base
        self._raw: Any = STRUCTS[base.raw]
        self._version = version
        self._alignment: int = base.alignment
        self._padded: bool = base.padded_length
        self._length_at = 0 if base.length_first else 2
        self._subtype = _SUBTYPES[base.subtype_size]
        self._by_code: dict[int, StructCodec] = {}
        self._by_subtype: dict[int, dict[tuple[int, int], StructCodec]] = {}
        self._by_class: dict[type[Any], list[tuple[int, StructCodec]]] = {}
        for cls, code, layout in members(name, version):
            self._add(cls, code, StructCodec(cls, layout, version))
        self._fixed = {
            cls: self._head(*codecs[0])
            for cls, codecs in self._by_class.items()
            if len(codecs) == 1 and codecs[0][1].size is not None
        }

    def _add(self, cls: type[Any], code: Code, codec: StructCodec) -> None:
        if isinstance(code, int):
            self._by_code[code] = codec
        else:
            code, experimenter, subtype = code
            self._by_subtype.setdefault(code, {})[experimenter, subtype] = codec
        self._by_class.setdefault(cls, []).append((code, codec))

    def member(self, code: Code) -> StructCodec:
        """The codec of the elements with this code, for what stands between header and padding."""
        if isinstance(code, int):
            return self._by_code[code]
        kind, experimenter, subtype = code
        return self._by_subtype[kind][experimenter, subtype]

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The element at `start`, and where the next begins. Raises Fault."""
        if start + 4 > end:
            raise Fault(self.base.bad_length, "", start, "truncated header")
        code, length = _HEADER.unpack_from(data, start)
        if not self._length_at:
            code, length = length, code
        stop = start + length
        padding = -length % self._alignment
        following = stop if self._padded else stop + padding
        if length < 4 or following > end or (self._padded and padding):
            raise self._bad_length(start, length, end)
        codec = self._by_code.get(code)
        if code in self._by_subtype and start + 4 + self._subtype.size <= stop:
            numbers = self._subtype.unpack_from(data, start + 4)
            codec = self._by_subtype[code].get(numbers, codec)
        if codec is None:
            return self._raw(code, data[start + 4 : stop]), following
        value, position = codec.read(data, start + 4, stop)
        if position != stop:
            text = f"{stop - position} bytes too many for {codec.cls.__name__}"
            raise Fault(self.base.bad_length, "length", start + self._length_at, text)
        return value, following

    def write(self, value: Any, out: bytearray) -> None:
        """Append the bytes of an element. Raises Unsupported or EncodeError."""
        fixed = self._fixed.get(type(value))
        if fixed is not None:
            head, codec, tail = fixed
            out += head
            codec.write(value, out)
            out += tail
            return
        start = len(out)
        if type(value) is self._raw:
            self._write_raw(value, out)
        else:
            code, codec = self._choose(value)
            out += self._header(code, 0)
            codec.write(value, out)
        length = len(out) - start
        padding = -length % self._alignment
        if padding:
            out += bytes(padding)
            length += padding if self._padded else 0
        patch_length(out, start + self._length_at, length, type(value).__name__, "")

    def _header(self, code: int, length: int) -> bytes:
        return _HEADER.pack(code, length) if self._length_at else _HEADER.pack(length, code)

    def _head(self, code: int, codec: StructCodec) -> tuple[bytes, StructCodec, bytes]:
        """What stands around the fields of a class that always takes the same number of bytes."""
        length = 4 + (codec.size or 0)
        padding = -length % self._alignment
        head = self._header(code, length + padding if self._padded else length)
        return head, codec, bytes(padding)

    def _bad_length(self, start: int, length: int, end: int) -> Fault:
        if length >= 4 and start + length <= end:
            text = f"a length of {length} is no multiple of {self._alignment}, or its padding is missing"
        else:
            text = f"a length of {length} does not fit the {end - start} bytes there are"
        return Fault(self.base.bad_length, "length", start + self._length_at, text)

    def _write_raw(self, value: Any, out: bytearray) -> None:
        try:
            out += self._header(value.type, 0)
        except struct.error:
            text = f"cannot hold {value.type!r}: {takes(2)}"
            raise EncodeError(self.base.raw, "type", text) from None
        if not isinstance(value.data, bytes):
            raise EncodeError(self.base.raw, "data", f"takes bytes, not {value.data!r}")
        out += value.data

    def _choose(self, value: Any) -> tuple[int, StructCodec]:
        """The type code and the codec for an element: of several, the one whose constants it has."""
        candidates = self._by_class.get(type(value))
        if candidates is None:
            raise self._unknown(value)
        for candidate in candidates:
            if all(getattr(value, key) in held for key, held in candidate[1].constants.items()):
                return candidate
        name = next(iter(candidates[0][1].constants))
        text = (
            f"OpenFlow {self._version} has no {type(value).__name__} for {getattr(value, name)!r}"
        )
        raise Unsupported(type(value).__name__, name, self._version, text)

    def _unknown(self, value: Any) -> EncodeError:
        if isinstance(value, self.base):
            return Unsupported(type(value).__name__, "", self._version)
        base = self.base.__name__
        return EncodeError(base, "", f"expected {base}, got {value!r}")


def members(name: str, version: Version) -> Iterator[tuple[type[Any], Code, Layout]]:
    """The classes of a family that a version has, with each one's code and what stands between header and padding."""
    base: Any = STRUCTS[name]
    subtypes = _SUBTYPES[base.subtype_size]
    for cls in FAMILIES[name].values():
        for code, text in cls.layout.get(version, {}).items():
            numbers = "" if isinstance(code, int) else f"#{subtypes.pack(*code[1:]).hex()} "
            yield cls, code, compile_layout(numbers + text)


class _Inner(threading.local):
    """The codec of a family inside of itself (actions that hold actions), which bounds how deep they go."""

    def __init__(self, name: str, version: Version) -> None:
        self._key = (name, version)
        self._depth = 0

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The element at `start`, and where the next begins. Raises Fault."""
        if self._depth == MAX_DEPTH:
            raise Fault(ErrorCode.BAD_ACTION__TOO_MANY, "", start, "nested too deep")
        self._depth += 1
        try:
            return codec_of(*self._key).read(data, start, end)
        finally:
            self._depth -= 1

    def write(self, value: Any, out: bytearray) -> None:
        """Append the bytes of an element. Raises Unsupported or EncodeError."""
        if self._depth == MAX_DEPTH:
            raise EncodeError(type(value).__name__, "", "is nested too deep")
        self._depth += 1
        try:
            codec_of(*self._key).write(value, out)
        finally:
            self._depth -= 1


_made: dict[tuple[str, Version], Codec] = {}
_making: dict[tuple[str, Version], Codec] = {}
"""Codecs on their way: a family's own elements, which are made first, find an _Inner."""
_lock = threading.RLock()


def codec_of(name: str, version: Version) -> Codec:
    """The codec of a structure or a family in a version, made at first use."""
    key = (name, version)
    codec = _made.get(key)
    if codec is not None:
        return codec
    with _lock:
        codec = _made.get(key) or _making.get(key)
        if codec is None:
            _making[key] = _Inner(name, version)
            try:
                codec = _made[key] = _make(name, version)
            finally:
                del _making[key]
    return codec


def _make(name: str, version: Version) -> StructCodec | FamilyCodec:
    cls = STRUCTS[name]
    if issubclass(cls, Element):
        return FamilyCodec(name, version)
    text = cls.layout.get(version)
    if text is None:
        raise Unsupported(name, "", version)
    return StructCodec(cls, compile_layout(text), version)


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
