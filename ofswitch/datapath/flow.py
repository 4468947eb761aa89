"""A flow entry: what it matches, what it does, what it has counted (OpenFlow 1.3.5, 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ofswitch.datapath.key import Test, compile_match
from openflow.actions import Action, Enqueue, Group, Output
from openflow.constants import NO_UINT64, FlowModFlags, FlowRemovedReason
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    GotoTable,
    Instruction,
    Meter,
    WriteActions,
    WriteMetadata,
)
from openflow.match import Match
from openflow.messages.flows import FlowRemoved, FlowStats

_ORDER: dict[type[Instruction], int] = {
    kind: place
    for place, kind in enumerate(
        (Meter, ApplyActions, ClearActions, WriteActions, WriteMetadata, GotoTable)
    )
}
"""The order in which an entry's instructions are executed, however they were sent (5.9)."""

_NANOSECONDS = 1_000_000_000


@dataclass(slots=True, eq=False)
class FlowEntry:
    """One entry of a flow table; times are seconds on the caller's clock, time-outs seconds or 0."""

    match: Match
    priority: int
    table_id: int
    instructions: tuple[Instruction, ...]
    cookie: int = 0
    flags: int = 0
    idle_timeout: int = 0
    hard_timeout: int = 0
    created: float = 0.0
    packet_count: int = 0
    byte_count: int = 0
    modified: float = field(init=False)
    used: float = field(init=False)
    test: Test = field(init=False)
    program: tuple[Instruction, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.modified = self.used = self.created
        self.test = compile_match(self.match)
        self.replace_instructions(self.instructions)

    @property
    def is_table_miss(self) -> bool:
        """Whether this is a table-miss entry: priority 0, all fields wildcarded (5.4)."""
        return self.priority == 0 and not self.match

    def replace_instructions(self, instructions: Iterable[Instruction]) -> None:
        """Do something else with packets from now on; `program` is in order of execution."""
        self.instructions = tuple(instructions)
        self.program = tuple(sorted(self.instructions, key=lambda one: _ORDER[type(one)]))

    def count(self, octets: int, now: float) -> None:
        """Note a packet that matched."""
        self.packet_count += 1
        self.byte_count += octets
        self.used = now

    def reset_counts(self) -> None:
        """Set the counters to zero; the time-outs go on (RESET_COUNTS)."""
        self.packet_count = self.byte_count = 0

    def actions(self) -> Iterable[Action]:
        """Every action that the entry applies or writes."""
        for instruction in self.instructions:
            if isinstance(instruction, ApplyActions | WriteActions):
                yield from instruction.actions

    def outputs_to(self, port_no: int) -> bool:
        """Whether an action outputs to this port, for filters by `out_port`."""
        return any(
            isinstance(action, Output | Enqueue) and action.port == port_no
            for action in self.actions()
        )

    def groups(self) -> frozenset[int]:
        """The groups that actions name, for filters by `out_group`."""
        return frozenset(one.group_id for one in self.actions() if isinstance(one, Group))

    def meters(self) -> frozenset[int]:
        """The meter that an instruction names, if there is one."""
        return frozenset(one.meter_id for one in self.instructions if isinstance(one, Meter))

    def deadline(self) -> tuple[float, FlowRemovedReason] | None:
        """When the entry times out, unless a packet or a change comes before, and for what reason."""
        ends = []
        if self.hard_timeout:
            ends.append((self.modified + self.hard_timeout, FlowRemovedReason.HARD_TIMEOUT))
        if self.idle_timeout:
            ends.append((self.used + self.idle_timeout, FlowRemovedReason.IDLE_TIMEOUT))
        return min(ends, key=lambda end: end[0], default=None)

    def reported_counts(self) -> tuple[int, int]:
        """Packets and bytes; NO_UINT64 for what the entry was told not to count (5.8)."""
        return (
            NO_UINT64 if self.flags & FlowModFlags.NO_PKT_COUNTS else self.packet_count,
            NO_UINT64 if self.flags & FlowModFlags.NO_BYT_COUNTS else self.byte_count,
        )

    def stats(self, now: float) -> FlowStats:
        """Describe the entry for a statistics reply (7.3.5.2)."""
        packets, octets = self.reported_counts()
        seconds, nanoseconds = duration(self.created, now)
        return FlowStats(
            table_id=self.table_id,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
            priority=self.priority,
            idle_timeout=self.idle_timeout,
            hard_timeout=self.hard_timeout,
            flags=self.flags,
            cookie=self.cookie,
            packet_count=packets,
            byte_count=octets,
            match=self.match,
            instructions=list(self.instructions),
        )

    def removed(self, reason: int, now: float) -> FlowRemoved:
        """Write the entry's obituary (7.4.2)."""
        packets, octets = self.reported_counts()
        seconds, nanoseconds = duration(self.created, now)
        return FlowRemoved(
            match=self.match,
            cookie=self.cookie,
            priority=self.priority,
            reason=reason,
            table_id=self.table_id,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
            idle_timeout=self.idle_timeout,
            hard_timeout=self.hard_timeout,
            packet_count=packets,
            byte_count=octets,
        )


def duration(since: float, now: float) -> tuple[int, int]:
    """Split the time since an event into seconds and nanoseconds, as messages carry it."""
    return divmod(max(0, round((now - since) * _NANOSECONDS)), _NANOSECONDS)
