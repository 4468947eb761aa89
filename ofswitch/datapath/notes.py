"""What happens to flow entries, noted for whoever watches them: flow monitors (OpenFlow 1.4.0, 7.3.5.14).

Nobody watches, mostly: then nothing is noted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ofswitch.datapath.effects import Event, FlowChanged
from ofswitch.datapath.flow import FlowEntry
from openflow.instructions import Instruction


class Notes:
    """Takes notes while they are wanted."""

    def __init__(self) -> None:
        self.wanted = False
        self._notes: list[FlowChanged] = []

    def add(
        self,
        event: Event,
        entry: FlowEntry,
        now: float,
        *,
        reason: int = 0,
        before: Sequence[Instruction] | None = None,
    ) -> None:
        """Note what has happened to an entry."""
        if self.wanted:
            self._notes.append(FlowChanged(event, entry.stats(now), reason, before))

    def take(self) -> list[FlowChanged]:
        """What has happened since the last time, in order."""
        notes, self._notes = self._notes, []
        return notes
