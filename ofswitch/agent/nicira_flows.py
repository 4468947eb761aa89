"""Flow entries on 1.0 in Nicira's form: any match, a table, and a choice by cookie (nicira-ext.h).

ovs-ofctl speaks 1.0 unless told otherwise, and turns to these where 1.0's own messages do not do. A filter by cookie
is among the fields of the match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ofswitch.agent import changing, nxm, replies
from ofswitch.agent.context import Context
from ofswitch.agent.session import Session
from ofswitch.agent.statistics import refuse_more
from openflow import (
    NO_COOKIE,
    V1_0,
    AggregateStatsReply,
    AggregateStatsRequest,
    ErrorCode,
    FlowMod,
    FlowModCommand,
    FlowRemoved,
    FlowStats,
    FlowStatsReply,
    FlowStatsRequest,
    Match,
    Message,
    OpenFlowError,
    TableId,
)
from openflow import experimenters as nx

_COOKIE = "nxm_nx_cookie"
_TABLE_SHIFT = 8


class _Filter(NamedTuple):
    """A match in NXM, taken apart."""

    match: Match
    cookie: int
    cookie_mask: int


def _read(match: Match) -> _Filter:
    """Raises OpenFlowError for a field that cannot be."""
    cookie, mask = match.masked(_COOKIE)
    rest = {name: match.masked(name) for name in match if name != _COOKIE}
    return _Filter(nxm.from_nxm(Match(rest)), cookie, mask)


def removed(message: FlowRemoved) -> nx.NxFlowRemoved:
    """The end of an entry, in Nicira's form."""
    return nx.NxFlowRemoved(
        match=nxm.to_nxm(message.match),
        cookie=message.cookie,
        priority=message.priority,
        reason=message.reason,
        table_id=message.table_id,
        duration_sec=message.duration_sec,
        duration_nsec=message.duration_nsec,
        idle_timeout=message.idle_timeout,
        packet_count=message.packet_count,
        byte_count=message.byte_count,
    )


def old_flow_mod(agent: Context, session: Session, request: FlowMod, now: float) -> None:
    """OpenFlow's own flow-mod; on 1.0 its command may name the table (NxFlowModTableId)."""
    if not session.names_tables:
        changing.flow_mod(agent, session, request, now)
        return
    table_id, command = divmod(request.command, 1 << _TABLE_SHIFT)
    named = replace(request, table_id=table_id, command=command)
    changing.tabled_flow_mod(agent, session, named, now)


_SHARED = (
    *("instructions", "command", "priority", "idle_timeout", "hard_timeout"),
    *("cookie", "buffer_id", "out_port", "flags"),
)


def _flow_mod(agent: Context, session: Session, request: nx.NxFlowMod, now: float) -> None:
    wanted = _read(request.match)
    values: dict[str, Any] = {name: getattr(request, name) for name in _SHARED}
    values["table_id"] = request.table_id if session.names_tables else TableId.ALL
    if request.command != FlowModCommand.ADD and wanted.cookie_mask:
        values |= {"cookie": wanted.cookie, "cookie_mask": wanted.cookie_mask}
    elif request.command == FlowModCommand.ADD and request.cookie == NO_COOKIE:
        values["cookie"] = 0
    change = FlowMod(**values, match=wanted.match, xid=request.xid)
    changing.tabled_flow_mod(agent, session, change, now)


def _set_format(agent: Context, session: Session, request: nx.NxSetFlowFormat, now: float) -> None:
    try:
        session.flow_format = nx.NxFlowFormat(request.format)
    except ValueError:
        text = f"{request.format} is no form of flow entries"
        raise OpenFlowError(ErrorCode.BAD_REQUEST__EPERM, text) from None


def _name_tables(
    agent: Context, session: Session, request: nx.NxFlowModTableId, now: float
) -> None:
    session.names_tables = bool(request.set) and session.version == V1_0


def _flows(agent: Context, session: Session, request: nx.NxFlowStatsRequest, now: float) -> None:
    refuse_more(request)
    wanted = _read(request.match)
    question = FlowStatsRequest(
        table_id=request.table_id, out_port=request.out_port, **wanted._asdict()
    )
    reply = agent.datapath.query(question, session.version, now)
    assert isinstance(reply, FlowStatsReply)
    entries = [_entry(one) for one in reply.body]
    kind, version = nx.NxFlowStatsReply, session.version
    session.send_all(replies.messages(kind, entries, version, request.xid, agent.left_out))


def _entry(entry: FlowStats) -> nx.NxFlowStats:
    names = (
        *("table_id", "duration_sec", "duration_nsec", "priority", "idle_timeout"),
        *("hard_timeout", "cookie", "packet_count", "byte_count", "instructions"),
    )
    values: dict[str, Any] = {name: getattr(entry, name) for name in names}
    return nx.NxFlowStats(**values, match=nxm.to_nxm(entry.match))


def _aggregate(
    agent: Context, session: Session, request: nx.NxAggregateStatsRequest, now: float
) -> None:
    refuse_more(request)
    wanted = _read(request.match)
    question = AggregateStatsRequest(
        table_id=request.table_id, out_port=request.out_port, **wanted._asdict()
    )
    reply = agent.datapath.query(question, session.version, now)
    assert isinstance(reply, AggregateStatsReply)
    session.reply(
        request,
        nx.NxAggregateStatsReply(
            packet_count=reply.packet_count,
            byte_count=reply.byte_count,
            flow_count=reply.flow_count,
        ),
    )


NICIRA_FLOW_HANDLERS: dict[type[Message], Callable[[Context, Session, Any, float], None]] = {
    nx.NxSetFlowFormat: _set_format,
    nx.NxFlowModTableId: _name_tables,
    nx.NxFlowMod: _flow_mod,
    nx.NxFlowStatsRequest: _flows,
    nx.NxAggregateStatsRequest: _aggregate,
}
