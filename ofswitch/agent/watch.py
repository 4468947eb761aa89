"""What one controller is told of flow entries by its flow monitors (OpenFlow 1.4.0, 7.3.5.14; nicira-ext.h).

While more than `WAITS_MOST` octets wait to be read, the watch is paused: it has said so, and reports only the end of
entries that the controller knows. What else it misses is kept in `Missed`, and reported as it is by then when all has
been read; then it says that it has resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from ofswitch.agent import nxm, replies
from ofswitch.agent.context import Cause
from ofswitch.agent.session import Session
from ofswitch.datapath import FlowChanged
from ofswitch.datapath.key import covers
from openflow import (
    V1_3,
    ApplyActions,
    Enqueue,
    FlowMonitor,
    FlowMonitorFlags,
    FlowMonitorStatsReply,
    FlowStats,
    FlowUpdate,
    FlowUpdateAbbrev,
    FlowUpdateFull,
    Group,
    GroupId,
    Instruction,
    Match,
    Output,
    PortNo,
    TableId,
    WriteActions,
    encode,
)
from openflow.experimenters import FlowMonitorPaused, FlowMonitorResumed

WAITS_MOST = 128 << 10
"""Octets, as in Open vSwitch."""

MISSED_MOST = 1 << 16
"""Entries; when more are missed, every one is reported afresh."""

Flags = FlowMonitorFlags
Identity = tuple[int, int, Match]
"""A flow entry's table, priority and match."""

Select = Callable[[Iterable[FlowMonitor]], list[tuple[FlowStats, int]]]
"""Finds the entries that monitors are about, each with the flags of those monitors together."""

_WANTED: dict[str, FlowMonitorFlags] = {
    "added": Flags.ADD,
    "removed": Flags.REMOVED,
    "modified": Flags.MODIFY,
}


def is_about(
    monitor: FlowMonitor, entry: FlowStats, before: Sequence[Instruction] | None = None
) -> bool:
    """Whether a monitor is about an entry, by what it does or did before."""
    return (
        monitor.table_id in (TableId.ALL, entry.table_id)
        and covers(monitor.match, entry.match)
        and any(_leads_to(one, monitor) for one in (entry.instructions, before or ()))
    )


def _leads_to(instructions: Iterable[Instruction], monitor: FlowMonitor) -> bool:
    if monitor.out_port == PortNo.ANY and monitor.out_group == GroupId.ANY:
        return True
    actions = [
        action
        for one in instructions
        if isinstance(one, ApplyActions | WriteActions)
        for action in one.actions
    ]
    ports = {one.port for one in actions if isinstance(one, Output | Enqueue)}
    groups = {one.group_id for one in actions if isinstance(one, Group)}
    return monitor.out_port in (PortNo.ANY, *ports) and monitor.out_group in (GroupId.ANY, *groups)


def identity(entry: FlowStats) -> Identity:
    """What no two entries have in common."""
    return entry.table_id, entry.priority, entry.match


class Missed:
    """What a paused watch has not said of entries."""

    def __init__(self) -> None:
        self._events: dict[Identity, Literal["new", "added", "modified"]] | None = {}
        """`new` entries are unknown to the controller; None when there were too many."""

    def add(self, change: FlowChanged) -> None:
        """Keep a change, unless it is the end of an entry."""
        if self._events is None:
            return
        which = identity(change.entry)
        known = self._events.get(which)
        if change.event == "added":
            was_unknown = known == "new" or change.before is None
            self._events[which] = "new" if was_unknown else "added"
        elif known is None:
            self._events[which] = "modified"
        if len(self._events) > MISSED_MOST:
            self._events = None

    def knows(self, change: FlowChanged) -> bool:
        """Whether the controller may know the entry that is gone; there is no more to say of it later."""
        return self._events is None or self._events.pop(identity(change.entry), None) != "new"

    def event(self, entry: FlowStats) -> str | None:
        """What to say of an entry that is there now."""
        if self._events is None:
            return "added"
        event = self._events.get(identity(entry))
        return "added" if event == "new" else event


class Watch:
    """The flow monitors of one controller, and what it is told."""

    def __init__(self, session: Session, select: Select, left_out: replies.Refused) -> None:
        self.monitors: dict[int, FlowMonitor] = {}
        self._session = session
        self._select = select
        self._left_out = left_out
        self._updates: list[FlowUpdate] = []
        self._abbreviated = False
        self._missed: Missed | None = None

    @property
    def paused(self) -> bool:
        """Whether it waits for the controller to read."""
        return self._missed is not None

    def begin(self, monitors: Sequence[FlowMonitor], xid: int) -> None:
        """Watch by these monitors, too, and answer with the entries that there are."""
        self.monitors |= {monitor.monitor_id: monitor for monitor in monitors}
        initial = [monitor for monitor in monitors if monitor.flags & Flags.INITIAL]
        updates = [self._full("initial", *one) for one in self._select(initial)]
        version, refused = self._session.version, self._left_out
        answer = replies.messages(FlowMonitorStatsReply, updates, version, xid, refused)
        self._session.send_all(answer)

    def note(self, change: FlowChanged, cause: Cause | None) -> None:
        """Something happened to an entry."""
        if self._missed is not None:
            if change.event != "removed":
                self._missed.add(change)
                return
            if not self._missed.knows(change):
                return
        flags = self._flags(change)
        if not flags:
            return
        if self._is_own(cause) and not flags & Flags.NO_ABBREV and not self.paused:
            self._abbreviate(cause)
        else:
            self._updates.append(self._full(change.event, change.entry, flags, change.reason))

    def flush(self) -> None:
        """Send what there is to say; pause when the controller has much to read."""
        if self._updates:
            updates, self._updates, self._abbreviated = self._updates, [], False
            self._session.send_behind(self._encoded(updates))
            if not self.paused and self._session.waits > WAITS_MOST:
                self._pause()

    def _pause(self) -> None:
        self._missed = Missed()
        self._session.send_behind([encode(FlowMonitorPaused(), self._session.version)])
        self._session.when_drained = self._resume

    def _resume(self) -> None:
        missed, self._missed = self._missed, None
        if missed is None:
            return
        updates = []
        for entry, flags in self._select(self.monitors.values()):
            event = missed.event(entry)
            wanted = Flags.MODIFY if event == "modified" else Flags.ADD | Flags.MODIFY
            if event is not None and flags & wanted:
                updates.append(self._full(event, entry, flags))
        resumed = encode(FlowMonitorResumed(), self._session.version)
        self._session.send_all(chain(self._encoded(updates), [resumed]))

    def _flags(self, change: FlowChanged) -> int:
        """The flags of the monitors that report a change, together; 0 for none."""
        wanted, flags = _WANTED[change.event], 0
        for monitor in self.monitors.values():
            if monitor.flags & wanted and is_about(monitor, change.entry, change.before):
                flags |= monitor.flags
        return flags

    def _is_own(self, cause: Cause | None) -> bool:
        return cause is not None and cause.session is self._session

    def _abbreviate(self, cause: Cause | None) -> None:
        """Name the controller's own message, once."""
        if cause is not None and not self._abbreviated:
            self._abbreviated = True
            self._updates.append(FlowUpdateAbbrev(cause.xid))

    def _full(self, event: str, entry: FlowStats, flags: int, reason: int = 0) -> FlowUpdateFull:
        is_old = self._session.version < V1_3
        said: Any = entry.instructions if flags & Flags.INSTRUCTIONS else []
        return FlowUpdateFull(
            event=event,
            table_id=entry.table_id,
            reason=reason,
            idle_timeout=entry.idle_timeout,
            hard_timeout=entry.hard_timeout,
            priority=entry.priority,
            cookie=entry.cookie,
            match=nxm.to_nxm(entry.match) if is_old else entry.match,
            instructions=said,
        )

    def _encoded(self, updates: list[Any]) -> Iterator[bytes]:
        version = self._session.version
        return replies.news(FlowMonitorStatsReply, updates, version, 0, self._left_out)
