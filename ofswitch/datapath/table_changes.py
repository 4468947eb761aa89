"""FLOW_MOD and what else removes entries, carried out on the reference's tables (OpenFlow 1.3.5, 6.4).

What a change means was decided before, in `changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from ofswitch.datapath.changes import DELETIONS, STRICT, FlowChanges, FlowModRules, may_add
from ofswitch.datapath.effects import Effect, Removed
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.notes import Notes
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.table import FlowTable, Selection
from openflow.constants import FlowModCommand, FlowModFlags, FlowRemovedReason
from openflow.errors import ErrorCode
from openflow.messages.flows import FlowMod


class TableChanges(FlowChanges):
    """Carries changes out on a switch's tables."""

    def __init__(
        self,
        tables: Sequence[FlowTable],
        limits: Limits,
        notes: Notes,
        groups: Container[int] = (),
        meters: Container[int] = (),
    ) -> None:
        super().__init__(limits, groups, meters)
        self._tables = tables
        self._notes = notes

    def _carry_out(
        self, change: FlowMod, tables: range, rules: FlowModRules, now: float
    ) -> list[Effect]:
        meant = self._tables[tables.start : tables.stop]
        if change.command == FlowModCommand.ADD:
            self._add(change, meant[0], now)
            return []
        found = [(table, table.select(_selection(change, rules))) for table in meant]
        if change.command in DELETIONS:
            return self._remove(found, FlowRemovedReason.DELETE, now)
        entries = [entry for _, entries in found for entry in entries]
        if not entries and may_add(change, rules):
            self._add(change, meant[0], now)
        for entry in entries:
            self._modify(entry, change, rules, now)
        return []

    def forget_groups(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Remove the entries that refer to groups that are gone."""
        found = self._concerned(lambda entry: not gone.isdisjoint(entry.groups()))
        return self._remove(found, FlowRemovedReason.GROUP_DELETE, now)

    def forget_meters(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Remove the entries that refer to meters that are gone.

        They say DELETE: a reason of their own comes with OpenFlow 1.4.
        """
        found = self._concerned(lambda entry: not gone.isdisjoint(entry.meters()))
        return self._remove(found, FlowRemovedReason.DELETE, now)

    def _add(self, change: FlowMod, table: FlowTable, now: float) -> None:
        _check_room(change, table)
        old, entry = table.find(change.match, change.priority), _new_entry(change, table, now)
        table.insert(entry)
        self._notes.add("added", entry, now, before=None if old is None else old.instructions)

    def _modify(self, entry: FlowEntry, change: FlowMod, rules: FlowModRules, now: float) -> None:
        before = entry.instructions, entry.cookie
        _modify_entry(entry, change, rules, now)
        if before != (entry.instructions, entry.cookie):
            self._notes.add("modified", entry, now, before=before[0])

    def _remove(self, found: Sequence[_Found], reason: int, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for table, entries in found:
            table.remove(entries)
            effects += farewells(entries, reason, now)
            for entry in entries:
                self._notes.add("removed", entry, now, reason=reason)
        return effects

    def _concerned(self, concerns: Callable[[FlowEntry], bool]) -> list[_Found]:
        return [(table, [entry for entry in table if concerns(entry)]) for table in self._tables]


_Found = tuple[FlowTable, list[FlowEntry]]


def farewells(entries: Sequence[FlowEntry], reason: int, now: float) -> list[Effect]:
    """The messages about entries that are gone, for those that asked for one (SEND_FLOW_REM)."""
    return [
        Removed(entry.removed(reason, now))
        for entry in entries
        if entry.flags & FlowModFlags.SEND_FLOW_REM
    ]


def _check_room(change: FlowMod, table: FlowTable) -> None:
    if change.flags & FlowModFlags.CHECK_OVERLAP and table.overlaps(change.match, change.priority):
        text = "an entry of the same priority overlaps with this one"
        refuse(ErrorCode.FLOW_MOD_FAILED__OVERLAP, text)
    if table.is_full and table.find(change.match, change.priority) is None:
        text = f"table {table.table_id} is full: it holds {table.max_entries} entries"
        refuse(ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, text)


def _selection(change: FlowMod, rules: FlowModRules) -> Selection:
    selection = Selection(
        change.match,
        priority=change.priority if change.command in STRICT else None,
        cookie=change.cookie,
        cookie_mask=change.cookie_mask if rules.selects_by_cookie else 0,
    )
    if change.command in DELETIONS:
        return replace(selection, out_port=change.out_port, out_group=change.out_group)
    return selection


def _new_entry(change: FlowMod, table: FlowTable, now: float) -> FlowEntry:
    return FlowEntry(
        match=change.match,
        priority=change.priority,
        table_id=table.table_id,
        instructions=tuple(change.instructions),
        cookie=change.cookie,
        flags=change.flags,
        idle_timeout=change.idle_timeout,
        hard_timeout=change.hard_timeout,
        created=now,
    )


def _modify_entry(entry: FlowEntry, change: FlowMod, rules: FlowModRules, now: float) -> None:
    entry.replace_instructions(change.instructions)
    entry.modified = now
    if rules.modify_updates_cookie:
        entry.cookie = change.cookie
    if change.flags & FlowModFlags.RESET_COUNTS:
        entry.reset_counts()
