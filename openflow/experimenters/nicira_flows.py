"""Flow entries in Nicira's form (nicira-ext.h): 1.0's messages with a match of any fields in place of the fixed one.

Matches may name NXM's fields and OXM's alike; Open vSwitch takes both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import (
    DEFAULT_PRIORITY,
    NO_BUFFER,
    FlowModCommand,
    FlowRemovedReason,
    PortNo,
    TableId,
)
from openflow.instructions import Instruction
from openflow.layouts.kinds import TRANSLATIONS, Translation
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message, MultipartReply, MultipartRequest
from openflow.structs import Struct
from openflow.vendors import message, reply, request
from openflow.versions import V1_0, V1_1

TRANSLATIONS["plusone"] = Translation(
    lambda value: (value - 1) & 0xFF, lambda value: value + 1 & 0xFF if value <= 0xFF else value
)
"""A table's number plus one; 0 where it is not known, which is TableId.ALL here."""

_MATCH = "match:nxm align8(match)"
_FLOW_MOD = (
    "cookie:u64 table_id:u8 command:u8 idle_timeout:u16 hard_timeout:u16 priority:u16"
    " buffer_id:u32 out_port:port16 flags:{flags}16 len16(match) pad6"
    f" {_MATCH} "
)


@dataclass(slots=True)
class NxFlowMod(Message):
    """Add, modify or delete flow entries; `table_id` only counts after NxFlowModTableId."""

    match: Match = ANY_PACKET
    instructions: Sequence[Instruction] = field(default_factory=list)
    command: int = FlowModCommand.ADD
    table_id: int = 0
    priority: int = DEFAULT_PRIORITY
    idle_timeout: int = 0
    hard_timeout: int = 0
    cookie: int = 0
    buffer_id: int = NO_BUFFER
    out_port: int = PortNo.ANY
    flags: int = 0
    layout = {
        **message(13, _FLOW_MOD.format(flags="flowflags") + "instructions:applied", last=V1_0),
        **message(13, _FLOW_MOD.format(flags="u") + "instructions:Instruction*", V1_1),
    }


@dataclass(slots=True)
class NxFlowRemoved(Message):
    """A flow entry is gone. Old switches do not say from which table: TableId.ALL."""

    match: Match = ANY_PACKET
    cookie: int = 0
    priority: int = 0
    reason: int = FlowRemovedReason.IDLE_TIMEOUT
    table_id: int = TableId.ALL
    duration_sec: int = 0
    duration_nsec: int = 0
    idle_timeout: int = 0
    packet_count: int = 0
    byte_count: int = 0
    layout = message(
        14,
        "cookie:u64 priority:u16 reason:u8 table_id:plusone8 duration_sec:u32 duration_nsec:u32"
        f" idle_timeout:u16 len16(match) packet_count:u64 byte_count:u64 {_MATCH}",
    )


_FILTER = f"out_port:port16 len16(match) table_id:u8 pad3 {_MATCH}"


@dataclass(slots=True)
class NxFlowStatsRequest(MultipartRequest["NxFlowStatsReply"]):
    """Which flow entries are there that this filter lets through?"""

    table_id: int = TableId.ALL
    out_port: int = PortNo.ANY
    match: Match = ANY_PACKET
    layout = request(0, _FILTER, last=V1_0)


@dataclass(slots=True)
class NxFlowStats(Struct):
    """A flow entry with its counters. The ages are seconds plus one, 0 where they are not known."""

    table_id: int = 0
    duration_sec: int = 0
    duration_nsec: int = 0
    priority: int = 0
    idle_timeout: int = 0
    hard_timeout: int = 0
    idle_age: int = 0
    hard_age: int = 0
    cookie: int = 0
    packet_count: int = 0
    byte_count: int = 0
    match: Match = ANY_PACKET
    instructions: Sequence[Instruction] = field(default_factory=list)
    layout = {
        V1_0: "size16 table_id:u8 pad1 duration_sec:u32 duration_nsec:u32 priority:u16"
        " idle_timeout:u16 hard_timeout:u16 len16(match) idle_age:u16 hard_age:u16 cookie:u64"
        f" packet_count:u64 byte_count:u64 {_MATCH} instructions:applied"
    }


@dataclass(slots=True)
class NxFlowStatsReply(MultipartReply):
    """Flow entries with their counters."""

    body: list[NxFlowStats] = field(default_factory=list)
    layout = reply(0, "body:NxFlowStats*", last=V1_0)


@dataclass(slots=True)
class NxAggregateStatsRequest(MultipartRequest["NxAggregateStatsReply"]):
    """How much have the flow entries counted that this filter lets through?"""

    table_id: int = TableId.ALL
    out_port: int = PortNo.ANY
    match: Match = ANY_PACKET
    layout = request(1, _FILTER, last=V1_0)


@dataclass(slots=True)
class NxAggregateStatsReply(MultipartReply):
    """The sums of the flow entries' counters."""

    packet_count: int = 0
    byte_count: int = 0
    flow_count: int = 0
    layout = reply(1, "packet_count:u64 byte_count:u64 flow_count:u32 pad4", last=V1_0)
