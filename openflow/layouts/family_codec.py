"""The kinds of a thing that a type code tells apart: actions, instructions, properties."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from openflow.errors import EncodeError, Unsupported, takes
from openflow.faults import Fault
from openflow.layouts.language import Layout, compile_layout
from openflow.layouts.parts import CodecOf, patch_length
from openflow.layouts.struct_codec import StructCodec
from openflow.structs import FAMILIES, STRUCTS, Code
from openflow.versions import Version

_HEADER = struct.Struct(">HH")
_SUBTYPES = {2: struct.Struct(">IH"), 4: struct.Struct(">II")}
"""An experimenter and its subtype, by the size of the subtype."""


class FamilyCodec:
    """Reads and writes the elements of a family in one version: type, length, what the type says, padding."""

    def __init__(self, name: str, version: Version, codec_of: CodecOf) -> None:
        """`codec_of` gives the codecs of what stands in its elements."""
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
            self._add(cls, code, StructCodec(cls, layout, version, codec_of))
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
        hint = ""
        if base == "Instruction" and isinstance(value, STRUCTS["Action"]):
            hint = "; actions go into ApplyActions([...])"
        if base == "Action" and isinstance(value, STRUCTS["Instruction"]):
            hint = f"; here actions stand by themselves, without {type(value).__name__}"
        return EncodeError(base, "", f"expected {base}, got {value!r}{hint}")


def members(name: str, version: Version) -> Iterator[tuple[type[Any], Code, Layout]]:
    """The classes of a family that a version has, with each one's code and what stands between header and padding."""
    base: Any = STRUCTS[name]
    subtypes = _SUBTYPES[base.subtype_size]
    for cls in FAMILIES[name].values():
        for code, text in cls.layout.get(version, {}).items():
            numbers = "" if isinstance(code, int) else f"#{subtypes.pack(*code[1:]).hex()} "
            yield cls, code, compile_layout(numbers + text)
