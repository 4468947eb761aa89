"""Multipart replies cut to messages of at most 64 KiB (OpenFlow 1.3.5, 7.3.5).

What a version cannot say about an entry (a match on IPv6 to a 1.0 controller, say) must not cost the controller the
other entries: such an entry is left out and handed to `refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from openflow import EncodeError, MultipartFlags, MultipartReply, Version, encode

_AT_ONCE = 256
_FLAGS_END = 12
"""Where the flags end in every version: header (8), multipart type (2), flags (2)."""

Refused = Callable[[EncodeError], None]


def messages(
    reply: type[MultipartReply], entries: list[Any], version: Version, xid: int, refused: Refused
) -> Iterator[bytes]:
    """The encoded parts of a reply whose `body` is `entries`, one at least; all but the last say MORE."""
    found = False
    for part in news(reply, entries, version, xid, refused):
        found = True
        yield part
    if not found:
        yield encode(_made(reply, [], xid), version)


def news(
    reply: type[MultipartReply], entries: list[Any], version: Version, xid: int, refused: Refused
) -> Iterator[bytes]:
    """The encoded parts of a reply that nobody waits for: none when there is nothing in it."""
    held = b""
    for start in range(0, len(entries), _AT_ONCE):
        for part in _encoded(reply, entries[start : start + _AT_ONCE], version, xid, refused):
            if held:
                yield _with_more(held)
            held = part
    if held:
        yield held


def _encoded(
    reply: type[MultipartReply], entries: list[Any], version: Version, xid: int, refused: Refused
) -> Iterator[bytes]:
    """As few messages with these entries as it takes, but for those that cannot be said."""
    try:
        yield encode(_made(reply, entries, xid), version)
        return
    except EncodeError:
        said = [one for one in entries if _can_be_said(reply, one, version, refused)]
    if len(said) < len(entries):
        if said:
            yield from _encoded(reply, said, version, xid, refused)
        return
    middle = len(said) // 2
    yield from _encoded(reply, said[:middle], version, xid, refused)
    yield from _encoded(reply, said[middle:], version, xid, refused)


def _can_be_said(
    reply: type[MultipartReply], entry: Any, version: Version, refused: Refused
) -> bool:
    try:
        encode(_made(reply, [entry], 0), version)
    except EncodeError as error:
        refused(error)
        return False
    return True


def _made(reply: Any, entries: list[Any], xid: int) -> Any:
    return reply(body=entries, xid=xid)


def _with_more(message: bytes) -> bytes:
    flags = int.from_bytes(message[_FLAGS_END - 2 : _FLAGS_END], "big") | MultipartFlags.MORE
    return message[: _FLAGS_END - 2] + flags.to_bytes(2, "big") + message[_FLAGS_END:]
