"""Serf's queries: who is to answer one, and what he answers.

Those of Serf's users we only acknowledge. Of Serf's own we answer those about keys (`apps.swim.serf_keys`), and vote
when two members have the same name: the one that no majority believes to be where it is gives up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.swim import serf_keys
from apps.swim.address import Address
from apps.swim.keyring import Keyring
from apps.swim.members import Member
from apps.swim.serf_messages import (
    Asked,
    Kind,
    NotSerf,
    Reply,
    Said,
    encode,
    read_bytes,
    read_name,
    read_number,
    unpack,
)

ACK, NO_BROADCAST = 1, 2
"""Flags of a query: it wants to be acknowledged; it is not to be passed on. The first is that of an answer, too."""

ANSWER_MOST = 1024
"""Bytes of an answer, as Serf limits them."""

_FOR_NODES = 0
"""The type of a filter that names members."""

_CONFLICT = "_serf_conflict"
_ALIVE = 1


@dataclass(frozen=True, slots=True)
class Query:
    """What we ask of all members; who answers later than this does in vain."""

    id: int
    name: str
    payload: bytes
    within_s: float


def question(query: Query, time: int, source: str, at: Address) -> bytes:
    """The message by which a member at this address asks."""
    who: dict[str, object] = {"Addr": at.ip, "Port": at.port, "SourceNode": source}
    return encode(
        Kind.QUERY,
        LTime=time,
        ID=query.id,
        **who,
        Filters=None,
        Flags=0,
        RelayFactor=0,
        Timeout=int(query.within_s * 1e9),
        Name=query.name,
        Payload=query.payload,
    )


def read_replies(found: dict[Any, Any]) -> list[Said]:
    """What a member has answered; nothing if it only acknowledges. Raises NotSerf."""
    number, source = read_number(found.get(b"ID", 0)), read_name(found, b"From")
    if read_number(found.get(b"Flags", 0)) & ACK:
        return []
    return [Reply(number, source, read_bytes(found, b"Payload"))]


def is_for(name: str, filters: Any) -> bool:
    """Whether a member is among those that a query is for. Expressions on tags are somebody else's programs: no."""
    if not isinstance(filters, list) or not all(type(one) is bytes and one for one in filters):
        raise NotSerf("no filters of a query")
    return all(one[0] == _FOR_NODES and _is_among(name, unpack(one[1:])) for one in filters)


def answers(
    asked: Asked, name: str, members: Mapping[str, Member], keyring: Keyring | None
) -> list[bytes]:
    """What the member of this name sends to the one that has asked, if that is where it says."""
    source = members.get(asked.source)
    if source is None or source.at != asked.at:
        return []
    found = [_answer(asked, name, ACK, b"")] if asked.wants_ack else []
    if asked.name == _CONFLICT:
        found += [_answer(asked, name, 0, vote) for vote in _votes(asked, name, members)]
    elif serf_keys.is_about(asked.name):
        room = 2 * ANSWER_MOST - len(_answer(asked, name, 0, bytes(ANSWER_MOST)))
        payload = serf_keys.answer(asked.name, asked.payload, keyring, room)
        found.append(_answer(asked, name, 0, payload))
    return found


def _answer(asked: Asked, name: str, flags: int, payload: bytes) -> bytes:
    about: dict[str, object] = {"LTime": asked.time, "ID": asked.id}
    return encode(Kind.QUERY_RESPONSE, **about, From=name, Flags=flags, Payload=payload)


def _votes(asked: Asked, name: str, members: Mapping[str, Member]) -> list[bytes]:
    """Where we believe the member to be whose name two have; nothing if we are one of them."""
    subject = asked.payload.decode("utf-8", "surrogateescape")
    about = members.get(subject)
    if about is None or subject == name:
        return []
    where: dict[str, object] = {"Addr": about.at.ip, "Port": about.at.port}
    return [encode(Kind.CONFLICT_RESPONSE, Name=subject, Status=_ALIVE, **where)]


def _is_among(name: str, names: Any) -> bool:
    return isinstance(names, list) and name.encode("utf-8", "surrogateescape") in names
