"""Messages within messages: what a bundle is given, and a request of another controller that is passed on.

A message that is enclosed begins with a header of its own, of the same version. One that encloses another itself may
not be enclosed, so they never nest deeper. How whole messages are read and written is not known here: `openflow.codec`,
which stands on top of all forms, says it by `use`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, NamedTuple

from openflow.errors import DecodeError, EncodeError, ErrorCode
from openflow.faults import Fault
from openflow.forms.special import add_form
from openflow.framing import HEADER_SIZE
from openflow.layouts.parts import CodecOf, Reader, Values, Writer, read_all, write_all
from openflow.messages.base import MESSAGES, Message
from openflow.versions import Version

_HEADER = struct.Struct(">BBH")


class Whole(NamedTuple):
    """What reads and writes whole messages."""

    encode: Callable[[Message, Version], bytes]
    decode: Callable[[bytes], Message]
    name: Callable[[bytes], str]
    """What the message that begins with these bytes is called."""


_whole: Whole


def use(whole: Whole) -> None:
    """Read and write enclosed messages by this."""
    global _whole
    _whole = whole


def under(message: Message, xid: int) -> Message:
    """A message with the one in it under the same xid, as bundles demand (1.4.0, 7.3.9.6), unless it has its own."""
    without: dict[str, Any] = {
        field.name: replace(held, xid=xid)
        for field in fields(message)
        if isinstance(held := getattr(message, field.name), Message) and held.xid == 0
    }
    return replace(message, **without) if without else message


def _message(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A message that fills all that is left."""
    (name,) = names

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        message, position = _read(data, position, end, name, version)
        values.append(message)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        _write(value, name, out, version)

    return read, write


def _bundled(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """A message, and properties, before which zeros fill it up to a multiple of 8 bytes (OpenFlow 1.4.0, 7.3.9.6)."""
    name, properties = names
    family = codec_of("BundleProperty", version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        message, following = _read(data, position, end, name, version)
        values.append(message)
        if following < end:
            following = _behind_padding(following, position, end)
        values.append(read_all(data, following, end, family, properties))
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        before = len(out)
        _write(value, name, out, version)
        if getattr(value, properties):
            out += bytes((before - len(out)) % 8)
        write_all(getattr(value, properties), family, out, type(value).__name__, properties)

    return read, write


def _behind_padding(position: int, start: int, end: int) -> int:
    """Where the properties begin behind a message that began at `start`; without them there is no padding."""
    following = position + (start - position) % 8
    if following >= end:
        text = f"{end - position} bytes too many"
        raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, "properties", position, text)
    return following


def _read(data: bytes, start: int, end: int, name: str, version: Version) -> tuple[Message, int]:
    """The message that begins at `start`, and where it stops. Raises Fault."""
    if start + HEADER_SIZE > end:
        raise Fault(ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, name, start, "truncated header")
    number, _, length = _HEADER.unpack_from(data, start)
    if number != version:
        text = f"version {number} within a message of version {version.value}"
        raise Fault(ErrorCode.BAD_REQUEST__BAD_VERSION, f"{name}.version", start, text)
    if length < HEADER_SIZE or start + length > end:
        text = f"a length of {length} does not fit the {end - start} bytes there are"
        raise Fault(ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, f"{name}.length", start + 2, text)
    inner = bytes(data[start : start + length])
    if _encloses(_whole.name(inner)):
        text = "encloses a message itself"
        raise Fault(ErrorCode.BUNDLE_FAILED__MSG_UNSUP, f"{name}.type", start + 1, text)
    try:
        return _whole.decode(inner), start + length
    except DecodeError as error:
        text = error.text.partition(": ")[2]
        raise Fault(error.code, f"{name}.{error.field}", start + error.offset, text) from None


def _encloses(name: str) -> bool:
    cls = MESSAGES.get(name)
    return cls is not None and cls.encloses


def _write(value: Any, name: str, out: bytearray, version: Version) -> None:
    """Append the message that the field `name` holds. Raises Unsupported or EncodeError."""
    owner = type(value).__name__
    message = getattr(value, name)
    if not isinstance(message, Message) or message.encloses:
        what = "a message that encloses none" if isinstance(message, Message) else "a message"
        raise EncodeError(owner, name, f"takes {what}, not {message!r}")
    try:
        out += _whole.encode(message, version)
    except EncodeError as error:
        raise error.within(owner, name) from None


add_form("message", _message)
add_form("bundled", _bundled)
