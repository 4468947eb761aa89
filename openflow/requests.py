"""Requests that wait for their reply, by xid; the parts of a multipart reply become one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openflow.constants import MultipartFlags
from openflow.messages import ErrorMsg, ExperimenterStatsReply, Message, MultipartReply

MAX_WAITING = 4096
"""Requests that may wait at once."""

XID_MAX = 0x7FFF_FFFF

MAX_REPLY_BYTES = 256 << 20
"""Bytes that the parts of one reply may add up to."""

_OF_ONE_CLASS = frozenset({"Experimenter", "BundleControl", "OnfBundleControl"})
"""Messages that are answered by messages of the same class."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to a request, whole; an ErrorMsg when the peer refused it."""

    xid: int
    request: Message
    reply: Message


@dataclass(slots=True)
class _Waiting:
    request: Message
    reply: Any = None
    size: int = 0


class Requests:
    """The requests of one connection that have not been answered yet."""

    def __init__(self) -> None:
        self.waiting: dict[int, _Waiting] = {}
        self._xid = 0

    def next_xid(self) -> int:
        """A transaction id that no waiting request has; never 0, nor with the topmost bit, which whoever sends
        past this connection sets in those that it chooses.
        """
        self._xid = self._xid % XID_MAX + 1
        while self._xid in self.waiting:
            self._xid = self._xid % XID_MAX + 1
        return self._xid

    def expect(self, xid: int, request: Message) -> None:
        """Wait for the reply to `request`; the one that has waited longest goes when there are too many."""
        if len(self.waiting) >= MAX_WAITING:
            del self.waiting[next(iter(self.waiting))]
        self.waiting[xid] = _Waiting(request)

    def forget(self, xid: int) -> None:
        """Wait no longer for this reply; it will be a message like any other when it comes."""
        self.waiting.pop(xid, None)

    def answered(self, message: Message, size: int) -> Message | Answer | None:
        """The Answer that this message of `size` bytes completes, None while parts are missing, or the message
        itself when nobody waits for it.
        """
        waiting = self.waiting.get(message.xid)
        if waiting is None or not _answers(waiting.request, message):
            return message
        waiting.size += size
        waiting.reply = _merged(waiting.reply, message)
        if _more(message) and waiting.size <= MAX_REPLY_BYTES:
            return None
        del self.waiting[message.xid]
        return Answer(message.xid, waiting.request, waiting.reply)


def _merged(so_far: Any, part: Any) -> Any:
    """A multipart reply with another part's entries (a vendor's: its data) added; others are one part."""
    if so_far is None or type(so_far) is not type(part):
        return part
    if hasattr(part, "body"):
        so_far.body.extend(part.body)
    elif isinstance(part, ExperimenterStatsReply):
        so_far.data += part.data
    else:
        return part
    so_far.flags = part.flags
    return so_far


def _more(message: Message) -> bool:
    return isinstance(message, MultipartReply) and bool(message.flags & MultipartFlags.MORE)


def _answers(request: Message, message: Message) -> bool:
    """Whether a message of this class can be the reply; an error always is."""
    if isinstance(message, ErrorMsg):
        return True
    stem = type(request).__name__.removesuffix("Request")
    name = type(message).__name__
    return name == f"{stem}Reply" or (name in _OF_ONE_CLASS and name == type(request).__name__)
