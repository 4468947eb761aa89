"""Flow tables in the native engine: changing them, asking them, and what is told of entries that are gone.

Entries go in and come out as named tuples, whose attributes `native/datapath-py/src/flows.rs` has in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from typing import NamedTuple

from ofswitch.datapath.changes import DELETIONS, STRICT, FlowChanges, FlowModRules, may_add
from ofswitch.datapath.effects import Effect, Removed
from ofswitch.datapath.flow import FlowEntry, duration
from ofswitch.datapath.key import Key
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.native.matches import Triple, decode_match, encode_key, encode_match
from ofswitch.datapath.native.module import Engine, Refused
from ofswitch.datapath.native.programs import decode_instructions, encode_instructions
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.table import Selection
from openflow.constants import NO_UINT64, FlowModCommand, FlowModFlags, GroupId, MeterId
from openflow.errors import ErrorCode
from openflow.match import ANY_PACKET
from openflow.messages.flows import FlowMod, FlowRemoved, FlowStats

ADD = 0

_COMMANDS: dict[int, int] = {
    FlowModCommand.ADD: ADD,
    FlowModCommand.MODIFY: 1,
    FlowModCommand.MODIFY_STRICT: 1,
    FlowModCommand.DELETE: 2,
    FlowModCommand.DELETE_STRICT: 2,
}
"""What the engine does for each command."""

REFUSALS: dict[str, tuple[ErrorCode, str]] = {
    "Overlap": (
        ErrorCode.FLOW_MOD_FAILED__OVERLAP,
        "an entry of the same priority overlaps with this one",
    ),
    "TableFull": (ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, "the table is full"),
}
"""What only the tables can refuse."""


class Change(NamedTuple):
    """A checked FLOW_MOD; the engine reads the attributes by their names."""

    command: int
    strict: bool
    first_table: int
    last_table: int
    fields: list[Triple]
    priority: int
    cookie: int
    cookie_mask: int
    out_port: int
    out_group: int
    flags: int
    idle_timeout: int
    hard_timeout: int
    program: bytes
    modify_adds: bool
    updates_cookie: bool
    origin: bytes | None


class Filter(NamedTuple):
    """Which entries a request means; the engine reads the attributes by their names."""

    table_id: int
    fields: list[Triple]
    out_port: int
    out_group: int
    cookie: int
    cookie_mask: int


class Entry(NamedTuple):
    """A flow entry as the engine tells of it: a copy."""

    table_id: int
    priority: int
    flags: int
    idle_timeout: int
    hard_timeout: int
    created: float
    cookie: int
    packet_count: int
    byte_count: int
    fields: list[Triple]
    origin: bytes | None
    program: bytes

    def copy(self) -> FlowEntry:
        """The entry as the reference has it."""
        return FlowEntry(
            match=decode_match(self.fields, self.origin),
            priority=self.priority,
            table_id=self.table_id,
            instructions=tuple(decode_instructions(self.program)),
            cookie=self.cookie,
            flags=self.flags,
            idle_timeout=self.idle_timeout,
            hard_timeout=self.hard_timeout,
            created=self.created,
            packet_count=self.packet_count,
            byte_count=self.byte_count,
        )

    def stats(self, now: float) -> FlowStats:
        """Describe the entry for a statistics reply (OpenFlow 1.3.5, 7.3.5.2)."""
        seconds, nanoseconds = duration(self.created, now)
        flags = self.flags
        return FlowStats(
            table_id=self.table_id,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
            priority=self.priority,
            idle_timeout=self.idle_timeout,
            hard_timeout=self.hard_timeout,
            flags=flags,
            cookie=self.cookie,
            packet_count=NO_UINT64 if flags & FlowModFlags.NO_PKT_COUNTS else self.packet_count,
            byte_count=NO_UINT64 if flags & FlowModFlags.NO_BYT_COUNTS else self.byte_count,
            match=decode_match(self.fields, self.origin),
            instructions=decode_instructions(self.program),
        )


class Gone(NamedTuple):
    """A flow entry that is gone, as the engine tells of it."""

    reason: int
    duration_sec: int
    duration_nsec: int
    packet_count: int
    byte_count: int
    table_id: int
    priority: int
    idle_timeout: int
    hard_timeout: int
    cookie: int
    fields: list[Triple]
    origin: bytes | None

    def farewell(self) -> Removed:
        """What to tell the controllers (OpenFlow 1.3.5, 7.4.2)."""
        values = self._asdict()
        match = decode_match(values.pop("fields"), values.pop("origin"))
        return Removed(FlowRemoved(match=match, **values))


def farewells(gone: Sequence[tuple[object, ...]]) -> list[Effect]:
    """What to tell the controllers of entries that are gone, each as the engine gave it."""
    return [Gone._make(one).farewell() for one in gone]


class NativeTable:
    """One of the engine's tables, as those see it who only ask."""

    def __init__(self, engine: Engine, table_id: int, max_entries: int) -> None:
        self.table_id = table_id
        self.max_entries = max_entries
        self.config = 0
        self._engine = engine

    def __len__(self) -> int:
        return self._engine.table(self.table_id)[0]

    @property
    def lookup_count(self) -> int:
        """How many packets were looked up."""
        return self._engine.table(self.table_id)[1]

    @property
    def matched_count(self) -> int:
        """For how many of them an entry was found."""
        return self._engine.table(self.table_id)[2]

    def lookup(self, key: Key) -> FlowEntry | None:
        """Return a copy of the matching entry of the highest priority."""
        found = self._engine.find(self.table_id, encode_key(key))
        return None if found is None else Entry(*found).copy()

    def count(self, matched: bool) -> None:
        """Leave it to the engine to count packets."""

    def entries(self) -> list[FlowEntry]:
        """Return copies of all entries, highest priority first."""
        return [entry.copy() for entry in self.select(Selection(ANY_PACKET))]

    def select(self, selection: Selection) -> list[Entry]:
        """Return the entries that are meant, highest priority first."""
        return list(map(Entry._make, self._engine.entries(self._filter(selection))))

    def totals(self, selection: Selection) -> tuple[int, int, int]:
        """Add up the packets and octets of the entries that are meant, and how many these are."""
        return self._engine.totals(self._filter(selection))

    def group_references(self) -> Counter[int]:
        """Return how many entries refer to each group."""
        return Counter(self._engine.group_references(self.table_id))

    def meter_references(self) -> Counter[int]:
        """Return how many entries refer to each meter."""
        return Counter(self._engine.meter_references(self.table_id))

    def _filter(self, selection: Selection) -> Filter:
        return Filter(
            table_id=self.table_id,
            fields=encode_match(selection.match),
            out_port=selection.out_port,
            out_group=selection.out_group,
            cookie=selection.cookie,
            cookie_mask=selection.cookie_mask,
        )


class NativeFlowChanges(FlowChanges):
    """Has the engine carry out what was checked."""

    def __init__(
        self, engine: Engine, limits: Limits, groups: Container[int], meters: Container[int]
    ) -> None:
        super().__init__(limits, groups, meters)
        self._engine = engine

    def _carry_out(
        self, change: FlowMod, tables: range, rules: FlowModRules, now: float
    ) -> list[Effect]:
        try:
            gone = self._engine.apply(_compile(change, tables, rules), now)
        except Refused as refusal:
            refuse(*REFUSALS[str(refusal)])
        return farewells(gone)

    def forget_groups(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Let groups go, and the entries that refer to them."""
        return farewells(self._engine.remove_group(_only(gone, GroupId.ALL), now))

    def forget_meters(self, gone: frozenset[int], now: float) -> list[Effect]:
        """Let meters go, and the entries that refer to them."""
        return farewells(self._engine.remove_meter(_only(gone, MeterId.ALL), now))


def _only(gone: frozenset[int], everything: int) -> int:
    """The one number, or what stands for all: either one is gone, or all are."""
    return next(iter(gone)) if len(gone) == 1 else everything


def _compile(change: FlowMod, tables: range, rules: FlowModRules) -> Change:
    deletes = change.command in DELETIONS
    return Change(
        command=_COMMANDS[change.command],
        strict=change.command in STRICT,
        first_table=tables[0],
        last_table=tables[-1],
        fields=encode_match(change.match),
        priority=change.priority,
        cookie=change.cookie,
        cookie_mask=change.cookie_mask if rules.selects_by_cookie else 0,
        out_port=change.out_port,
        out_group=change.out_group,
        flags=change.flags,
        idle_timeout=change.idle_timeout,
        hard_timeout=change.hard_timeout,
        program=b"" if deletes else encode_instructions(change.instructions),
        modify_adds=may_add(change, rules),
        updates_cookie=rules.modify_updates_cookie,
        origin=change.match.fixed,
    )
