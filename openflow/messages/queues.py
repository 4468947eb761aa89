"""Queues of a port: how they are configured, what they have counted.

Before 1.4 a port is asked with a message of its own (OpenFlow 1.3.5, 7.2.2 and 7.3.6), from 1.4 on with a multipart
message, whose properties are others (OpenFlow 1.4.0, 7.3.5.8 and 7.3.5.9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import PortNo, QueueId
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest, Request, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.structs import Element, Struct
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4


class QueueProperty(Element):
    """What a queue guarantees, until 1.3; this class names the family."""

    __slots__ = ()
    raw = "RawQueueProperty"
    alignment = 1


@dataclass(slots=True)
class NoneProperty(QueueProperty):
    """OFPQT_NONE of 1.0 and 1.1: a queue without guarantees."""

    layout = since(V1_0, {0: "pad4"}, until=V1_1)


@dataclass(slots=True)
class MinRateProperty(QueueProperty):
    """The least data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = since(V1_0, {1: "pad4 rate:u16 pad6"}, until=V1_3)


@dataclass(slots=True)
class MaxRateProperty(QueueProperty):
    """The greatest data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = since(V1_2, {2: "pad4 rate:u16 pad6"}, until=V1_3)


@dataclass(slots=True)
class ExperimenterQueueProperty(QueueProperty):
    """A vendor's property."""

    experimenter: int = 0
    data: bytes = b""
    layout = since(V1_2, {0xFFFF: "pad4 experimenter:u32 pad4 data:rest"}, until=V1_3)


@dataclass(slots=True)
class RawQueueProperty(QueueProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class PacketQueue(Struct):
    """A queue and its guarantees, until 1.3; 1.0 and 1.1 do not repeat the port."""

    queue_id: int = 0
    port: int = 0
    properties: Sequence[QueueProperty] = field(default_factory=list)
    layout = {
        **since(V1_0, "queue_id:u32 size16 pad2 properties:QueueProperty* -port", until=V1_1),
        **since(V1_2, "queue_id:u32 port:u32 size16 pad6 properties:QueueProperty*", until=V1_3),
    }


@dataclass(slots=True)
class QueueGetConfigRequest(Request["QueueGetConfigReply"]):
    """Which queues has a port, or (PortNo.ANY) each of them? Until 1.3."""

    port: int = PortNo.ANY
    layout = {V1_0: {20: "port:port16 pad2"}, **since(V1_1, {22: "port:u32 pad4"}, until=V1_3)}


@dataclass(slots=True)
class QueueGetConfigReply(Message):
    """The queues."""

    port: int = PortNo.ANY
    queues: list[PacketQueue] = field(default_factory=list)
    layout = {
        V1_0: {21: "port:port16 pad6 queues:PacketQueue*"},
        **since(V1_1, {23: "port:u32 pad4 queues:PacketQueue*"}, until=V1_3),
    }


class QueueDescProperty(Element):
    """What a queue guarantees, since 1.4 (OpenFlow 1.4.0, 7.3.5.9); this class names the family."""

    __slots__ = ()
    raw = "RawQueueDescProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class MinRateQueueDesc(QueueDescProperty):
    """The least data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = since(V1_4, {1: "rate:u16 pad2"})


@dataclass(slots=True)
class MaxRateQueueDesc(QueueDescProperty):
    """The greatest data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = since(V1_4, {2: "rate:u16 pad2"})


@dataclass(slots=True)
class ExperimenterQueueDesc(OfExperimenter, QueueDescProperty):
    """A vendor's property."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawQueueDescProperty(OfUnknownType, QueueDescProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class QueueDesc(Struct):
    """A queue and its guarantees, since 1.4."""

    port_no: int = 0
    queue_id: int = 0
    properties: Sequence[QueueDescProperty] = field(default_factory=list)
    layout = since(V1_4, "port_no:u32 queue_id:u32 size16 pad6 properties:QueueDescProperty*")


@dataclass(slots=True)
class QueueDescStatsRequest(MultipartRequest["QueueDescStatsReply"]):
    """Which queues are there, of a port or of all, one or all? Since 1.4."""

    port_no: int = PortNo.ANY
    queue_id: int = QueueId.ALL
    layout = since(V1_4, {(18, 15): "port_no:u32 queue_id:u32"})


@dataclass(slots=True)
class QueueDescStatsReply(MultipartReply):
    """The queues."""

    body: list[QueueDesc] = field(default_factory=list)
    layout = since(V1_4, {(19, 15): "body:QueueDesc*"})


class QueueStatsProperty(Element):
    """What a queue has counted beside what every queue counts (1.4.0, 7.3.5.8); this class names the family."""

    __slots__ = ()
    raw = "RawQueueStatsProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class ExperimenterQueueStats(OfExperimenter, QueueStatsProperty):
    """A vendor's counters."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawQueueStatsProperty(OfUnknownType, QueueStatsProperty):
    """A property of unknown type."""


_COUNTERS = "queue_id:u32 tx_bytes:u64 tx_packets:u64 tx_errors:u64"
_DURATION = "duration_sec:u32 duration_nsec:u32"


@dataclass(slots=True)
class QueueStats(Struct):
    """What a queue has counted (OpenFlow 1.3.5, 7.3.5.8)."""

    port_no: int = 0
    queue_id: int = 0
    tx_bytes: int = 0
    tx_packets: int = 0
    tx_errors: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    properties: Sequence[QueueStatsProperty] = field(default_factory=list)
    layout = {
        V1_0: f"port_no:port16 pad2 {_COUNTERS} -duration_sec -duration_nsec",
        **since(V1_1, f"port_no:u32 {_COUNTERS} -duration_sec -duration_nsec", until=V1_2),
        V1_3: f"port_no:u32 {_COUNTERS} {_DURATION}",
        **since(
            V1_4,
            f"size16 pad6 port_no:u32 {_COUNTERS} {_DURATION} properties:QueueStatsProperty*",
        ),
    }


@dataclass(slots=True)
class QueueStatsRequest(MultipartRequest["QueueStatsReply"]):
    """What have the queues counted, of a port or of all, one or all?"""

    port_no: int = PortNo.ANY
    queue_id: int = QueueId.ALL
    layout = {
        V1_0: {(16, 5): "port_no:anyport16 pad2 queue_id:u32"},
        **since(V1_1, {(18, 5): "port_no:u32 queue_id:u32"}),
    }


@dataclass(slots=True)
class QueueStatsReply(MultipartReply):
    """The queues' counters."""

    body: list[QueueStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 5): "body:QueueStats*"},
        **since(V1_1, {(19, 5): "body:QueueStats*"}),
    }
