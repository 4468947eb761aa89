"""Packet-ins in Nicira's forms (nicira-ext.h): with a match, or as properties that also let a packet go on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from openflow.constants import NO_BUFFER, NO_COOKIE, PacketInReason
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message
from openflow.packet import Packet
from openflow.structs import Element
from openflow.vendors import message
from openflow.versions import V1_0, since


@dataclass(slots=True)
class NxPacketIn(Message):
    """A frame, or the head of one; the match holds registers and the like, and the port in `nxm_of_in_port`."""

    buffer_id: int = NO_BUFFER
    total_len: int = 0
    reason: int = PacketInReason.NO_MATCH
    table_id: int = 0
    cookie: int = NO_COOKIE
    match: Match = ANY_PACKET
    data: bytes = b""
    layout = message(
        17,
        "buffer_id:u32 total_len:u16 reason:u8 table_id:u8 cookie:u64 len16(match) pad6"
        " match:nxm align8(match) pad2 data:rest",
    )

    @property
    def in_port(self) -> int | None:
        """The port that the frame came in by, if the match says so."""
        return port_of(self.match)

    @property
    def packet(self) -> Packet:
        """The frame taken apart."""
        return Packet(self.data, self.total_len)


def port_of(match: Match) -> int | None:
    """The port in the metadata of a packet-in, whichever field says it; as everywhere, of 32 bits."""
    port = match.get("in_port")
    if isinstance(port, int):
        return port
    port = match.get("nxm_of_in_port")
    if isinstance(port, int):
        return port if port < 0xFF00 else port | 0xFFFF_0000
    return None


class NxPacketInProperty(Element):
    """What NxPacketIn2 and NxResume say; this class names the family."""

    __slots__ = ()
    raw = "RawNxPacketInProperty"
    padded_length = False


@dataclass(slots=True)
class NxPacketInPacket(NxPacketInProperty):
    """NXPINT_PACKET: the frame, or the head of it."""

    data: bytes = b""
    layout = since(V1_0, {0: "data:rest"})


@dataclass(slots=True)
class NxPacketInFullLen(NxPacketInProperty):
    """NXPINT_FULL_LEN: how long the frame is of which there is the head."""

    full_len: int = 0
    layout = since(V1_0, {1: "full_len:u32"})


@dataclass(slots=True)
class NxPacketInBufferId(NxPacketInProperty):
    """NXPINT_BUFFER_ID: where the switch keeps the frame."""

    buffer_id: int = NO_BUFFER
    layout = since(V1_0, {2: "buffer_id:u32"})


@dataclass(slots=True)
class NxPacketInTableId(NxPacketInProperty):
    """NXPINT_TABLE_ID: the table that sent it."""

    table_id: int = 0
    layout = since(V1_0, {3: "table_id:u8"})


@dataclass(slots=True)
class NxPacketInCookie(NxPacketInProperty):
    """NXPINT_COOKIE: the cookie of the flow entry that sent it."""

    cookie: int = 0
    layout = since(V1_0, {4: "pad4 cookie:u64"})


@dataclass(slots=True)
class NxPacketInReason(NxPacketInProperty):
    """NXPINT_REASON: why it was sent."""

    reason: int = PacketInReason.NO_MATCH
    layout = since(V1_0, {5: "reason:u8"})


@dataclass(slots=True)
class NxPacketInMetadata(NxPacketInProperty):
    """NXPINT_METADATA: registers and the like, and the port."""

    match: Match = ANY_PACKET
    layout = since(V1_0, {6: "match:nxm"})


@dataclass(slots=True)
class NxPacketInUserdata(NxPacketInProperty):
    """NXPINT_USERDATA: what NxUserdata gave."""

    userdata: bytes = b""
    layout = since(V1_0, {7: "userdata:rest"})


@dataclass(slots=True)
class NxPacketInContinuation(NxPacketInProperty):
    """NXPINT_CONTINUATION: what the switch needs to go on; it goes back in NxResume as it came."""

    data: bytes = b""
    layout = since(V1_0, {8: "data:rest"})


@dataclass(slots=True)
class RawNxPacketInProperty(NxPacketInProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


P = TypeVar("P", bound=NxPacketInProperty)


@dataclass(slots=True)
class _Properties(Message):
    """A list of properties, and what they say of a frame."""

    properties: Sequence[NxPacketInProperty] = field(default_factory=list)

    def find(self, cls: type[P]) -> P | None:
        """The first property of a class."""
        return next((found for found in self.properties if isinstance(found, cls)), None)

    @property
    def data(self) -> bytes:
        """The frame, or the head of it."""
        found = self.find(NxPacketInPacket)
        return found.data if found else b""

    @property
    def match(self) -> Match:
        """Registers and the like."""
        found = self.find(NxPacketInMetadata)
        return found.match if found else ANY_PACKET

    @property
    def in_port(self) -> int | None:
        """The port that the frame came in by."""
        return port_of(self.match)

    @property
    def packet(self) -> Packet:
        """The frame taken apart."""
        full = self.find(NxPacketInFullLen)
        return Packet(self.data, full.full_len if full else len(self.data))


@dataclass(slots=True)
class NxPacketIn2(_Properties):
    """A frame, or the head of one, sent up by the switch."""

    layout = message(30, "properties:NxPacketInProperty*")

    def resume(self, *changes: NxPacketInProperty) -> NxResume:
        """The message that lets a paused packet go on, with some properties changed."""
        changed: dict[type[Any], NxPacketInProperty] = {type(new): new for new in changes}
        kept = [changed.pop(type(old), old) for old in self.properties]
        return NxResume([*kept, *changed.values()])


@dataclass(slots=True)
class NxResume(_Properties):
    """Let a packet go on that NxPause stopped."""

    layout = message(28, "properties:NxPacketInProperty*")
