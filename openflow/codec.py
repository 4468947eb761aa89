"""Messages to bytes and back: the header (OpenFlow 1.3.5, 7.1) around what the layouts say.

`decode` is total: any bytes give a message or a DecodeError that names message, field and offset; `encode` gives bytes,
or raises Unsupported for what the version cannot say and EncodeError for what a field cannot hold.
"""

from __future__ import annotations

import struct
from functools import cache

from openflow.engine import StructCodec
from openflow.errors import DecodeError, EncodeError, ErrorCode, Unsupported
from openflow.layout import compile_layout
from openflow.messages import MESSAGES, Message
from openflow.steps import Fault
from openflow.structs import Code
from openflow.versions import SUPPORTED, V1_0, V1_3, Version

HEADER_SIZE = 8
_HEADER = struct.Struct(">BBHI")
_HELLO = 0
_MULTIPART_HEAD = {V1_0: "flags:u16", V1_3: "flags:u16 pad4"}
"""What stands between a multipart message's type and its body."""


class _VersionCodec:
    """All messages of one version: by type code to read them, by class to write them."""

    def __init__(self, version: Version) -> None:
        self.by_code: dict[Code, StructCodec] = {}
        self.by_class: dict[type[Message], tuple[Code, StructCodec]] = {}
        for cls in MESSAGES.values():
            for code, text in cls.layout.get(version, {}).items():
                head = _MULTIPART_HEAD[version] if isinstance(code, tuple) else ""
                codec = StructCodec(cls, compile_layout(f"{head} {text}"), version)
                self.by_code[code] = codec
                self.by_class[cls] = (code, codec)
        self.multiparts = {code[0] for code in self.by_code if isinstance(code, tuple)}


@cache
def _codec(version: Version) -> _VersionCodec:
    return _VersionCodec(version)


def encode(message: Message, version: Version) -> bytes:
    """The message's bytes in `version`. Raises Unsupported or EncodeError; nothing else."""
    found = _codec(version).by_class.get(type(message))
    if found is None:
        raise Unsupported(type(message).__name__, "", version)
    code, codec = found
    out = bytearray(HEADER_SIZE)
    if isinstance(code, tuple):
        code, part = code
        out += part.to_bytes(2, "big")
    codec.write(message, out)
    if len(out) > 0xFFFF:
        raise EncodeError(type(message).__name__, "", f"takes {len(out)} bytes, 65535 are the most")
    try:
        _HEADER.pack_into(out, 0, version, code, len(out), message.xid)
    except struct.error:
        raise EncodeError(type(message).__name__, "xid", f"cannot hold {message.xid!r}") from None
    return bytes(out)


def decode(data: bytes) -> Message:
    """The message in `data`, which must be one whole message. Raises DecodeError; nothing else.

    A hello is read whatever its version; other messages of a version that has no layouts are BAD_VERSION.
    """
    if len(data) < HEADER_SIZE:
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_LEN, "length", len(data), "truncated header")
    number, code, length, xid = _HEADER.unpack_from(data)
    if length != len(data):
        text = f"says {length} bytes, there are {len(data)}"
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_LEN, "length", 2, text)
    codec, start = _find(data, _version(number, code), code)
    try:
        message, position = codec.read(data, start, length)
        if position != length:
            text = f"{length - position} bytes too many"
            raise Fault(ErrorCode.BAD_REQUEST__BAD_LEN, "length", position, text)
    except Fault as fault:
        name = codec.cls.__name__
        raise DecodeError(fault.code, name, fault.field, fault.offset, fault.text) from None
    message.xid = xid
    return message  # type: ignore[no-any-return]


def message_name(data: bytes) -> str:
    """What the message that begins with these bytes is called, for logs; `type N` when it is none."""
    if len(data) < HEADER_SIZE:
        return "truncated header"
    try:
        codec, _ = _find(data, _version(data[0], data[1]), data[1])
    except DecodeError:
        return f"type {data[1]}"
    return codec.cls.__name__


def _version(number: int, code: int) -> Version:
    if number in SUPPORTED:
        return Version(number)
    if code == _HELLO:
        return V1_3
    text = f"version {number:#04x} is not spoken here"
    raise _header_error(ErrorCode.BAD_REQUEST__BAD_VERSION, "version", 0, text)


def _find(data: bytes, version: Version, type_: int) -> tuple[StructCodec, int]:
    """The codec for a message, and where its body begins."""
    codecs = _codec(version)
    if type_ not in codecs.multiparts:
        codec = codecs.by_code.get(type_)
        if codec is None:
            text = f"OpenFlow {version} has no message type {type_}"
            raise _header_error(ErrorCode.BAD_REQUEST__BAD_TYPE, "type", 1, text)
        return codec, HEADER_SIZE
    if len(data) < HEADER_SIZE + 2:
        raise _header_error(
            ErrorCode.BAD_REQUEST__BAD_LEN, "multipart type", len(data), "truncated"
        )
    part = int.from_bytes(data[HEADER_SIZE : HEADER_SIZE + 2], "big")
    codec = codecs.by_code.get((type_, part))
    if codec is None:
        text = f"OpenFlow {version} has no multipart type {part}"
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_MULTIPART, "multipart type", 8, text)
    return codec, HEADER_SIZE + 2


def _header_error(code: ErrorCode, field: str, offset: int, text: str) -> DecodeError:
    return DecodeError(code, "Header", field, offset, text)
