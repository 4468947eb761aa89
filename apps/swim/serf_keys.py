"""Serf's queries about keys: a member asks all to list, install, use or remove one, and each says what came of it.

`serf keys` asks so (Serf 0.9.4, serf/internal_query.go). The payload of the query is a KEY_REQUEST, that of the answer
a KEY_RESPONSE. Who refuses says why; the others do as they are told all the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping

from apps.swim.keyring import Keyring
from apps.swim.serf_messages import Kind, encode, read_bytes, unpack_kind

LIST = "_serf_list-keys"
CHANGES: Mapping[str, Callable[[Keyring, bytes], None]] = {
    "_serf_install-key": Keyring.add,
    "_serf_use-key": Keyring.use,
    "_serf_remove-key": Keyring.remove,
}
"""What becomes of the keyring, by the name of the query."""

_NOT_ENCRYPTED = {
    LIST: "Keyring is empty (encryption not enabled)",
    **dict.fromkeys(CHANGES, "No keyring to modify (encryption not enabled)"),
}
"""Serf's own words: people look for them."""


def is_about(query: str) -> bool:
    """Whether `answer` has an answer to a query of this name."""
    return query in _NOT_ENCRYPTED


def answer(query: str, payload: bytes, keyring: Keyring | None, room: int) -> bytes:
    """Do as a query about keys says; what to answer, in `room` bytes."""
    if keyring is None:
        return _refusal(_NOT_ENCRYPTED[query])
    if query == LIST:
        return _listed(keyring, room)
    try:
        CHANGES[query](keyring, read_bytes(unpack_kind(Kind.KEY_REQUEST, payload), b"Key"))
    except ValueError as error:  # NotSerf, too
        return _refusal(str(error))
    return _response(result=True)


def _listed(keyring: Keyring, room: int) -> bytes:
    """All keys, or as many as there is room for, as Serf does it."""
    keys = [b64encode(key).decode() for key in keyring.keys]
    count, told = len(keys), ""
    while True:
        found = _response(result=True, message=told, keys=keys[:count], primary=keys[0])
        if len(found) <= room or not count:
            return found
        count -= 1
        told = f"truncated key list response, showing first {count} of {len(keys)} keys"


def _refusal(why: str) -> bytes:
    return _response(result=False, message=why)


def _response(
    *, result: bool, message: str = "", keys: list[str] | None = None, primary: str = ""
) -> bytes:
    return encode(Kind.KEY_RESPONSE, Keys=keys, Message=message, PrimaryKey=primary, Result=result)
