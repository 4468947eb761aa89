"""Flow entries: changing them, hearing of their end, reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openflow.constants import (
    DEFAULT_PRIORITY,
    NO_BUFFER,
    FlowModCommand,
    FlowRemovedReason,
    FlowStatsReason,
    GroupId,
    PortNo,
    TableId,
)
from openflow.forms.oxs import Stat
from openflow.instructions import Instruction
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message, MultipartReply, MultipartRequest, R_co, since
from openflow.structs import Code, Struct
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4, V1_5, Version

_FLOW_MOD = (
    "cookie:u64 cookie_mask:u64 table_id:u8 command:u8 idle_timeout:u16 hard_timeout:u16"
    " priority:u16 buffer_id:u32 out_port:u32 out_group:u32"
)
_FLOW_REMOVED = (
    "cookie:u64 priority:u16 reason:u8 table_id:u8 duration_sec:u32 duration_nsec:u32"
    " idle_timeout:u16"
)
_FLOW_STATS = (
    "size16 table_id:u8 pad1 duration_sec:u32 duration_nsec:u32"
    " priority:u16 idle_timeout:u16 hard_timeout:u16"
)
_COUNTS = "packet_count:u64 byte_count:u64"
_INSTRUCTIONS = "instructions:Instruction*"
_STATISTICS = "duration_sec+duration_nsec+packet_count+byte_count+stats:oxs"


@dataclass(slots=True)
class FlowMod(Message):
    """Add, modify or delete flow entries (OpenFlow 1.5.1, 7.3.4.2; 1.3.5, 7.3.4.1; 1.0.2, 5.3.3).

    Time-outs are seconds, 0 is none. On 1.0 the instructions are a single ApplyActions, or none to drop. Entries of
    more `importance` are evicted later, from OpenFlow 1.4 on.
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
    importance: int = 0
    layout = {
        V1_0: {
            14: "match:fixedmatch cookie:u64 command:u16 idle_timeout:u16 hard_timeout:u16"
            " priority:u16 buffer_id:u32 out_port:port16 flags:flowflags16 instructions:applied"
        },
        V1_1: {14: f"{_FLOW_MOD} flags:basicflags16 pad2 match:standardmatch {_INSTRUCTIONS}"},
        V1_2: {14: f"{_FLOW_MOD} flags:resetflags16 pad2 match:oxm {_INSTRUCTIONS}"},
        V1_3: {14: f"{_FLOW_MOD} flags:u16 pad2 match:oxm {_INSTRUCTIONS}"},
        **since(V1_4, {14: f"{_FLOW_MOD} flags:u16 importance:u16 match:oxm {_INSTRUCTIONS}"}),
    }


@dataclass(slots=True)
class FlowRemoved(Message):
    """A flow entry timed out or was deleted (OpenFlow 1.5.1, 7.4.2; 1.3.5, 7.4.2).

    1.5 sends statistics of which each may be missing: it has all ones then. `stats` holds others
    (`openflow.forms.oxs`).
    """

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
    stats: dict[str, Stat] = field(default_factory=dict)
    layout = {
        V1_0: {
            11: "match:fixedmatch cookie:u64 priority:u16 reason:u8 pad1 duration_sec:u32"
            " duration_nsec:u32 idle_timeout:u16 pad2 packet_count:u64 byte_count:u64"
            " -table_id -hard_timeout -stats"
        },
        V1_1: {11: f"{_FLOW_REMOVED} pad2 {_COUNTS} match:standardmatch -hard_timeout -stats"},
        **since(
            V1_2, {11: f"{_FLOW_REMOVED} hard_timeout:u16 {_COUNTS} match:oxm -stats"}, until=V1_4
        ),
        V1_5: {
            11: "table_id:u8 reason:u8 priority:u16 idle_timeout:u16 hard_timeout:u16 cookie:u64"
            f" match:oxm {_STATISTICS}"
        },
    }


@dataclass(slots=True)
class FlowStats(Struct):
    """One flow entry with its counters (OpenFlow 1.3.5, 7.3.5.2; in 1.5.1, 7.3.5.2 its description).

    1.5 sends statistics of which each may be missing: it has all ones then. `stats` holds others
    (`openflow.forms.oxs`).
    """

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
    importance: int = 0
    stats: dict[str, Stat] = field(default_factory=dict)
    layout = {
        V1_0: "size16 table_id:u8 pad1 match:fixedmatch duration_sec:u32 duration_nsec:u32"
        " priority:u16 idle_timeout:u16 hard_timeout:u16 pad6 cookie:u64 packet_count:u64"
        " byte_count:u64 instructions:applied -flags -importance -stats",
        V1_1: f"{_FLOW_STATS} pad6 cookie:u64 {_COUNTS} match:standardmatch {_INSTRUCTIONS}"
        " -flags -importance -stats",
        V1_2: f"{_FLOW_STATS} pad6 cookie:u64 {_COUNTS} match:oxm {_INSTRUCTIONS}"
        " -flags -importance -stats",
        V1_3: f"{_FLOW_STATS} flags:u16 pad4 cookie:u64 {_COUNTS} match:oxm {_INSTRUCTIONS}"
        " -importance -stats",
        V1_4: f"{_FLOW_STATS} flags:u16 importance:u16 pad2 cookie:u64 {_COUNTS} match:oxm"
        f" {_INSTRUCTIONS} -stats",
        V1_5: "size16 pad2 table_id:u8 pad1 priority:u16 idle_timeout:u16 hard_timeout:u16"
        f" flags:u16 importance:u16 cookie:u64 match:oxm {_STATISTICS} {_INSTRUCTIONS}",
    }


_OLDEST_FILTER = "match:fixedmatch table_id:u8 pad1 out_port:port16"
_FILTER = "table_id:u8 pad3 out_port:u32 out_group:u32 pad4 cookie:u64 cookie_mask:u64"


def _filter(part: int) -> Mapping[Version, dict[Code, str]]:
    """The layouts of a request that names flow entries, with the number of its multipart."""
    return {
        V1_0: {(16, part): _OLDEST_FILTER},
        V1_1: {(18, part): f"{_FILTER} match:standardmatch"},
        **since(V1_2, {(18, part): f"{_FILTER} match:oxm"}),
    }


@dataclass(slots=True)
class _FlowFilter(MultipartRequest[R_co]):
    """Which flow entries a request means."""

    table_id: int = TableId.ALL
    out_port: int = PortNo.ANY
    out_group: int = GroupId.ANY
    cookie: int = 0
    cookie_mask: int = 0
    match: Match = ANY_PACKET


@dataclass(slots=True)
class FlowStatsRequest(_FlowFilter["FlowStatsReply"]):
    """Which flow entries are there that this filter lets through? (7.3.5.2; 1.5 calls it FLOW_DESC)"""

    layout = _filter(1)


@dataclass(slots=True)
class FlowStatsReply(MultipartReply):
    """Flow entries with their counters."""

    body: list[FlowStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 1): "body:FlowStats*"},
        **since(V1_1, {(19, 1): "body:FlowStats*"}),
    }


@dataclass(slots=True)
class FlowCounters(Struct):
    """What one flow entry has counted, without what it does (OpenFlow 1.5.1, 7.3.5.3); missing ones are all ones."""

    table_id: int = 0
    reason: int = FlowStatsReason.STATS_REQUEST
    priority: int = 0
    match: Match = ANY_PACKET
    duration_sec: int = 0
    duration_nsec: int = 0
    packet_count: int = 0
    byte_count: int = 0
    stats: dict[str, Stat] = field(default_factory=dict)
    layout = {
        V1_5: f"size16 pad2 table_id:u8 reason:u8 priority:u16 match:oxm {_STATISTICS}",
    }


@dataclass(slots=True)
class FlowCountersStatsRequest(_FlowFilter["FlowCountersStatsReply"]):
    """What have the flow entries counted that this filter lets through? 1.5's FLOW_STATS (1.5.1, 7.3.5.3)."""

    layout = {V1_5: {(18, 17): f"{_FILTER} match:oxm"}}


@dataclass(slots=True)
class FlowCountersStatsReply(MultipartReply):
    """What flow entries have counted; it comes unasked when a StatTrigger says so."""

    body: list[FlowCounters] = field(default_factory=list)
    layout = {V1_5: {(19, 17): "body:FlowCounters*"}}


@dataclass(slots=True)
class AggregateStatsRequest(_FlowFilter["AggregateStatsReply"]):
    """How much have the flow entries counted that this filter lets through? (7.3.5.3)"""

    layout = _filter(2)


@dataclass(slots=True)
class AggregateStatsReply(MultipartReply):
    """The sums of the flow entries' counters; 1.5 may leave one out, which has all ones then."""

    packet_count: int = 0
    byte_count: int = 0
    flow_count: int = 0
    stats: dict[str, Stat] = field(default_factory=dict)
    layout = {
        V1_0: {(17, 2): f"{_COUNTS} flow_count:u32 pad4 -stats"},
        **since(V1_1, {(19, 2): f"{_COUNTS} flow_count:u32 pad4 -stats"}, until=V1_4),
        V1_5: {(19, 2): "packet_count+byte_count+flow_count+stats:oxs"},
    }


_ABILITIES = "-instructions -write_actions -apply_actions -config"
_FIELD_ABILITIES = "-write_setfields -apply_setfields -metadata_match -metadata_write"


@dataclass(slots=True)
class TableStats(Struct):
    """What a table has counted (OpenFlow 1.3.5, 7.3.5.4), and before 1.3 what it can do.

    1.0 has `name`, `wildcards` and `max_entries`; 1.1 (A.3.5.3) all but set-fields and metadata, as bitmaps of its own;
    1.2 (A.3.5.3) bitmaps of OXM fields, of action types and of instruction types.
    """

    table_id: int = 0
    active_count: int = 0
    lookup_count: int = 0
    matched_count: int = 0
    name: str = ""
    wildcards: int = 0
    max_entries: int = 0
    match: int = 0
    instructions: int = 0
    write_actions: int = 0
    apply_actions: int = 0
    write_setfields: int = 0
    apply_setfields: int = 0
    metadata_match: int = 0
    metadata_write: int = 0
    config: int = 0
    layout = {
        V1_0: "table_id:u8 pad3 name:text32 wildcards:u32 max_entries:u32 active_count:u32"
        f" lookup_count:u64 matched_count:u64 -match {_ABILITIES} {_FIELD_ABILITIES}",
        V1_1: "table_id:u8 pad7 name:text32 wildcards:u32 match:u32 instructions:u32"
        " write_actions:u32 apply_actions:u32 config:u32 max_entries:u32 active_count:u32"
        f" lookup_count:u64 matched_count:u64 {_FIELD_ABILITIES}",
        V1_2: "table_id:u8 pad7 name:text32 match:u64 wildcards:u64 write_actions:u32"
        " apply_actions:u32 write_setfields:u64 apply_setfields:u64 metadata_match:u64"
        " metadata_write:u64 instructions:u32 config:u32 max_entries:u32 active_count:u32"
        " lookup_count:u64 matched_count:u64",
        **since(
            V1_3,
            "table_id:u8 pad3 active_count:u32 lookup_count:u64 matched_count:u64"
            f" -name -wildcards -max_entries -match {_ABILITIES} {_FIELD_ABILITIES}",
        ),
    }


@dataclass(slots=True)
class TableStatsRequest(MultipartRequest["TableStatsReply"]):
    """What have the tables counted?"""

    layout = {V1_0: {(16, 3): ""}, **since(V1_1, {(18, 3): ""})}


@dataclass(slots=True)
class TableStatsReply(MultipartReply):
    """The tables' counters."""

    body: list[TableStats] = field(default_factory=list)
    layout = {
        V1_0: {(17, 3): "body:TableStats*"},
        **since(V1_1, {(19, 3): "body:TableStats*"}),
    }
