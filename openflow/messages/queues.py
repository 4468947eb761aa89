"""Queues of a port: how they are configured, what they have counted (OpenFlow 1.3.5, 7.2.2 and 7.3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import PortNo, QueueId
from openflow.messages.base import Message, MultipartReply, MultipartRequest
from openflow.structs import Element, Struct
from openflow.versions import V1_0, V1_3


class QueueProperty(Element):
    """What a queue guarantees; this class names the family."""

    __slots__ = ()
    raw = "RawQueueProperty"
    alignment = 1


@dataclass(slots=True)
class NoneProperty(QueueProperty):
    """1.0's OFPQT_NONE: a queue without guarantees."""

    layout = {V1_0: {0: "pad4"}}


@dataclass(slots=True)
class MinRateProperty(QueueProperty):
    """The least data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = {V1_0: {1: "pad4 rate:u16 pad6"}, V1_3: {1: "pad4 rate:u16 pad6"}}


@dataclass(slots=True)
class MaxRateProperty(QueueProperty):
    """The greatest data rate, in tenths of a percent of the port's; more than 1000 is off."""

    rate: int = 0
    layout = {V1_3: {2: "pad4 rate:u16 pad6"}}


@dataclass(slots=True)
class ExperimenterQueueProperty(QueueProperty):
    """A vendor's property."""

    experimenter: int = 0
    data: bytes = b""
    layout = {V1_3: {0xFFFF: "pad4 experimenter:u32 pad4 data:rest"}}


@dataclass(slots=True)
class RawQueueProperty(QueueProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class PacketQueue(Struct):
    """A queue and its guarantees; 1.0 does not repeat the port."""

    queue_id: int = 0
    port: int = 0
    properties: Sequence[QueueProperty] = field(default_factory=list)
    layout = {
        V1_0: "queue_id:u32 size16 pad2 properties:QueueProperty* -port",
        V1_3: "queue_id:u32 port:u32 size16 pad6 properties:QueueProperty*",
    }


@dataclass(slots=True)
class QueueGetConfigRequest(Message):
    """Which queues has a port, or (PortNo.ANY) each of them?"""

    port: int = PortNo.ANY
    layout = {V1_0: {20: "port:port16 pad2"}, V1_3: {22: "port:u32 pad4"}}


@dataclass(slots=True)
class QueueGetConfigReply(Message):
    """The queues."""

    port: int = PortNo.ANY
    queues: list[PacketQueue] = field(default_factory=list)
    layout = {
        V1_0: {21: "port:port16 pad6 queues:PacketQueue*"},
        V1_3: {23: "port:u32 pad4 queues:PacketQueue*"},
    }


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
    layout = {
        V1_0: "port_no:port16 pad2 queue_id:u32 tx_bytes:u64 tx_packets:u64 tx_errors:u64"
        " -duration_sec -duration_nsec",
        V1_3: "port_no:u32 queue_id:u32 tx_bytes:u64 tx_packets:u64 tx_errors:u64"
        " duration_sec:u32 duration_nsec:u32",
    }


@dataclass(slots=True)
class QueueStatsRequest(MultipartRequest):
    """What have the queues counted, of a port or of all, one or all?"""

    port_no: int = PortNo.ANY
    queue_id: int = QueueId.ALL
    layout = {
        V1_0: {(16, 5): "port_no:anyport16 pad2 queue_id:u32"},
        V1_3: {(18, 5): "port_no:u32 queue_id:u32"},
    }


@dataclass(slots=True)
class QueueStatsReply(MultipartReply):
    """The queues' counters."""

    body: list[QueueStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 5): "body:QueueStats*"},
        V1_3: {(19, 5): "body:QueueStats*"},
    }
