"""What happens to flow entries in the native engine, for whoever watches them (`ofswitch.datapath.notes`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ofswitch.datapath.effects import Event, FlowChanged
from ofswitch.datapath.native.flows import Entry
from ofswitch.datapath.native.programs import decode_instructions

_EVENTS: tuple[Event, ...] = ("added", "removed", "modified")
"""What has happened, by the engine's number (`native/datapath-py/src/watch.rs`)."""


def happened(notes: Iterable[tuple[Any, ...]], now: float) -> list[FlowChanged]:
    """What the engine noted, each as the engine gave it."""
    return [
        FlowChanged(
            _EVENTS[event],
            Entry._make(entry).stats(now),
            reason,
            None if before is None else decode_instructions(before),
        )
        for event, reason, entry, before in notes
    ]
