"""Messages to bytes and back: the header (OpenFlow 1.3.5, 7.1) around what the layouts say.

`decode` is total: any bytes give a message or a DecodeError that names message, field and offset; `encode` gives bytes,
or raises Unsupported for what the version cannot say and EncodeError for what a field cannot hold.

There are two of each. `encode_python` and `decode_python` are the ones to read; the native engine
(`openflow.layouts.plans` says what it is told) does the same, and leaves to them what it does not do itself, as well as
saying what is wrong with a message or with bytes. `encode` and `decode` are the native ones where they were compiled,
unless the environment says `OFSWITCH_ENGINE=python`.
"""

from __future__ import annotations

import reprlib
import struct
from typing import Any, Protocol

from openflow import native
from openflow.errors import DecodeError, EncodeError, ErrorCode, Unsupported, takes
from openflow.faults import Fault
from openflow.forms import enclosed
from openflow.framing import HEADER_SIZE
from openflow.layouts.engine import codec_of
from openflow.layouts.heads import NUMBERS, message_text, numbers_offset
from openflow.layouts.language import compile_layout
from openflow.layouts.struct_codec import StructCodec
from openflow.messages import MESSAGES, Message
from openflow.structs import Code
from openflow.templates.untouched import Untouched
from openflow.versions import SUPPORTED, V1_3, Version

_HEADER = struct.Struct(">BBHI")
_HELLO = 0
_EXPERIMENTER = 0xFFFF
"""The type of experimenters' multipart messages."""


class Encode(Protocol):
    """What `encode` is, whichever it is."""

    def __call__(self, message: Message, version: Version, *, xid: int | None = None) -> bytes:
        """The message's bytes in `version`, with `xid` in place of its own if one is given.

        A message within it that has no xid gets the one that is given, too. Raises Unsupported or EncodeError; nothing
        else.
        """


class Decode(Protocol):
    """What `decode` is, whichever it is."""

    def __call__(self, data: bytes, /) -> Message:
        """The message in `data`, which must be one whole message. Raises DecodeError; nothing else."""


class _VersionCodec:
    """All messages of one version: by type code to read them, by class to write them."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.by_type: dict[int, StructCodec] = {}
        self.by_part: dict[int, dict[int, StructCodec]] = {}
        self.by_numbers: dict[int, dict[tuple[int, int], StructCodec]] = {}
        self.by_class: dict[type[Message], tuple[int, bytes, StructCodec]] = {}
        for cls in MESSAGES.values():
            for code, text in cls.layout.get(version, {}).items():
                self._add(cls, code, text)

    def _add(self, cls: type[Message], code: Code, text: str) -> None:
        layout = compile_layout(message_text(code, text, self.version))
        codec = StructCodec(cls, layout, self.version, codec_of)
        head = bytes(HEADER_SIZE)
        match code:
            case int(type_):
                self.by_type[type_] = codec
            case (type_, part):
                self.by_part.setdefault(type_, {})[part] = codec
                head += part.to_bytes(2, "big")
            case (type_, *part, experimenter, number):
                self.by_numbers.setdefault(type_, {})[experimenter, number] = codec
                head += b"".join(kind.to_bytes(2, "big") for kind in part)
            case _:
                raise ValueError(f"{cls.__name__} has a code of no form: {code}")
        self.by_class[cls] = (type_, head, codec)

    def of_numbers(self, data: bytes, type_: int, start: int, plain: StructCodec) -> StructCodec:
        """The codec of an experimenter's message whose numbers stand at `start`, or of any experimenter's."""
        if start + NUMBERS.size > len(data):
            return plain
        numbers: Any = NUMBERS.unpack_from(data, start)
        return self.by_numbers[type_].get(numbers, plain)


_codecs: list[_VersionCodec | None] = [None] * 256
"""By the version byte of the header; a version's codec is made when it is first needed."""


def _codec(version: Version) -> _VersionCodec:
    codec = _codecs[version]
    if codec is None:
        codec = _codecs[version] = _VersionCodec(Version(version))  # native code has numbers
    return codec


def encode_python(message: Message, version: Version, *, xid: int | None = None) -> bytes:
    """The message's bytes in `version`, with `xid` in place of its own if one is given.

    A message within it that has no xid gets the one that is given, too.

    Raises Unsupported or EncodeError; nothing else.
    """
    found = (_codecs[version] or _codec(version)).by_class.get(type(message))
    if found is None:
        if isinstance(message, Untouched):
            return message.encode_untouched(version, xid)
        raise _not_a_message(message, version)
    code, head, codec = found
    if xid is not None and message.encloses:
        message = enclosed.under(message, xid)
    out = bytearray(head)
    codec.write(message, out)
    if len(out) > 0xFFFF:
        raise EncodeError(type(message).__name__, "", f"takes {len(out)} bytes, 65535 are the most")
    if xid is None:
        xid = message.xid
    try:
        _HEADER.pack_into(out, 0, version, code, len(out), xid)
    except struct.error:
        raise EncodeError(
            type(message).__name__, "xid", f"cannot hold {xid!r}: {takes(4)}"
        ) from None
    return bytes(out)


def decode_python(data: bytes) -> Message:
    """The message in `data`, which must be one whole message. Raises DecodeError; nothing else.

    A hello is read whatever its version; other messages of a version that has no layouts are BAD_VERSION.
    """
    if len(data) < HEADER_SIZE:
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_LEN, "length", len(data), "truncated header")
    number, type_, length, xid = _HEADER.unpack_from(data)
    if length != len(data):
        text = f"says {length} bytes, there are {len(data)}"
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_LEN, "length", 2, text)
    codec, start = _find(data, number, type_)
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
        codec, _ = _find(data, data[0], data[1])
    except DecodeError:
        return f"type {data[1]}"
    return codec.cls.__name__


def _find(data: bytes, number: int, type_: int) -> tuple[StructCodec, int]:
    """The codec for a message, and where its body begins."""
    codecs = _codecs[number] or _codec(_version(number, type_))
    codec = codecs.by_type.get(type_)
    if codec is not None:
        if type_ in codecs.by_numbers:
            codec = codecs.of_numbers(data, type_, HEADER_SIZE, codec)
        return codec, HEADER_SIZE
    parts = codecs.by_part.get(type_)
    if parts is None:
        text = f"OpenFlow {codecs.version} has no message type {type_}"
        raise _header_error(ErrorCode.BAD_REQUEST__BAD_TYPE, "type", 1, text)
    body = HEADER_SIZE + 2
    if len(data) < body:
        code = ErrorCode.BAD_REQUEST__BAD_LEN
        raise _header_error(code, "multipart_type", len(data), "truncated")
    part = int.from_bytes(data[HEADER_SIZE:body], "big")
    codec = parts.get(part)
    if codec is None:
        text = f"OpenFlow {codecs.version} has no multipart type {part}"
        code = ErrorCode.BAD_REQUEST__BAD_MULTIPART
        raise _header_error(code, "multipart_type", HEADER_SIZE, text)
    if part == _EXPERIMENTER and type_ in codecs.by_numbers:
        start = numbers_offset(codecs.version, is_multipart=True)
        codec = codecs.of_numbers(data, type_, start, codec)
    return codec, body


def _version(number: int, type_: int) -> Version:
    """The version whose layouts read a message; a hello is read whatever it says."""
    if number in SUPPORTED:
        return Version(number)
    if type_ == _HELLO:
        return V1_3
    text = f"version {number:#04x} is not spoken here"
    raise _header_error(ErrorCode.BAD_REQUEST__BAD_VERSION, "version", 0, text)


def _header_error(code: ErrorCode, field: str, offset: int, text: str) -> DecodeError:
    return DecodeError(code, "Header", field, offset, text)


def _not_a_message(message: object, version: Version) -> EncodeError:
    if isinstance(message, Message):
        return Unsupported(type(message).__name__, "", version)
    if isinstance(message, type) and issubclass(message, Message):
        name = message.__name__
        return EncodeError(name, "", f"is no message but a class; {name}() makes one")
    text = f"{reprlib.repr(message)} is no message; one such as FlowMod() is expected"
    return EncodeError(type(message).__name__, "", text)


def _plan(number: int) -> Any:
    """What the native engine is told of a version, when it is first needed."""
    from openflow.layouts.plans import plan

    return plan(number)


NATIVE = native.engine(_plan, encode_python, decode_python)
"""The native engine, if that is the one in use."""

encode: Encode = encode_python if NATIVE is None else NATIVE.encode
decode: Decode = decode_python if NATIVE is None else NATIVE.decode

enclosed.use(enclosed.Whole(encode, decode, message_name))
