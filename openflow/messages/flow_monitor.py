"""Flow monitors: a controller hears how flow entries change, whoever changes them (OpenFlow 1.4.0, 7.3.5.14).

1.3 has them from ONF (EXT-187), earlier versions from Nicira (nicira-ext.h); those do not know groups, nor commands: a
monitor ends with FlowMonitorCancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow import vendors
from openflow.constants import FlowMonitorCommand, FlowRemovedReason, GroupId, PortNo, TableId
from openflow.instructions import Instruction
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import MultipartReply, MultipartRequest, since
from openflow.structs import Code, Element, Struct
from openflow.vendors import ONF
from openflow.versions import V1_0, V1_2, V1_3, V1_4

_OF_ONF = 1870
"""ONFMP_FLOW_MONITOR."""


@dataclass(slots=True)
class FlowMonitor(Struct):
    """Which entries to watch, and what of them to report (FlowMonitorFlags)."""

    monitor_id: int = 0
    out_port: int = PortNo.ANY
    out_group: int = GroupId.ANY
    flags: int = 0
    table_id: int = TableId.ALL
    command: int = FlowMonitorCommand.ADD
    match: Match = ANY_PACKET
    layout = {
        **since(
            V1_0,
            "monitor_id:u32 flags:u16 out_port:port16 len16(match) table_id:u8 pad5"
            " match:nxm align8(match)",
            until=V1_2,
        ),
        V1_3: "monitor_id:u32 flags:u16 len16(match) out_port:u32 table_id:u8 pad3"
        " match:onfmatch align8(match)",
        **since(
            V1_4,
            "monitor_id:u32 out_port:u32 out_group:u32 flags:u16 table_id:u8 command:u8 match:oxm",
        ),
    }


class FlowUpdate(Element):
    """What has happened to an entry, or to the monitor itself; this class names the family."""

    __slots__ = ()
    raw = "RawFlowUpdate"
    length_first = True


_FULL = (
    "table_id:u8 reason:u8 idle_timeout:u16 hard_timeout:u16 priority:u16 pad4 cookie:u64"
    " match:oxm instructions:Instruction*"
)


_BEFORE_1_4 = (
    "reason:u16 priority:u16 idle_timeout:u16 hard_timeout:u16 len16(match) table_id:u8 pad1"
    " cookie:u64 match:{match} align8(match) {instructions}"
)


def _before(match: str, instructions: str) -> dict[Code, str]:
    """The kinds that there are before 1.4; what was there at first has been added, too."""
    text = _BEFORE_1_4.format(match=match, instructions=instructions)
    return {
        0: f"event=added|initial {text}",
        1: f"event=removed {text}",
        2: f"event=modified {text}",
    }


@dataclass(slots=True)
class FlowUpdateFull(FlowUpdate):
    """An entry that was there when the monitor began, or was added, removed or modified."""

    event: str = "added"
    table_id: int = 0
    reason: int = FlowRemovedReason.IDLE_TIMEOUT
    idle_timeout: int = 0
    hard_timeout: int = 0
    priority: int = 0
    cookie: int = 0
    match: Match = ANY_PACKET
    instructions: Sequence[Instruction] = field(default_factory=list)
    layout = {
        **since(V1_0, _before("nxm", "instructions:applied"), until=V1_2),
        V1_3: _before("onfmatch", "instructions:Instruction*"),
        **since(
            V1_4,
            {
                0: f"event=initial {_FULL}",
                1: f"event=added {_FULL}",
                2: f"event=removed {_FULL}",
                3: f"event=modified {_FULL}",
            },
        ),
    }


@dataclass(slots=True)
class FlowUpdateAbbrev(FlowUpdate):
    """The controller's own change, which it knows by the xid of its message."""

    request_xid: int = 0
    layout = {
        **since(V1_0, {3: "request_xid:u32"}, until=V1_3),
        **since(V1_4, {4: "request_xid:u32"}),
    }


@dataclass(slots=True)
class FlowUpdatePaused(FlowUpdate):
    """The switch has too much to report and stops for a while, or goes on."""

    event: str = "paused"
    layout = since(V1_4, {5: "event=paused pad4", 6: "event=resumed pad4"})


@dataclass(slots=True)
class RawFlowUpdate(FlowUpdate):
    """An update of unknown type."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class FlowMonitorStatsRequest(MultipartRequest["FlowMonitorStatsReply"]):
    """Add, modify or delete monitors; the answers go on for as long as there are monitors."""

    body: Sequence[FlowMonitor] = field(default_factory=list)
    layout = {
        **vendors.request(2, "body:FlowMonitor*", last=V1_2),
        **vendors.request(_OF_ONF, "body:FlowMonitor*", V1_3, V1_3, by=ONF),
        **since(V1_4, {(18, 16): "body:FlowMonitor*"}),
    }


@dataclass(slots=True)
class FlowMonitorStatsReply(MultipartReply):
    """What the monitors have seen."""

    body: list[FlowUpdate] = field(default_factory=list)
    layout = {
        **vendors.reply(2, "body:FlowUpdate*", last=V1_2),
        **vendors.reply(_OF_ONF, "body:FlowUpdate*", V1_3, V1_3, by=ONF),
        **since(V1_4, {(19, 16): "body:FlowUpdate*"}),
    }
