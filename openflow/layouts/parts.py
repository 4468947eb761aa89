"""What steps and special forms are made of: the shape of their functions, lists of elements, lengths."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol

from openflow.errors import EncodeError
from openflow.faults import Fault
from openflow.versions import Version

Values = list[Any]
Reader = Callable[[bytes, int, int, Values], int]
Writer = Callable[[Any, bytearray, int], None]

_U16 = struct.Struct(">H")


class Codec(Protocol):
    """Reads and writes one structure or one element of a family."""

    def read(self, data: bytes, start: int, end: int) -> tuple[Any, int]:
        """The value that begins at `start`, and where it stops. Raises Fault."""

    def write(self, value: Any, out: bytearray) -> None:
        """Append the value's bytes. Raises EncodeError or Unsupported."""


CodecOf = Callable[[str, Version], Codec]

Form = Callable[[tuple[str, ...], Version, CodecOf], tuple[Reader, Writer]]
"""Makes the functions that read and write a form which fills the fields of these names."""


def patch_length(out: bytearray, offset: int, length: int, owner: str, name: str) -> None:
    """Write a 16-bit length that is known only now; raise EncodeError when it does not fit."""
    if length > 0xFFFF:
        raise EncodeError(owner, name, f"takes {length} bytes, 65535 are the most")
    _U16.pack_into(out, offset, length)


def write_all(items: Any, codec: Codec, out: bytearray, owner: str, name: str) -> None:
    """Append the elements of the list `name` of an `owner`; errors name the element."""
    if not isinstance(items, list | tuple):
        raise EncodeError(owner, name, f"takes a list, not {items!r}")
    index = 0
    try:
        for item in items:
            codec.write(item, out)
            index += 1
    except EncodeError as error:
        raise error.within(owner, f"{name}[{index}]") from None


def read_all(data: bytes, position: int, stop: int, codec: Codec, name: str) -> list[Any]:
    """The elements of the list `name` that fill the bytes up to `stop`; faults name the element."""
    items: list[Any] = []
    try:
        while position < stop:
            item, position = codec.read(data, position, stop)
            items.append(item)
    except Fault as fault:
        raise fault.within(f"{name}[{len(items)}]") from None
    return items
