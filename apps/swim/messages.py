"""What members say to each other, in the words of hashicorp/memberlist (protocol version 5).

A message is one byte for its type and a msgpack map whose keys are the field names of memberlist's Go structures; so
`seq_no` here is `SeqNo` there. Its msgpack is of the time before strings and bytes were told apart: both are "raw".
A key that is not known is passed over, and one that is missing has its default, since that is how the protocol grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

import msgpack

from apps.swim.errors import MalformedMessage

COMPOUND, USER, COMPRESS, ENCRYPT, HAS_CRC = 7, 8, 9, 10, 12
"""Message types that are no map: what is around other messages (`apps.swim.packet`), and bytes of an application."""

U16, U32 = 0xFFFF, 0xFFFF_FFFF

NAME_MOST, META_MOST = 255, 512
"""Bytes that the name of a member may have, and its metadata: whatever is said of it fits a datagram, to be told on."""


@dataclass(frozen=True, slots=True)
class Message:
    """Any of the messages that are maps."""

    code: ClassVar[int]


@dataclass(frozen=True, slots=True)
class Ping(Message):
    """Are you there, `node`? The source says whom to answer; a peer of an old version leaves it out."""

    code = 0
    seq_no: int = 0
    node: str = ""
    source_addr: bytes = b""
    source_port: int = 0
    source_node: str = ""


@dataclass(frozen=True, slots=True)
class IndirectPing(Message):
    """Ping `node` at `target` for me, and tell me if it does not answer (`nack`)."""

    code = 1
    seq_no: int = 0
    target: bytes = b""
    port: int = 0
    node: str = ""
    nack: bool = False
    source_addr: bytes = b""
    source_port: int = 0
    source_node: str = ""


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """I am here; `payload` is of whoever wants to send some along."""

    code = 2
    seq_no: int = 0
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Suspect(Message):
    """`from_` has got no answer of `node` in this incarnation."""

    code = 3
    incarnation: int = 0
    node: str = ""
    from_: str = ""


@dataclass(frozen=True, slots=True)
class Alive(Message):
    """`node` lives at this address. `vsn` are six bytes: protocol and delegate versions, each least, most, current."""

    code = 4
    incarnation: int = 0
    node: str = ""
    addr: bytes = b""
    port: int = 0
    meta: bytes = b""
    vsn: bytes = b""


@dataclass(frozen=True, slots=True)
class Dead(Message):
    """`node` is dead, says `from_`; if that is the node itself, it has left."""

    code = 5
    incarnation: int = 0
    node: str = ""
    from_: str = ""


@dataclass(frozen=True, slots=True)
class Nack(Message):
    """Who was to be pinged for you has not answered me, but I am here."""

    code = 11
    seq_no: int = 0


@dataclass(frozen=True, slots=True)
class Refusal(Message):
    """Why a stream was not served (`errResp`)."""

    code = 13
    error: str = ""


@dataclass(frozen=True, slots=True)
class PushPullHeader(Message):
    """On a stream: so many states of nodes follow, and so many bytes of an application."""

    code = 6
    nodes: int = 0
    user_state_len: int = 0
    join: bool = False


@dataclass(frozen=True, slots=True)
class NodeState(Message):
    """What the sender knows of a node; `state` is 0 alive, 1 suspect, 2 dead, 3 left. It has no type byte."""

    code = -1
    name: str = ""
    addr: bytes = b""
    port: int = 0
    meta: bytes = b""
    incarnation: int = 0
    state: int = 0
    vsn: bytes = b""


@dataclass(frozen=True, slots=True)
class Compressed(Message):
    """A message under LZW; `algo` 0 is the only one."""

    code = COMPRESS
    algo: int = 0
    buf: bytes = b""


@dataclass(frozen=True, slots=True)
class UserHeader(Message):
    """On a stream: so many bytes of an application follow."""

    code = USER
    user_msg_len: int = 0


DATAGRAMS: dict[int, type[Message]] = {
    cls.code: cls for cls in (Ping, IndirectPing, Ack, Suspect, Alive, Dead, Nack)
}
"""What may stand in a datagram, by its type."""

RUMOURS = frozenset({Suspect.code, Alive.code, Dead.code})
"""The types of what is passed on."""

_OPTIONAL = frozenset({"source_addr", "source_port", "source_node"})
"""Fields that memberlist leaves out when they are empty."""

_LIMITS = {
    "seq_no": U32,
    "incarnation": U32,
    "port": U16,
    "source_port": U16,
    "state": 0xFF,
    "algo": 0xFF,
    "node": NAME_MOST,
    "name": NAME_MOST,
    "from_": NAME_MOST,
    "source_node": NAME_MOST,
    "meta": META_MOST,
}
"""The most that numbers may be, and the most bytes of names and metadata."""

_COUNT = (1 << 31) - 1
"""The most of all others, numbers or bytes."""

M = TypeVar("M", bound=Message)
Schema = tuple[tuple[str, str, bytes, Any, int], ...]
_schemas: dict[type[Message], Schema] = {}
_heads: dict[type[Message], bytes] = {}
_pack: Callable[[Any], bytes] = msgpack.Packer(
    use_bin_type=False, unicode_errors="surrogateescape"
).pack


def encode(message: Message) -> bytes:
    """The bytes of a message, behind its type where it has one."""
    cls = type(message)
    head = _heads.get(cls)
    if head is None:
        head = _heads[cls] = bytes([cls.code]) if cls.code >= 0 else b""
    return head + to_map(message)


def to_map(message: Message) -> bytes:
    """The map alone."""
    return _pack(
        {
            key: None if value == b"" else value
            for name, key, *_ in _schema(type(message))
            if (value := getattr(message, name)) or name not in _OPTIONAL
        }
    )


def decode(data: bytes) -> Message:
    """The message in a datagram. Raises MalformedMessage; nothing else."""
    cls = DATAGRAMS.get(data[0]) if data else None
    if cls is None:
        raise MalformedMessage(f"no message type {data[0]}" if data else "an empty message")
    return from_map(cls, data[1:])


@lru_cache(maxsize=1024)
def decode_rumour(data: bytes) -> Message:
    """As `decode`, for what comes again and again: a rumour is heard from many."""
    return decode(data)


def from_map(cls: type[M], data: bytes) -> M:
    """A message by its map. Raises MalformedMessage; nothing else."""
    try:
        found = msgpack.unpackb(data, raw=True, strict_map_key=False)
    except Exception as error:  # noqa: BLE001 - whatever msgpack makes of bytes at random
        raise MalformedMessage(
            f"{cls.__name__}: no msgpack: {str(error) or type(error).__name__}"
        ) from None
    return checked(cls, found)


def checked(cls: type[M], found: Any) -> M:
    """A message by what msgpack made of it. Raises MalformedMessage for what is not of the right type or size."""
    if not isinstance(found, dict):
        raise MalformedMessage(f"{cls.__name__}: expected a map, got {type(found).__name__}")
    values = {}
    for name, _, key, kind, most in _schema(cls):
        value = found.get(key)
        if value is None:
            continue
        if type(value) is not (bytes if kind is str else kind):
            raise MalformedMessage(f"{cls.__name__}: {name} is {value!r:.200}")
        if not 0 <= (len(value) if isinstance(value, bytes) else value) <= most:
            raise MalformedMessage(f"{cls.__name__}: {name} is {value!r:.200}")
        # A name is bytes to Go; what is no UTF-8 must come out as it went in.
        values[name] = value.decode("utf-8", "surrogateescape") if kind is str else value
    return cls(**values)


def _schema(cls: type[Message]) -> Schema:
    """Of each field its name, its key as text and in bytes, its type, and the most it may be, or have of bytes.

    By key: the order in which memberlist writes them.
    """
    schema = _schemas.get(cls)
    if schema is None:
        keyed = sorted((_key(field.name), field) for field in fields(cls))
        schema = _schemas[cls] = tuple(
            (field.name, key, key.encode(), type(_default(field)), _LIMITS.get(field.name, _COUNT))
            for key, field in keyed
        )
    return schema


def _key(name: str) -> str:
    return "".join(word.capitalize() for word in name.rstrip("_").split("_"))


def _default(field: Field[Any]) -> Any:
    assert field.default is not MISSING
    return field.default
