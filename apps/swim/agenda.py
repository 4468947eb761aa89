"""What is to be done when. A heap of actions; the time is whoever's asks."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

Action = Callable[[], object]


class Timer:
    """An action on the agenda; without one it is cancelled, or done."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        """Never do it. What is done already stays done."""
        self.action = None


class Agenda:
    """Actions in the order of their times, and where these are equal, of their coming."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def add(self, when: float, action: Action) -> Timer:
        """Do something at a time."""
        timer = Timer(action)
        self._count += 1
        heappush(self._heap, (when, self._count, timer))
        return timer

    @property
    def deadline(self) -> float:
        """When the next action is due; infinite when there is none."""
        heap = self._heap
        while heap and heap[0][2].action is None:
            heappop(heap)
        return heap[0][0] if heap else inf

    def due(self, now: float) -> Action | None:
        """The next action whose time has come, off the agenda."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            timer = heappop(heap)[2]
            if timer.action is not None:
                action, timer.action = timer.action, None
                return action
        return None
