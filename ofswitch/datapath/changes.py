"""FLOW_MOD: what it does in each version of OpenFlow (1.3.5, 6.4 and 7.3.4.1; 1.0.2, 4.6 and 5.3.3).

The versions differ in a handful of ways, which are the columns of `RULES`. Where the specifications
leave a question open it is answered as Open vSwitch answers it (its design notes, "OFPT_FLOW_MOD").
A change is checked as a whole before any of it is carried out.

Some consequences that are easily overlooked: an ADD that replaces an entry starts counters and
times anew and tells nobody of the old one; a MODIFY changes instructions only (on 1.0 the cookie
too) and restarts the hard time-out; `out_port` and `out_group` matter to
deletions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ofswitch.datapath.effects import Effect, Removed
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.table import FlowTable, Selection
from ofswitch.datapath.validate import Context, check_instructions
from openflow.constants import (
    FlowModCommand,
    FlowModFlags,
    FlowRemovedReason,
    TableId,
)
from openflow.errors import ErrorCode
from openflow.messages.flows import FlowMod
from openflow.versions import Version


class Adds(Enum):
    """When a MODIFY that finds nothing adds an entry."""

    ALWAYS = "always"
    WITHOUT_COOKIE_MASK = "unless it selects by cookie"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class FlowModRules:
    """How a version understands FLOW_MOD."""

    modify_adds: Adds
    selects_by_cookie: bool
    selects_by_table: bool
    modify_updates_cookie: bool
    flags: FlowModFlags
    """The flags that the version has; RESET_COUNTS only counts in MODIFY where it is one."""


_FLAGS_1_0 = FlowModFlags.SEND_FLOW_REM | FlowModFlags.CHECK_OVERLAP | FlowModFlags.EMERG
_FLAGS_1_1 = FlowModFlags.SEND_FLOW_REM | FlowModFlags.CHECK_OVERLAP
_FLAGS_1_2 = _FLAGS_1_1 | FlowModFlags.RESET_COUNTS
_FLAGS_1_3 = _FLAGS_1_2 | FlowModFlags.NO_PKT_COUNTS | FlowModFlags.NO_BYT_COUNTS
_RULES_1_3 = FlowModRules(Adds.NEVER, True, True, False, _FLAGS_1_3)

RULES: dict[Version, FlowModRules] = {
    Version.V1_0: FlowModRules(Adds.ALWAYS, False, False, True, _FLAGS_1_0),
    Version.V1_1: FlowModRules(Adds.WITHOUT_COOKIE_MASK, True, True, False, _FLAGS_1_1),
    Version.V1_2: FlowModRules(Adds.NEVER, True, True, False, _FLAGS_1_2),
    Version.V1_3: _RULES_1_3,
    Version.V1_4: _RULES_1_3,
    Version.V1_5: _RULES_1_3,
}

_STRICT = frozenset({FlowModCommand.MODIFY_STRICT, FlowModCommand.DELETE_STRICT})
_DELETIONS = frozenset({FlowModCommand.DELETE, FlowModCommand.DELETE_STRICT})


class FlowChanges:
    """Carries FLOW_MODs out on a switch's tables."""

    def __init__(
        self,
        tables: Sequence[FlowTable],
        limits: Limits,
        groups: Container[int] = (),
        meters: Container[int] = (),
    ) -> None:
        self._tables = tables
        self._limits = limits
        self._groups = groups
        self._meters = meters
        self._commands: dict[int, Callable[[FlowMod, Version, float], list[Effect]]] = {
            FlowModCommand.ADD: self._add,
            FlowModCommand.MODIFY: self._modify,
            FlowModCommand.MODIFY_STRICT: self._modify,
            FlowModCommand.DELETE: self._delete,
            FlowModCommand.DELETE_STRICT: self._delete,
        }

    def apply(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        """Carry a FLOW_MOD out. Raises OpenFlowError, and then nothing has changed."""
        command = self._commands.get(change.command)
        if command is None:
            text = f"unknown command {change.command}"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_COMMAND, text)
        _check_flags(change, RULES[version])
        change.match.check()
        if change.flags & FlowModFlags.EMERG:
            return _emergency(change)
        return command(change, version, now)

    def _add(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        table = self._tables_meant(change, version)[0]
        self._check_instructions(change, table, version)
        self._check_room(change, table)
        table.insert(_new_entry(change, table, now))
        return []

    def _modify(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        rules = RULES[version]
        tables = self._tables_meant(change, version)
        self._check_instructions(change, tables[0], version)
        selection = _selection(change, rules)
        found = [entry for table in tables for entry in table.select(selection)]
        if not found and _may_add(change, rules):
            return self._add(change, version, now)
        for entry in found:
            _modify_entry(entry, change, rules, now)
        return []

    def _delete(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        selection = _selection(change, RULES[version])
        effects: list[Effect] = []
        for table in self._tables_meant(change, version):
            found = table.select(selection)
            table.remove(found)
            effects += farewells(found, FlowRemovedReason.DELETE, now)
        return effects

    def remove(
        self, concerns: Callable[[FlowEntry], bool], reason: FlowRemovedReason, now: float
    ) -> list[Effect]:
        """Remove the entries that something else concerns, such as the end of a group."""
        effects: list[Effect] = []
        for table in self._tables:
            found = [entry for entry in table if concerns(entry)]
            table.remove(found)
            effects += farewells(found, reason, now)
        return effects

    def _tables_meant(self, change: FlowMod, version: Version) -> Sequence[FlowTable]:
        """The tables to work on; 1.0 names none: it adds to the first and searches all."""
        deletes = change.command in _DELETIONS
        if not RULES[version].selects_by_table:
            adds = change.command == FlowModCommand.ADD
            return self._tables[:1] if adds else self._tables
        if change.table_id == TableId.ALL and deletes:
            return self._tables
        if change.table_id >= len(self._tables):
            text = f"there is no table {change.table_id}"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID, text)
        return self._tables[change.table_id : change.table_id + 1]

    def _check_instructions(self, change: FlowMod, table: FlowTable, version: Version) -> None:
        context = Context(self._limits, version, groups=self._groups, meters=self._meters)
        check_instructions(change.instructions, change.match, table.table_id, context)

    def _check_room(self, change: FlowMod, table: FlowTable) -> None:
        if change.flags & FlowModFlags.CHECK_OVERLAP and table.overlaps(
            change.match, change.priority
        ):
            text = "an entry of the same priority overlaps with this one"
            refuse(ErrorCode.FLOW_MOD_FAILED__OVERLAP, text)
        if table.is_full and table.find(change.match, change.priority) is None:
            text = f"table {table.table_id} is full: it holds {table.max_entries} entries"
            refuse(ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, text)


def farewells(entries: Sequence[FlowEntry], reason: int, now: float) -> list[Effect]:
    """The messages about entries that are gone, for those that asked for one (SEND_FLOW_REM)."""
    return [
        Removed(entry.removed(reason, now))
        for entry in entries
        if entry.flags & FlowModFlags.SEND_FLOW_REM
    ]


def _check_flags(change: FlowMod, rules: FlowModRules) -> None:
    unknown = change.flags & ~int(rules.flags)
    if unknown:
        refuse(ErrorCode.FLOW_MOD_FAILED__BAD_FLAGS, f"unknown flags {unknown:#x}")


def _emergency(change: FlowMod) -> list[Effect]:
    """There is no emergency flow table: it is empty and full (OpenFlow 1.0.2, 4.6)."""
    if change.command not in _DELETIONS:
        if change.idle_timeout or change.hard_timeout:
            text = "an emergency entry has no time-outs"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT, text)
        text = "there is no room for emergency entries"
        refuse(ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, text)
    return []


def _selection(change: FlowMod, rules: FlowModRules) -> Selection:
    selection = Selection(
        change.match,
        priority=change.priority if change.command in _STRICT else None,
        cookie=change.cookie,
        cookie_mask=change.cookie_mask if rules.selects_by_cookie else 0,
    )
    if change.command in _DELETIONS:
        return replace(selection, out_port=change.out_port, out_group=change.out_group)
    return selection


def _may_add(change: FlowMod, rules: FlowModRules) -> bool:
    match rules.modify_adds:
        case Adds.ALWAYS:
            return True
        case Adds.WITHOUT_COOKIE_MASK:
            return not change.cookie_mask
        case Adds.NEVER:
            return False


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
