"""The Python engine: runs layouts. It is written to be read; the native one runs the same steps.

A class's layout for a version is turned, once, into a list of small functions that read and a list of those that write
(`openflow.layouts.steps`). They are put together to codecs: `StructCodec` for one class, `FamilyCodec` for the kinds of
a thing that a type code tells apart. Here each is made when it is first needed, and found by its name in the layouts.
`openflow.codec` stands on top and knows the message header.
"""

from __future__ import annotations

import threading
from typing import Any

from openflow.errors import EncodeError, ErrorCode, Unsupported
from openflow.faults import Fault
from openflow.layouts.family_codec import FamilyCodec
from openflow.layouts.language import compile_layout
from openflow.layouts.parts import Codec
from openflow.layouts.struct_codec import StructCodec
from openflow.structs import STRUCTS, Element
from openflow.versions import Version

MAX_DEPTH = 8
"""How deep the elements of a family may hold elements of it."""


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
        return FamilyCodec(name, version, codec_of)
    text = cls.layout.get(version)
    if text is None:
        raise Unsupported(name, "", version)
    return StructCodec(cls, compile_layout(text), version, codec_of)
