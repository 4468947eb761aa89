"""Changes that the native engine makes together, so that no packet meets some of them and not the others.

Python checks the changes one after the other. What each would have the engine do is put off meanwhile; when all
are well, the engine does it, under one lock. What only its tables can refuse (an overlap, a full table) it finds
out beforehand, on a copy of the tables where there is any doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ofswitch.datapath.effects import Effect
from ofswitch.datapath.native.flows import ADD, Change, NativeTable
from ofswitch.datapath.native.module import Engine
from ofswitch.frame import Offload
from openflow.constants import FlowModFlags


class PutGroup(NamedTuple):
    """Add a group or change it; the engine knows each kind of step by the names of its attributes."""

    put_group: int
    kind: int
    buckets: list[tuple[bytes, int, int, int]]


class RemoveGroup(NamedTuple):
    """Remove a group, or all, and the entries that refer to it."""

    remove_group: int


class SetPort(NamedTuple):
    """Configure a port."""

    port_no: int
    config: int
    live: bool


class Send(NamedTuple):
    """Do a packet-out's actions."""

    in_port: int
    data: bytes
    offload: Offload | None
    actions: bytes


Step = Change | PutGroup | RemoveGroup | SetPort | Send


class PatientEngine(Engine):
    """An engine that can put off what a bundle may hold."""

    _steps: list[Step] | None = None

    @contextmanager
    def putting_off(self) -> Iterator[list[Step]]:
        """Put off what the engine is told to do meanwhile: the list grows by it."""
        steps: list[Step] = []
        self._steps = steps
        try:
            yield steps
        finally:
            self._steps = None

    def apply(self, change: Any, now: float) -> list[tuple[Any, ...]]:
        """Carry a checked flow-mod out."""
        return super().apply(change, now) if self._steps is None else self._put_off(change)

    def put_group(
        self, group_id: int, kind: int, buckets: list[tuple[bytes, int, int, int]], now: float
    ) -> None:
        """Add a group or change it."""
        if self._steps is None:
            super().put_group(group_id, kind, buckets, now)
        else:
            self._put_off(PutGroup(group_id, kind, buckets))

    def remove_group(self, group_id: int, now: float) -> list[tuple[Any, ...]]:
        """Remove a group, or all, and the entries that refer to it."""
        if self._steps is None:
            return super().remove_group(group_id, now)
        return self._put_off(RemoveGroup(group_id))

    def configure_port(self, port_no: int, config: int, live: bool) -> None:
        """Take over what a controller set a port to."""
        if self._steps is None:
            super().configure_port(port_no, config, live)
        else:
            self._put_off(SetPort(port_no, config, live))

    def inject(
        self, in_port: int, data: bytes, offload: Offload | None, actions: bytes, now: float
    ) -> list[Effect]:
        """Do a packet-out's actions."""
        if self._steps is None:
            return super().inject(in_port, data, offload, actions, now)
        return self._put_off(Send(in_port, data, offload, actions))

    def _put_off(self, step: Step) -> list[Any]:
        """Note a step; nothing has come of it yet."""
        assert self._steps is not None
        self._steps.append(step)
        return []


def doubtful(steps: Sequence[Step], tables: Sequence[NativeTable]) -> bytes:
    """The tables that may refuse an entry: overlaps are to be found there, or room is short."""
    added = [step for step in steps if isinstance(step, Change) and may_add(step)]
    overlapping = {step.first_table for step in added if step.flags & FlowModFlags.CHECK_OVERLAP}
    counts = Counter(step.first_table for step in added)
    full = {
        table_id
        for table_id, count in counts.items()
        if len(tables[table_id]) + count > tables[table_id].max_entries
    }
    return bytes(sorted(overlapping | full))


def may_add(change: Change) -> bool:
    """Whether a change may add an entry."""
    return change.command == ADD or change.modify_adds
