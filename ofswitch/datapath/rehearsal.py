"""What would become of a packet, and why: it goes the way of every packet, leaves nothing, and tells all.

A `Rehearsal` is the `Execution` that `trace` sends through the pipeline in place of an ordinary one. It
counts nowhere, and notes each step: a table with the entry that was found there, an instruction, an
action, a bucket, and what came of it. Meters and NORMAL's addresses, which change by being asked, are
copied before (`MeterTable.rehearsal`, `LearningSwitch.rehearsal`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from ofswitch.datapath.action_set import ActionSet
from ofswitch.datapath.effects import Effect
from ofswitch.datapath.execution import Doing, Execution
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.groups import GroupBucket, GroupEntry
from ofswitch.datapath.key import Key
from ofswitch.datapath.port_table import SwitchPort
from ofswitch.datapath.table import Searched
from ofswitch.datapath.ttl import mpls_ttl, nw_ttl
from ofswitch.frame import Frame
from openflow.constants import PacketInReason
from openflow.fields import FIELDS
from openflow.instructions import ApplyActions
from openflow.match import Match


class Near(NamedTuple):
    """An entry that did not match, and the fields for which not, as the packet has them (None: not at all)."""

    entry: FlowEntry
    differs: dict[str, int | None]


class Met(NamedTuple):
    """A table, and the entry that matched there; without one, those that came nearest to it."""

    table_id: int
    entry: FlowEntry | None
    entries: int
    nearest: tuple[Near, ...] = ()


class Chosen(NamedTuple):
    """A bucket of a group, which has it at this place (from 0 on)."""

    group: GroupEntry
    place: int


MOST_COMPARED = 1000
"""Entries that a table may have for the nearest to be looked for."""
MOST_NEAR = 3


class Lost(NamedTuple):
    """Why nothing came of an output, or of the packet: a name from `drops.DROPS`."""

    name: str


class Arrival(NamedTuple):
    """The packet comes in."""

    in_port: int


Outcome = Effect | Lost
Change = tuple[int | None, int | None]
"""A field's value before and after; None where the packet does not have it."""


@dataclass(slots=True)
class Step:
    """What is done to a packet, what that changes, what comes of it, and the steps it consists of."""

    what: Doing | Met | Chosen | Arrival
    changes: dict[str, Change] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    edited: bool = False
    """Whether the frame is another one, though perhaps in no field that can be matched."""


class Trace(NamedTuple):
    """All that would become of a packet; `drop` is the name under which it would be counted, if it were."""

    fields: Key
    arrival: Step
    effects: list[Effect]
    drop: str | None


class Rehearsal(Execution):
    """A packet that is taken through the switch for show."""

    __slots__ = ("_place", "_step", "arrival", "fields")

    def __init__(self, frame: Frame, in_port: int, now: float) -> None:
        super().__init__(frame, in_port, now)
        self.fields = _visible(self)
        self.arrival = self._step = Step(Arrival(in_port))
        self._place = self.arrival.steps

    def trace(self) -> Trace:
        """Tell what has become of the packet."""
        drop = None if self.delivered else self.loss or "no_output"
        return Trace(self.fields, self.arrival, self.effects, drop)

    def branch(self) -> Self:
        """Start over; what is done then belongs to the step that does this."""
        other = super().branch()
        other.arrival = other._step = self._step
        other._place = self._step.steps
        return other

    def note(self, doing: Doing) -> None:
        """Begin a step; actions that are applied are each a step of its own."""
        if isinstance(doing, ActionSet):
            if doing.in_order():
                self._open(doing)
        elif not isinstance(doing, ApplyActions):
            self._step = Step(doing)
            self._place.append(self._step)

    def meet(self, table: Searched) -> FlowEntry | None:
        """Look the packet up in a table."""
        self.table_id, self.entry = table.table_id, table.lookup(self.key)
        near = nearest(table, self.key) if self.entry is None else ()
        self._open(Met(table.table_id, self.entry, len(table), near))
        return self.entry

    def enter(self, group: GroupEntry, bucket: GroupBucket | None = None) -> None:
        """Come to a bucket of a group."""
        if bucket is not None:
            self._open(Chosen(group, group.buckets.index(bucket)))

    def transmit(self, port: SwitchPort) -> None:
        """Note that the frame would be sent as it is now."""
        self._send(port)
        self._step.outcomes.append(self.effects[-1])

    def lose(self, name: str) -> None:
        """Note why nothing came of an output."""
        super().lose(name)
        self._step.outcomes.append(Lost(name))

    def set_pipeline_field(self, name: str, value: int) -> None:
        """Change `metadata` or `tunnel_id`."""
        self._step.changes[name] = (getattr(self, name), value)
        super().set_pipeline_field(name, value)

    def _replace(self, frame: Frame) -> None:
        before = _visible(self)
        super()._replace(frame)
        self._step.edited = True
        self._step.changes |= dict(_differences(before, _visible(self)))

    def _upcall(self, reason: PacketInReason, max_len: int | None, miss: bool = False) -> None:
        super()._upcall(reason, max_len, miss)
        self._step.outcomes.append(self.effects[-1])

    def _open(self, what: Doing | Met | Chosen) -> None:
        """Begin a step that the following ones are part of."""
        self._step = Step(what)
        self.arrival.steps.append(self._step)
        self._place = self._step.steps


def nearest(table: Searched, key: Key) -> tuple[Near, ...]:
    """The entries of a table that fewest fields keep from matching; of a large one nothing is said."""
    if len(table) > MOST_COMPARED:
        return ()
    near = [Near(entry, _differing(entry.match, key)) for entry in table.entries()]
    least = min((len(one.differs) for one in near), default=0)
    return tuple(one for one in near if len(one.differs) == least)[:MOST_NEAR]


def _differing(match: Match, key: Key) -> dict[str, int | None]:
    """The fields for which a packet does not match, but for those that it lacks for want of another."""
    differs = {
        name: key.get(name)
        for name in match
        for value, mask in [match.masked(name)]
        if name not in key or key[name] & mask != value
    }
    return {
        name: value
        for name, value in differs.items()
        if value is not None or not any(one.field in differs for one in FIELDS[name].prerequisites)
    }


def _visible(execution: Execution) -> Key:
    """The fields that a packet has, and its times to live, which no match sees."""
    packet = execution.packet
    fields = {
        "in_port": execution.in_port,
        "metadata": execution.metadata,
        "tunnel_id": execution.tunnel_id,
        "nw_ttl": nw_ttl(packet),
        "mpls_ttl": mpls_ttl(packet),
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {**given, **packet.fields()}


def _differences(before: Key, after: Key) -> Iterator[tuple[str, Change]]:
    for name in before | after:
        change = before.get(name), after.get(name)
        if change[0] != change[1]:
            yield name, change
