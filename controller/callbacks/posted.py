"""Events that apps post, on their way to the callbacks that listen.

Nobody is called from within `post`: what is posted is raised after the callback that runs now, in order. What the
callbacks post meanwhile waits for the next round, so that apps which answer each other's events without end keep no
switch from its turn; and so many events may wait, no more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from controller.callbacks.event_type import AnyEvent
from controller.callbacks.timers import Timers
from controller.counters import Counters

MAX_WAITING = 1 << 16
"""Events that may wait to be raised."""

Raise = Callable[[AnyEvent, int, Any], None]
"""Takes an event, the datapath id and the event's object to the callbacks."""

log = logging.getLogger(__name__)


class Posted:
    """The events that wait."""

    def __init__(self, timers: Timers, counters: Counters, raise_: Raise) -> None:
        self._timers = timers
        self._counters = counters
        self._raise = raise_
        self._waiting: list[tuple[AnyEvent, int, Any]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def post(self, event: AnyEvent, dpid: int, value: Any) -> bool:
        """Have an event raised soon; False when too many wait, then it is dropped."""
        if len(self._waiting) >= MAX_WAITING:
            if self._counters.add("event_dropped"):
                log.warning("%d posted events wait: another %r is dropped", MAX_WAITING, event)
            return False
        if not self._waiting:
            self._timers.after(0, self._raise_all)
        self._waiting.append((event, dpid, value))
        return True

    def _raise_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event, dpid, value in waiting:
            self._raise(event, dpid, value)
