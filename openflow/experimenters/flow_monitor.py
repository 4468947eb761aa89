"""Flow monitors: the switch says what changes in its flow tables (nicira-ext.h, "Flow Table Monitoring").

Nicira's are for 1.0; ONF's for 1.3 (EXT-187) are the same with 1.3's ports and instructions. 1.4 has its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from openflow.actions import Action
from openflow.constants import PortNo, TableId
from openflow.experimenters.numbers import ONF, message, reply, request
from openflow.instructions import Instruction
from openflow.match import ANY_PACKET, Match
from openflow.messages.base import Message, MultipartReply, MultipartRequest
from openflow.structs import Element, Struct
from openflow.versions import V1_0, V1_3

_MATCH = "match:nxm align8(match)"
_ONF_FLOW_MONITOR = 1870


class NxFlowMonitorFlags(IntFlag):
    """NXFMF_* and ONFFMF_*."""

    INITIAL = 1
    ADD = 2
    DELETE = 4
    MODIFY = 8
    ACTIONS = 16
    OWN = 32


@dataclass(slots=True)
class NxFlowMonitor(Struct):
    """Which flow entries are watched, and for what."""

    id: int = 0
    flags: int = 0
    out_port: int = PortNo.ANY
    table_id: int = TableId.ALL
    match: Match = ANY_PACKET
    layout = {
        V1_0: f"id:u32 flags:u16 out_port:port16 len16(match) table_id:u8 pad5 {_MATCH}",
        V1_3: f"id:u32 flags:u16 len16(match) out_port:u32 table_id:u8 pad3 {_MATCH}",
    }


@dataclass(slots=True)
class NxFlowMonitorStatsRequest(MultipartRequest):
    """Watch flow entries; the first answer holds those that are there, if INITIAL asks for them."""

    body: list[NxFlowMonitor] = field(default_factory=list)
    layout = {
        **request(2, "body:NxFlowMonitor*", last=V1_0),
        **request(_ONF_FLOW_MONITOR, "body:NxFlowMonitor*", V1_3, V1_3, by=ONF),
    }


class NxFlowUpdate(Element):
    """Something that happened to a flow entry; this class names the family."""

    __slots__ = ()
    raw = "RawNxFlowUpdate"
    length_first = True


_UPDATE = (
    "reason:u16 priority:u16 idle_timeout:u16 hard_timeout:u16 len16(match) table_id:u8 pad1"
    f" cookie:u64 {_MATCH} "
)
_FULL = {
    V1_0: f"{_UPDATE} actions:Action* -instructions",
    V1_3: f"{_UPDATE} instructions:Instruction* -actions",
}


@dataclass(slots=True)
class _Full(NxFlowUpdate):
    """A flow entry as it is now, or was. It has `actions` on 1.0 and `instructions` on 1.3."""

    reason: int = 0
    priority: int = 0
    idle_timeout: int = 0
    hard_timeout: int = 0
    table_id: int = 0
    cookie: int = 0
    match: Match = ANY_PACKET
    actions: Sequence[Action] = field(default_factory=list)
    instructions: Sequence[Instruction] = field(default_factory=list)


@dataclass(slots=True)
class NxFlowAdded(_Full):
    """A flow entry was added."""

    layout = {version: {0: text} for version, text in _FULL.items()}


@dataclass(slots=True)
class NxFlowDeleted(_Full):
    """A flow entry is gone, for a FlowRemovedReason."""

    layout = {version: {1: text} for version, text in _FULL.items()}


@dataclass(slots=True)
class NxFlowModified(_Full):
    """A flow entry has other actions."""

    layout = {version: {2: text} for version, text in _FULL.items()}


@dataclass(slots=True)
class NxFlowAbbrev(NxFlowUpdate):
    """The flow-mod of this controller with this xid took effect."""

    request_xid: int = 0
    layout = {V1_0: {3: "request_xid:u32"}, V1_3: {3: "request_xid:u32"}}


@dataclass(slots=True)
class RawNxFlowUpdate(NxFlowUpdate):
    """An update of unknown kind."""

    type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class NxFlowMonitorStatsReply(MultipartReply):
    """What has happened to flow entries; with xid 0 when it comes unasked."""

    body: list[NxFlowUpdate] = field(default_factory=list)
    layout = {
        **reply(2, "body:NxFlowUpdate*", last=V1_0),
        **reply(_ONF_FLOW_MONITOR, "body:NxFlowUpdate*", V1_3, V1_3, by=ONF),
    }


@dataclass(slots=True)
class NxFlowMonitorCancel(Message):
    """Watch no more."""

    id: int = 0
    layout = message(21, "id:u32")


@dataclass(slots=True)
class NxFlowMonitorPaused(Message):
    """There is more to say than the connection takes: additions and changes are left out from here on."""

    layout = message(22, "")


@dataclass(slots=True)
class NxFlowMonitorResumed(Message):
    """All that was left out has been said."""

    layout = message(23, "")


@dataclass(slots=True)
class OnfFlowMonitorCancel(Message):
    """Watch no more (EXT-187)."""

    id: int = 0
    layout = message(1870, "id:u32", V1_3, V1_3, by=ONF)


@dataclass(slots=True)
class OnfFlowMonitorPaused(Message):
    """NxFlowMonitorPaused of EXT-187."""

    layout = message(1871, "", V1_3, V1_3, by=ONF)


@dataclass(slots=True)
class OnfFlowMonitorResumed(Message):
    """NxFlowMonitorResumed of EXT-187."""

    layout = message(1872, "", V1_3, V1_3, by=ONF)
