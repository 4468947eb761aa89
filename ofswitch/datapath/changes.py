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

from abc import ABC, abstractmethod
from collections.abc import Container
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ofswitch.datapath.effects import Effect
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.validate import Context, check_instructions
from openflow.constants import (
    NO_COOKIE,
    OFPVID_PRESENT,
    FlowModCommand,
    FlowModFlags,
    TableId,
)
from openflow.errors import ErrorCode
from openflow.match import Match
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

_COMMANDS = frozenset(FlowModCommand)
STRICT = frozenset({FlowModCommand.MODIFY_STRICT, FlowModCommand.DELETE_STRICT})
DELETIONS = frozenset({FlowModCommand.DELETE, FlowModCommand.DELETE_STRICT})


class TabledFlowMod(NamedTuple):
    """1.0's flow-mod as Nicira extends it: it may name its table, and choose by cookie (nicira-ext.h)."""

    flow_mod: FlowMod

    @property
    def rules(self) -> FlowModRules:
        """How it is understood. A new cookie is taken over unless entries are chosen by their old one."""
        change = self.flow_mod
        names_table = change.table_id != TableId.ALL
        if change.cookie_mask:
            return FlowModRules(Adds.NEVER, True, names_table, False, _FLAGS_1_0)
        return FlowModRules(Adds.ALWAYS, False, names_table, change.cookie != NO_COOKIE, _FLAGS_1_0)


class FlowChanges(ABC):
    """Checks FLOW_MODs; what may be is carried out by each datapath in its own way."""

    def __init__(
        self, limits: Limits, groups: Container[int] = (), meters: Container[int] = ()
    ) -> None:
        self._limits = limits
        self._groups = groups
        self._meters = meters
        self._all_tables = range(limits.n_tables)

    def apply(
        self, change: FlowMod, version: Version, now: float, rules: FlowModRules | None = None
    ) -> list[Effect]:
        """Carry a FLOW_MOD out, by the version's rules or others. Raises OpenFlowError: nothing has changed."""
        if change.command not in _COMMANDS:
            text = f"unknown command {change.command}"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_COMMAND, text)
        rules = rules or RULES[version]
        _check_flags(change, rules)
        change.match.check()
        if change.flags & FlowModFlags.EMERG:
            return _emergency(change)
        tables = self._tables_meant(change, rules)
        if change.command not in DELETIONS:
            _check_vlan(change.match)
            context = Context(self._limits, version, groups=self._groups, meters=self._meters)
            check_instructions(change.instructions, change.match, tables[-1], context)
        return self._carry_out(change, tables, rules, now)

    @abstractmethod
    def _carry_out(
        self, change: FlowMod, tables: range, rules: FlowModRules, now: float
    ) -> list[Effect]:
        """Do what a checked change says in these tables, or refuse it for want of room."""

    @abstractmethod
    def forget_groups(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Remove the entries that refer to groups that are gone (6.5)."""

    @abstractmethod
    def forget_meters(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Remove the entries that refer to meters that are gone (6.6)."""

    def _tables_meant(self, change: FlowMod, rules: FlowModRules) -> range:
        """The tables to work on; 1.0 names none: it adds to the first and searches all."""
        tables = self._all_tables
        if not rules.selects_by_table:
            return tables[:1] if change.command == FlowModCommand.ADD else tables
        if change.table_id == TableId.ALL and change.command in DELETIONS:
            return tables
        if change.table_id not in tables:
            text = f"there is no table {change.table_id}"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID, text)
        return tables[change.table_id : change.table_id + 1]


def _check_flags(change: FlowMod, rules: FlowModRules) -> None:
    unknown = change.flags & ~int(rules.flags)
    if unknown:
        refuse(ErrorCode.FLOW_MOD_FAILED__BAD_FLAGS, f"unknown flags {unknown:#x}")


def _check_vlan(match: Match) -> None:
    """Refuse a VLAN without OFPVID_PRESENT: no packet is in one without a tag (7.2.3.7, table 13).

    Open vSwitch takes such an entry, which then matches nothing.
    """
    value, mask = match.masked("vlan_vid")
    if value and mask & OFPVID_PRESENT and not value & OFPVID_PRESENT:
        text = f"no packet has vlan_vid={value:#x}: with a tag, it is {value | OFPVID_PRESENT:#x}"
        refuse(ErrorCode.BAD_MATCH__BAD_VALUE, text)


def _emergency(change: FlowMod) -> list[Effect]:
    """There is no emergency flow table: it is empty and full (OpenFlow 1.0.2, 4.6)."""
    if change.command not in DELETIONS:
        if change.idle_timeout or change.hard_timeout:
            text = "an emergency entry has no time-outs"
            refuse(ErrorCode.FLOW_MOD_FAILED__BAD_EMERG_TIMEOUT, text)
        text = "there is no room for emergency entries"
        refuse(ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, text)
    return []


def may_add(change: FlowMod, rules: FlowModRules) -> bool:
    """Whether a MODIFY that finds nothing adds an entry."""
    match rules.modify_adds:
        case Adds.ALWAYS:
            return True
        case Adds.WITHOUT_COOKIE_MASK:
            return not change.cookie_mask
        case Adds.NEVER:
            return False
