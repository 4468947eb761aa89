"""Flow entries: changing them, hearing of their end, reading them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import (
    DEFAULT_PRIORITY,
    NO_BUFFER,
    FlowModCommand,
    FlowRemovedReason,
    GroupId,
    PortNo,
    TableId,
)
from openflow.instructions import Instruction
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message, MultipartReply, MultipartRequest
from openflow.structs import Struct
from openflow.versions import V1_0, V1_3


@dataclass(slots=True)
class FlowMod(Message):
    """Add, modify or delete flow entries (OpenFlow 1.3.5, 7.3.4.1; 1.0.2, 5.3.3).

    Time-outs are seconds, 0 is none. On 1.0 the instructions are a single ApplyActions, or none to drop.
    """

    match: Match = ANY_PACKET
    instructions: Sequence[Instruction] = field(default_factory=list)
    command: int = FlowModCommand.ADD
    table_id: int = 0
    priority: int = DEFAULT_PRIORITY
    idle_timeout: int = 0
    hard_timeout: int = 0
    cookie: int = 0
    cookie_mask: int = 0
    buffer_id: int = NO_BUFFER
    out_port: int = PortNo.ANY
    out_group: int = GroupId.ANY
    flags: int = 0
    layout = {
        V1_0: {
            14: "match:fixedmatch cookie:u64 command:u16 idle_timeout:u16 hard_timeout:u16"
            " priority:u16 buffer_id:u32 out_port:port16 flags:flowflags16 instructions:applied"
        },
        V1_3: {
            14: "cookie:u64 cookie_mask:u64 table_id:u8 command:u8 idle_timeout:u16 hard_timeout:u16"
            " priority:u16 buffer_id:u32 out_port:u32 out_group:u32 flags:u16 pad2"
            " match:oxm instructions:Instruction*"
        },
    }


@dataclass(slots=True)
class FlowRemoved(Message):
    """A flow entry timed out or was deleted (OpenFlow 1.3.5, 7.4.2)."""

    match: Match = ANY_PACKET
    cookie: int = 0
    priority: int = 0
    reason: int = FlowRemovedReason.IDLE_TIMEOUT
    table_id: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    idle_timeout: int = 0
    hard_timeout: int = 0
    packet_count: int = 0
    byte_count: int = 0
    layout = {
        V1_0: {
            11: "match:fixedmatch cookie:u64 priority:u16 reason:u8 pad1 duration_sec:u32"
            " duration_nsec:u32 idle_timeout:u16 pad2 packet_count:u64 byte_count:u64"
            " -table_id -hard_timeout"
        },
        V1_3: {
            11: "cookie:u64 priority:u16 reason:u8 table_id:u8 duration_sec:u32 duration_nsec:u32"
            " idle_timeout:u16 hard_timeout:u16 packet_count:u64 byte_count:u64 match:oxm"
        },
    }


@dataclass(slots=True)
class FlowStats(Struct):
    """One flow entry with its counters (OpenFlow 1.3.5, 7.3.5.2)."""

    table_id: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    priority: int = 0
    idle_timeout: int = 0
    hard_timeout: int = 0
    flags: int = 0
    cookie: int = 0
    packet_count: int = 0
    byte_count: int = 0
    match: Match = ANY_PACKET
    instructions: Sequence[Instruction] = field(default_factory=list)
    layout = {
        V1_0: "size16 table_id:u8 pad1 match:fixedmatch duration_sec:u32 duration_nsec:u32"
        " priority:u16 idle_timeout:u16 hard_timeout:u16 pad6 cookie:u64 packet_count:u64"
        " byte_count:u64 instructions:applied -flags",
        V1_3: "size16 table_id:u8 pad1 duration_sec:u32 duration_nsec:u32 priority:u16"
        " idle_timeout:u16 hard_timeout:u16 flags:u16 pad4 cookie:u64 packet_count:u64"
        " byte_count:u64 match:oxm instructions:Instruction*",
    }


_FILTER_1_0 = "match:fixedmatch table_id:u8 pad1 out_port:port16"
_FILTER_1_3 = (
    "table_id:u8 pad3 out_port:u32 out_group:u32 pad4 cookie:u64 cookie_mask:u64 match:oxm"
)


@dataclass(slots=True)
class _FlowFilter(MultipartRequest):
    """Which flow entries a request means."""

    table_id: int = TableId.ALL
    out_port: int = PortNo.ANY
    out_group: int = GroupId.ANY
    cookie: int = 0
    cookie_mask: int = 0
    match: Match = ANY_PACKET


@dataclass(slots=True)
class FlowStatsRequest(_FlowFilter):
    """Which flow entries are there that this filter lets through? (7.3.5.2)"""

    layout = {V1_0: {(16, 1): _FILTER_1_0}, V1_3: {(18, 1): _FILTER_1_3}}


@dataclass(slots=True)
class FlowStatsReply(MultipartReply):
    """Flow entries with their counters."""

    body: list[FlowStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 1): "body:FlowStats*"},
        V1_3: {(19, 1): "body:FlowStats*"},
    }


@dataclass(slots=True)
class AggregateStatsRequest(_FlowFilter):
    """How much have the flow entries counted that this filter lets through? (7.3.5.3)"""

    layout = {V1_0: {(16, 2): _FILTER_1_0}, V1_3: {(18, 2): _FILTER_1_3}}


@dataclass(slots=True)
class AggregateStatsReply(MultipartReply):
    """The sums of the flow entries' counters."""

    packet_count: int = 0
    byte_count: int = 0
    flow_count: int = 0
    layout = {
        V1_0: {(17, 2): "packet_count:u64 byte_count:u64 flow_count:u32 pad4"},
        V1_3: {(19, 2): "packet_count:u64 byte_count:u64 flow_count:u32 pad4"},
    }


@dataclass(slots=True)
class TableStats(Struct):
    """What a table has counted (OpenFlow 1.3.5, 7.3.5.4); name, wildcards, max_entries are only 1.0's."""

    table_id: int = 0
    active_count: int = 0
    lookup_count: int = 0
    matched_count: int = 0
    name: str = ""
    wildcards: int = 0
    max_entries: int = 0
    layout = {
        V1_0: "table_id:u8 pad3 name:text32 wildcards:u32 max_entries:u32 active_count:u32"
        " lookup_count:u64 matched_count:u64",
        V1_3: "table_id:u8 pad3 active_count:u32 lookup_count:u64 matched_count:u64"
        " -name -wildcards -max_entries",
    }


@dataclass(slots=True)
class TableStatsRequest(MultipartRequest):
    """What have the tables counted?"""

    layout = {V1_0: {(16, 3): ""}, V1_3: {(18, 3): ""}}


@dataclass(slots=True)
class TableStatsReply(MultipartReply):
    """The tables' counters."""

    body: list[TableStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 3): "body:TableStats*"},
        V1_3: {(19, 3): "body:TableStats*"},
    }
