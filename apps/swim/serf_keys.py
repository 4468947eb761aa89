"""Serf's queries about keys: a member asks all to list, install, use or remove one, and each says what came of it.

`serf keys` asks so (Serf 0.9.4, serf/internal_query.go). The payload of the query is a KEY_REQUEST, that of the answer
a KEY_RESPONSE. Who refuses says why; the others do as they are told all the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apps.swim.keyring import Keyring
from apps.swim.serf_messages import Kind, NotSerf, encode, read_bytes, read_text, unpack_kind

LIST, INSTALL = "_serf_list-keys", "_serf_install-key"
USE, REMOVE = "_serf_use-key", "_serf_remove-key"
CHANGES: Mapping[str, Callable[[Keyring, bytes], None]] = {
    INSTALL: Keyring.add,
    USE: Keyring.use,
    REMOVE: Keyring.remove,
}
"""What becomes of the keyring, by the name of the query."""

_NOT_ENCRYPTED = {
    LIST: "Keyring is empty (encryption not enabled)",
    **dict.fromkeys(CHANGES, "No keyring to modify (encryption not enabled)"),
}
"""Serf's own words: people look for them."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a member says: whether it has done as it was told, if not why not, and which keys it has."""

    result: bool
    message: str = ""
    keys: tuple[str, ...] = ()
    primary: str = ""


def request(key: bytes = b"") -> bytes:
    """The payload by which to ask."""
    return encode(Kind.KEY_REQUEST, Key=key)


def read_response(payload: bytes) -> Response:
    """What a member has answered. Raises NotSerf."""
    found = unpack_kind(Kind.KEY_RESPONSE, payload)
    keys = found.get(b"Keys") or []
    if not isinstance(keys, list):
        raise NotSerf("no keys in a key response")
    return Response(
        found.get(b"Result") is True,
        read_bytes(found, b"Message").decode("utf-8", "replace"),
        tuple(map(read_text, keys)),
        read_bytes(found, b"PrimaryKey").decode("utf-8", "replace"),
    )


def is_about(query: str) -> bool:
    """Whether `answer` has an answer to a query of this name."""
    return query in _NOT_ENCRYPTED


def answer(query: str, payload: bytes, keyring: Keyring | None, room: int) -> bytes:
    """Do as a query about keys says; what to answer, in `room` bytes."""
    if keyring is None:
        return _encode(Response(False, _NOT_ENCRYPTED[query]))
    if query == LIST:
        return _listed(keyring, room)
    try:
        CHANGES[query](keyring, read_bytes(unpack_kind(Kind.KEY_REQUEST, payload), b"Key"))
    except ValueError as error:  # NotSerf, too
        return _encode(Response(False, str(error)))
    return _encode(Response(True))


def _listed(keyring: Keyring, room: int) -> bytes:
    """All keys, or as many as there is room for, as Serf does it."""
    keys = tuple(b64encode(key).decode() for key in keyring.keys)
    count, told = len(keys), ""
    while True:
        found = _encode(Response(True, told, keys[:count], keys[0]))
        if len(found) <= room or not count:
            return found
        count -= 1
        told = f"truncated key list response, showing first {count} of {len(keys)} keys"


def _encode(said: Response) -> bytes:
    return encode(
        Kind.KEY_RESPONSE,
        Keys=list(said.keys) or None,
        Message=said.message,
        PrimaryKey=said.primary,
        Result=said.result,
    )
