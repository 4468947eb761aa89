"""The words of Serf: its messages, and what follows from them (`apps.swim.serf`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgpack

from apps.swim.address import Address, of_wire

_NUMBER_MOST = 1 << 62


class Kind(IntEnum):
    """The type byte of a message."""

    LEAVE = 0
    JOIN = 1
    PUSH_PULL = 2
    USER_EVENT = 3
    QUERY = 4
    QUERY_RESPONSE = 5
    CONFLICT_RESPONSE = 6
    KEY_REQUEST = 7
    KEY_RESPONSE = 8
    RELAY = 9


class NotSerf(ValueError):
    """Bytes that are no message of Serf's, or a wrong one."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Broadcast this; what is newer of the same subject takes its place."""

    data: bytes
    subject: tuple[str, object]


@dataclass(frozen=True, slots=True)
class Gone:
    """Who seemed to have failed has left."""

    name: str


@dataclass(frozen=True, slots=True)
class UserEvent:
    """An event that somebody has sent with `serf event`."""

    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that wants an answer (`apps.swim.serf_queries`), from a member that says to be at an address."""

    time: int
    id: int
    name: str
    payload: bytes
    source: str
    at: Address
    wants_ack: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What a member answers to a query of ours, by its number."""

    id: int
    source: str
    payload: bytes


Said = Tell | Gone | UserEvent | Asked | Reply


def encode(kind: Kind, **fields: object) -> bytes:
    """The bytes of a message."""
    packed: bytes = msgpack.packb(fields, use_bin_type=False, unicode_errors="surrogateescape")
    return bytes([kind]) + packed


def unpack_kind(kind: Kind, data: bytes) -> dict[Any, Any]:
    """The fields of a message that is of this kind. Raises NotSerf, as all that follows."""
    found = unpack(data[1:]) if data[:1] == bytes([kind]) else None
    if not isinstance(found, dict):
        raise NotSerf(f"no {kind.name.lower().replace('_', ' ')} of Serf's")
    return found


def read_query(found: dict[Any, Any], time: int, *, wants_ack: bool) -> Asked:
    """What a query asks."""
    payload, ip = read_bytes(found, b"Payload"), read_bytes(found, b"Addr")
    at = of_wire(ip, read_number(found.get(b"Port", 0)), 0) or Address(b"", 0)
    source = found.get(b"SourceNode")
    name, from_ = read_name(found, b"Name"), read_text(source) if source else ""
    return Asked(time, read_number(found.get(b"ID", 0)), name, payload, from_, at, wants_ack)


def decode(data: bytes) -> tuple[Kind, dict[Any, Any]]:
    """The type of a message, and its fields where we look at them. Raises NotSerf, as all that follows."""
    try:
        kind = Kind(data[0])
    except (IndexError, ValueError):
        raise NotSerf("no message of Serf's") from None
    if kind > Kind.QUERY_RESPONSE:
        return kind, {}
    found = unpack(data[1:])
    if not isinstance(found, dict):
        raise NotSerf("no message of Serf's: expected a map")
    return kind, found


def unpack(data: bytes) -> Any:
    """What msgpack makes of bytes."""
    try:
        return msgpack.unpackb(data, raw=True, strict_map_key=False)
    except Exception as error:  # noqa: BLE001 - whatever msgpack makes of bytes at random
        raise NotSerf(f"no message of Serf's: {error}") from None


def read_bytes(found: dict[Any, Any], key: bytes) -> bytes:
    """Bytes, none where there are none."""
    value = found.get(key) or b""
    if type(value) is not bytes:
        raise NotSerf(f"{value!r} is not bytes")
    return value


def read_time(found: dict[Any, Any], key: bytes) -> int:
    """A Lamport time, 0 where there is none."""
    return read_number(found.get(key, 0))


def read_number(value: object) -> int:
    """A number that is not negative, nor so large that it could not be added to."""
    if type(value) is not int or not 0 <= value < _NUMBER_MOST:
        raise NotSerf(f"{value!r} is no number")
    return value


def read_name(found: dict[Any, Any], key: bytes) -> str:
    """A name in a field."""
    return read_text(found.get(key))


def read_text(value: object) -> str:
    """A name; what is no UTF-8 comes out as it went in."""
    if type(value) is not bytes or not value:
        raise NotSerf(f"{value!r} is no name")
    return value.decode("utf-8", "surrogateescape")
