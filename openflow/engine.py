"""The Python engine: runs layouts. It is written to be read; the native one runs the same steps.

A class's layout for a version is turned, once, into a list of small functions that read and a list of those that write
(`openflow.steps`). Here they are put together to codecs: `StructCodec` for one class, `FamilyCodec` for the kinds of a
thing that a type code tells apart. `openflow.codec` stands on top and knows the message header.
"""

from __future__ import annotations

import struct
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from openflow.errors import EncodeError, Unsupported
from openflow.layout import Layout, compile_layout
from openflow.steps import Fault, Values, compile_steps, patch_length
from openflow.structs import FAMILIES, STRUCTS, Element
from openflow.versions import Version

_U16 = struct.Struct(">H")
_HEADER = struct.Struct(">HH")


class StructCodec:
    """Reads and writes one class by one layout."""

    def __init__(self, cls: type[Any], layout: Layout, version: Version) -> None:
        self.cls = cls
        self.version = version
        self.constants = layout.constants
        self._initial = {name: values[0] for name, values in layout.constants.items()}
        self._size_offset = layout.size_offset
        self._readers, self._writers = compile_steps(layout, cls, version, codec_of)
        self._absent = _absent_fields(cls, layout)

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The object that begins at `start`, and where it stops; `end` bounds it. Raises Fault."""
        if self._size_offset is not None:
            end = self._own_end(data, start, end, self._size_offset)
        values: Values = self._initial.copy()
        position = start
        for read in self._readers:
            position = read(data, position, end, values)
        if self._size_offset is not None and position != end:
            raise Fault(self.cls.bad_length, "", position, f"{end - position} bytes too many")
        return self.cls(**values), position

    def write(self, value: Any, out: bytearray) -> None:
        """Append the bytes of `value`. Raises Unsupported or EncodeError."""
        for name, default in self._absent:
            if getattr(value, name) != default:
                raise Unsupported(self.cls.__name__, name, self.version)
        start = len(out)
        for write in self._writers:
            write(value, out, start)
        if self._size_offset is not None:
            patch_length(out, start + self._size_offset, len(out) - start, self.cls.__name__)

    def _own_end(self, data: bytes, start: int, end: int, offset: int) -> int:
        if start + offset + 2 > end:
            raise Fault(self.cls.bad_length, "length", start + offset, "truncated")
        (size,) = _U16.unpack_from(data, start + offset)
        if size < offset + 2 or start + size > end:
            text = f"a length of {size} does not fit the {end - start} bytes there are"
            raise Fault(self.cls.bad_length, "length", start + offset, text)
        return int(start + size)


class FamilyCodec:
    """Reads and writes the elements of a family in one version: type, length, what the type says, padding."""

    def __init__(self, name: str, version: Version) -> None:
        base: Any = STRUCTS[name]
        self.base = base
        self._raw: Any = STRUCTS[base.raw]
        self._version = version
        self._by_code: dict[int, StructCodec] = {}
        self._by_class: dict[type[Any], list[tuple[int, StructCodec]]] = {}
        for cls in FAMILIES[name].values():
            for code, text in cls.layout.get(version, {}).items():
                codec = StructCodec(cls, compile_layout(text), version)
                self._by_code[code] = codec
                self._by_class.setdefault(cls, []).append((code, codec))

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The element at `start`, and where the next begins. Raises Fault."""
        if start + 4 > end:
            raise Fault(self.base.bad_length, "", start, "truncated header")
        code, length = _HEADER.unpack_from(data, start)
        stop = start + length
        following = stop if self.base.padded_length else stop + -length % self.base.alignment
        if (
            length < 4
            or following > end
            or (self.base.padded_length and length % self.base.alignment)
        ):
            text = f"a length of {length} does not fit the {end - start} bytes there are"
            raise Fault(self.base.bad_length, "length", start + 2, text)
        codec = self._by_code.get(code)
        if codec is None:
            return self._raw(code, data[start + 4 : stop]), following
        value, position = codec.read(data, start + 4, stop)
        if position != stop:
            text = f"{stop - position} bytes too many for {codec.cls.__name__}"
            raise Fault(self.base.bad_length, "length", start + 2, text)
        return value, following

    def write(self, value: Any, out: bytearray) -> None:
        """Append the bytes of an element. Raises Unsupported or EncodeError."""
        start = len(out)
        if isinstance(value, self._raw):
            out += _HEADER.pack(value.type, 0) + value.data
        else:
            code, codec = self._choose(value)
            out += _HEADER.pack(code, 0)
            codec.write(value, out)
        length = len(out) - start
        padding = -length % self.base.alignment
        out += bytes(padding)
        patch_length(
            out,
            start + 2,
            length + padding if self.base.padded_length else length,
            self.base.__name__,
        )

    def _choose(self, value: Any) -> tuple[int, StructCodec]:
        candidates = self._by_class.get(type(value))
        if candidates is None:
            if not isinstance(value, self.base):
                text = f"expected {self.base.__name__}, got {value!r}"
                raise EncodeError(self.base.__name__, "", text)
            raise Unsupported(type(value).__name__, "", self._version)
        for code, codec in candidates:
            if _constants_fit(codec, value):
                return code, codec
        name = next(iter(candidates[0][1].constants))
        text = f"OpenFlow {self._version} cannot set {getattr(value, name)}"
        raise Unsupported(type(value).__name__, name, self._version, text)


@cache
def codec_of(name: str, version: Version) -> StructCodec | FamilyCodec:
    """The codec of a structure or a family in a version, made at first use."""
    cls = STRUCTS[name]
    if issubclass(cls, Element):
        return FamilyCodec(name, version)
    text = cls.layout.get(version)
    if text is None:
        raise Unsupported(name, "", version)
    return StructCodec(cls, compile_layout(text), version)


def _constants_fit(codec: StructCodec, value: Any) -> bool:
    return all(getattr(value, name) in values for name, values in codec.constants.items())


def _absent_fields(cls: type[Any], layout: Layout) -> list[tuple[str, Any]]:
    """The fields that this layout cannot say, with the default that they must therefore have."""
    absent = []
    for field in fields(cls):
        if field.name not in layout.names and field.name != "xid":
            factory = field.default_factory
            default = field.default if factory is MISSING else factory()
            absent.append((field.name, default))
    return absent
