"""Flow monitors: controllers hear how flow entries change, whoever changes them (OpenFlow 1.4.0, 7.3.5.14).

1.0 has them from Nicira (nicira-ext.h), 1.3 from ONF (EXT-187); what is said when is as in Open vSwitch. What one
controller is told is up to its `Watch`. While nobody watches, the datapath takes no notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NoReturn

from ofswitch.agent import nxm, replies
from ofswitch.agent.context import Cause, Context
from ofswitch.agent.session import Session
from ofswitch.agent.statistics import refuse_more
from ofswitch.agent.watch import Identity, Watch, identity, is_about
from ofswitch.datapath import Datapath, FlowChanged
from openflow import (
    V1_3,
    ErrorCode,
    FlowMonitor,
    FlowMonitorFlags,
    FlowMonitorStatsRequest,
    FlowStats,
    FlowStatsReply,
    FlowStatsRequest,
    Message,
    OpenFlowError,
    TableId,
)
from openflow.experimenters import FlowMonitorCancel

MONITORS_MOST = 256
"""Flow monitors of one connection."""

_FLAGS = int(FlowMonitorFlags.ONLY_OWN) - 1
"""ONLY_OWN came with 1.4."""

_CHANGES = int(FlowMonitorFlags.ADD | FlowMonitorFlags.REMOVED | FlowMonitorFlags.MODIFY)
"""One at least is to be reported."""


class Monitors:
    """All flow monitors of a switch."""

    def __init__(self, datapath: Datapath, left_out: replies.Refused) -> None:
        self._datapath = datapath
        self._left_out = left_out
        self._watches: dict[Session, Watch] = {}

    def add(self, session: Session, monitors: Iterable[FlowMonitor], xid: int) -> None:
        """Watch for a controller, and answer with the entries that there are.

        Raises OpenFlowError, and then none of the monitors is there.
        """
        watch = self._watches.get(session) or Watch(session, self._select, self._left_out)
        added: dict[int, FlowMonitor] = {}
        for monitor in [self._checked(one, session) for one in monitors]:
            if monitor.monitor_id in watch.monitors.keys() | added.keys():
                text = f"there is a flow monitor {monitor.monitor_id} already"
                _refuse(ErrorCode.FLOW_MONITOR_FAILED__MONITOR_EXISTS, text)
            added[monitor.monitor_id] = monitor
        if len(watch.monitors) + len(added) > MONITORS_MOST:
            text = f"more than {MONITORS_MOST} flow monitors"
            _refuse(ErrorCode.FLOW_MONITOR_FAILED__UNKNOWN, text)
        self._watches[session] = watch
        self._datapath.watched = True
        watch.begin(list(added.values()), xid)

    def cancel(self, session: Session, monitor_id: int) -> None:
        """Watch no more by a monitor. Raises OpenFlowError."""
        watch = self._watches.get(session)
        if watch is None or watch.monitors.pop(monitor_id, None) is None:
            text = f"there is no flow monitor {monitor_id}"
            _refuse(ErrorCode.FLOW_MONITOR_FAILED__UNKNOWN_MONITOR, text)
        self._look_away()

    def forget(self, session: Session) -> None:
        """Watch no more for a connection that is gone."""
        if self._watches.pop(session, None) is not None:
            self._look_away()

    def note(self, change: FlowChanged, cause: Cause | None) -> None:
        """Something happened to an entry; `cause` is the message that did it, if one did."""
        for watch in self._watches.values():
            watch.note(change, cause)

    def flush(self) -> None:
        """Send what there is to say."""
        for watch in self._watches.values():
            watch.flush()

    def _look_away(self) -> None:
        """Let the datapath take no more notes than are wanted."""
        self._datapath.watched = any(watch.monitors for watch in self._watches.values())

    def _checked(self, monitor: FlowMonitor, session: Session) -> FlowMonitor:
        """A monitor with the names of fields that entries have. Raises OpenFlowError."""
        if monitor.flags & ~_FLAGS or not monitor.flags & _CHANGES:
            text = f"the flags {int(monitor.flags):#x} report nothing, or something unknown"
            _refuse(ErrorCode.FLOW_MONITOR_FAILED__BAD_FLAGS, text)
        n_tables = self._datapath.features().n_tables
        if monitor.table_id != TableId.ALL and monitor.table_id >= n_tables:
            text = f"there is no table {monitor.table_id}"
            _refuse(ErrorCode.BAD_REQUEST__BAD_TABLE_ID, text)
        if session.version < V1_3:
            monitor = replace(monitor, match=nxm.from_nxm(monitor.match))
        monitor.match.check()
        return monitor

    def _select(self, monitors: Iterable[FlowMonitor]) -> list[tuple[FlowStats, int]]:
        """The entries that monitors are about, each with the flags of those monitors together."""
        found: dict[Identity, tuple[FlowStats, int]] = {}
        for monitor in monitors:
            for entry in self._entries(monitor):
                which = identity(entry)
                _, flags = found.get(which, (entry, 0))
                found[which] = entry, flags | monitor.flags
        return list(found.values())

    def _entries(self, monitor: FlowMonitor) -> list[FlowStats]:
        request = FlowStatsRequest(table_id=monitor.table_id, match=monitor.match)
        reply = self._datapath.query(request, V1_3, now=0.0)
        assert isinstance(reply, FlowStatsReply)
        return [entry for entry in reply.body if is_about(monitor, entry)]


def _refuse(code: ErrorCode, text: str) -> NoReturn:
    raise OpenFlowError(code, text)


def _add(agent: Context, session: Session, request: FlowMonitorStatsRequest, now: float) -> None:
    refuse_more(request)
    agent.monitors.add(session, request.body, request.xid)


def _cancel(agent: Context, session: Session, request: FlowMonitorCancel, now: float) -> None:
    agent.monitors.cancel(session, request.id)


MONITOR_HANDLERS: dict[type[Message], Callable[[Context, Session, Any, float], None]] = {
    FlowMonitorStatsRequest: _add,
    FlowMonitorCancel: _cancel,
}
