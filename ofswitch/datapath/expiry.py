"""Time-outs of flow entries (OpenFlow 1.3.5, 5.5).

`next_deadline` is a lower bound: packets move idle time-outs on without telling, so that it costs
nothing for each packet; `advance` looks at all entries when the bound is reached, and finds the next.
"""

from __future__ import annotations

from collections.abc import Sequence

from ofswitch.datapath.effects import Effect
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.notes import Notes
from ofswitch.datapath.table import FlowTable
from ofswitch.datapath.table_changes import farewells
from openflow.constants import FlowRemovedReason


class Expiry:
    """When to look for entries that have timed out."""

    def __init__(self, tables: Sequence[FlowTable], notes: Notes) -> None:
        self._tables = tables
        self._notes = notes
        self.next_deadline: float | None = None

    def expect(self, now: float, *timeouts: int) -> None:
        """Take notice of a new entry's time-outs; 0 is none."""
        ends = [now + timeout for timeout in timeouts if timeout]
        if self.next_deadline is not None:
            ends.append(self.next_deadline)
        self.next_deadline = min(ends, default=None)

    def advance(self, now: float) -> list[Effect]:
        """Remove the entries whose time is over."""
        if self.next_deadline is None or now < self.next_deadline:
            return []
        effects: list[Effect] = []
        self.next_deadline = None
        for table in self._tables:
            effects += self._advance_table(table, now)
        return effects

    def _advance_table(self, table: FlowTable, now: float) -> list[Effect]:
        over: list[tuple[FlowEntry, FlowRemovedReason]] = []
        for entry in table:
            deadline = entry.deadline()
            if deadline is None:
                continue
            end, reason = deadline
            if end <= now:
                over.append((entry, reason))
            elif self.next_deadline is None or end < self.next_deadline:
                self.next_deadline = end
        table.remove([entry for entry, _ in over])
        for entry, reason in over:
            self._notes.add("removed", entry, now, reason=reason)
        return [one for entry, reason in over for one in farewells([entry], reason, now)]
