"""Forgetting connections: those of a zone, or those with certain addresses and ports (nicira-ext.h)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.messages.base import Message
from openflow.structs import Element
from openflow.vendors import message
from openflow.versions import V1_0, since


@dataclass(slots=True)
class NxCtFlushZone(Message):
    """Forget the connections of a zone."""

    zone_id: int = 0
    layout = message(29, "pad6 zone_id:u16")


class NxCtTupleProperty(Element):
    """One address or port of a connection; this class names the family."""

    __slots__ = ()
    raw = "RawNxCtTupleProperty"
    padded_length = False


@dataclass(slots=True)
class NxCtSrc(NxCtTupleProperty):
    """The source: an IPv6 address, or ::ffff:a.b.c.d for an IPv4 address."""

    address: int = 0
    layout = since(V1_0, {0: "address:u128"})


@dataclass(slots=True)
class NxCtDst(NxCtTupleProperty):
    """The destination."""

    address: int = 0
    layout = since(V1_0, {1: "address:u128"})


@dataclass(slots=True)
class NxCtSrcPort(NxCtTupleProperty):
    """The port of the source."""

    port: int = 0
    layout = since(V1_0, {2: "port:u16 pad2"})


@dataclass(slots=True)
class NxCtDstPort(NxCtTupleProperty):
    """The port of the destination."""

    port: int = 0
    layout = since(V1_0, {3: "port:u16 pad2"})


@dataclass(slots=True)
class NxCtIcmpId(NxCtTupleProperty):
    """The id of ICMP echo messages."""

    icmp_id: int = 0
    layout = since(V1_0, {4: "icmp_id:u16 pad2"})


@dataclass(slots=True)
class NxCtIcmpType(NxCtTupleProperty):
    """The type of ICMP messages."""

    icmp_type: int = 0
    layout = since(V1_0, {5: "icmp_type:u8"})


@dataclass(slots=True)
class NxCtIcmpCode(NxCtTupleProperty):
    """The code of ICMP messages."""

    icmp_code: int = 0
    layout = since(V1_0, {6: "icmp_code:u8"})


@dataclass(slots=True)
class RawNxCtTupleProperty(NxCtTupleProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


class NxCtFlushProperty(Element):
    """Which connections; this class names the family."""

    __slots__ = ()
    raw = "RawNxCtFlushProperty"
    padded_length = False


@dataclass(slots=True)
class NxCtTupleOrig(NxCtFlushProperty):
    """Addresses and ports in the direction of the packet that began the connection."""

    tuple: Sequence[NxCtTupleProperty] = field(default_factory=list)
    layout = since(V1_0, {0: "pad4 tuple:NxCtTupleProperty*"})


@dataclass(slots=True)
class NxCtTupleReply(NxCtFlushProperty):
    """Addresses and ports in the other direction."""

    tuple: Sequence[NxCtTupleProperty] = field(default_factory=list)
    layout = since(V1_0, {1: "pad4 tuple:NxCtTupleProperty*"})


@dataclass(slots=True)
class NxCtZoneId(NxCtFlushProperty):
    """The zone."""

    zone_id: int = 0
    layout = since(V1_0, {2: "zone_id:u16 pad2"})


@dataclass(slots=True)
class RawNxCtFlushProperty(NxCtFlushProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class NxCtFlush(Message):
    """Forget the connections of a protocol that have all of these properties; without any, all."""

    ip_proto: int = 0
    properties: Sequence[NxCtFlushProperty] = field(default_factory=list)
    layout = message(32, "ip_proto:u8 pad7 properties:NxCtFlushProperty*")
