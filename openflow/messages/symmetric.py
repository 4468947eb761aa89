"""Messages that either side may send (OpenFlow 1.3.5, 7.5), and errors (7.4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.errors import ErrorCode
from openflow.messages.base import Message, Request, since
from openflow.structs import Element
from openflow.versions import V1_0, V1_1, Version


class HelloElement(Element):
    """A part of a hello; this class names the family."""

    __slots__ = ()
    raw = "RawHelloElement"
    padded_length = False


@dataclass(slots=True)
class VersionBitmap(HelloElement):
    """The versions that the sender speaks: bit N of the first word stands for wire version N (7.5.1)."""

    bitmaps: list[int] = field(default_factory=list)
    layout = since(V1_0, {1: "bitmaps:u32*"})

    @classmethod
    def of(cls, versions: frozenset[Version]) -> VersionBitmap:
        """The bitmap that says these versions."""
        return cls([sum(1 << version for version in versions)])

    def versions(self) -> frozenset[int]:
        """The wire versions whose bits are set."""
        return frozenset(
            index * 32 + bit
            for index, word in enumerate(self.bitmaps)
            for bit in range(32)
            if word >> bit & 1
        )


@dataclass(slots=True)
class RawHelloElement(HelloElement):
    """An element of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class Hello(Message):
    """The first message on a connection; its header's version is the highest that the sender speaks."""

    elements: Sequence[HelloElement] = field(default_factory=list)
    layout = since(V1_0, {0: "elements:HelloElement*"})


@dataclass(slots=True)
class ErrorMsg(Message):
    """Something failed; `data` begins with the message at fault, 64 bytes of it or more.

    `error` is the catalogue's member, or (type, code) for numbers that it does not know.
    """

    error: ErrorCode | tuple[int, int] = ErrorCode.BAD_REQUEST__BAD_TYPE
    data: bytes = b""
    layout = since(V1_0, {1: "error:error data:rest"})


@dataclass(slots=True)
class EchoRequest(Request["EchoReply"]):
    """Are you there?"""

    data: bytes = b""
    layout = since(V1_0, {2: "data:rest"})


@dataclass(slots=True)
class EchoReply(Message):
    """Yes, and here is your data again."""

    data: bytes = b""
    layout = since(V1_0, {3: "data:rest"})


@dataclass(slots=True)
class Experimenter(Request["Experimenter"]):
    """A vendor's message (OpenFlow 1.3.5, 7.5.4).

    `exp_type` is 0 on 1.0, whose vendors put their own header into `data`; in its place 1.1 has padding.
    """

    experimenter: int = 0
    exp_type: int = 0
    data: bytes = b""
    layout = {
        V1_0: {4: "experimenter:u32 data:rest"},
        **since(V1_1, {4: "experimenter:u32 exp_type:u32 data:rest"}),
    }
