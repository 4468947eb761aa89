"""What every message has, and the tables that find a message's class by its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from openflow.structs import Code, Struct
from openflow.versions import Version, since

__all__ = ["MESSAGES", "Message", "MultipartReply", "MultipartRequest", "R_co", "Request", "since"]

MESSAGES: dict[str, type[Message]] = {}
"""Every message class by name."""


@dataclass(kw_only=True)
class Message(Struct):
    """A message. `xid` pairs a reply with its request; 0 lets the connection choose one.

    The layout is {version: {type code: text}}; a multipart message's code is (message type, multipart type), and its
    text is the body that follows type and flags.

    Subclasses have slots, for `xid` as well: this class has none, so that a subclass may keep its fields elsewhere.
    """

    if not TYPE_CHECKING:
        __slots__ = ()

    encloses: ClassVar[bool] = False
    """Whether a whole message is one of its fields; such a message cannot be in another."""

    xid: int = 0

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.layout:
            MESSAGES[cls.__name__] = cls

    @classmethod
    def code(cls, version: Version) -> Code | None:
        """The type code in a version; None where it lacks this message."""
        return next(iter(cls.layout.get(version, {})), None)


R_co = TypeVar("R_co", bound=Message, covariant=True)


class Request(Message, Generic[R_co]):
    """A message that has a reply, `R_co`: `class BarrierRequest(Request["BarrierReply"])`."""

    if not TYPE_CHECKING:
        __slots__ = ()


@dataclass(slots=True, kw_only=True)
class MultipartRequest(Request[R_co]):
    """A question whose answer may take many messages (OpenFlow 1.3.5, 7.3.5; 1.0 calls them statistics)."""

    flags: int = 0


@dataclass(slots=True, kw_only=True)
class MultipartReply(Message):
    """A part of an answer; MultipartFlags.MORE in `flags` says that more follow."""

    flags: int = 0
