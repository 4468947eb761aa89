"""What is to be called later. The clock is the shell's, and `advance` calls what is due.

Timers due at the same time are called in the order in which they were posted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

_COMPACT_FROM = 64
"""Cancelled timers stay in the heap until they are due, or until they are most of so many."""


class Timer:
    """Something that will be called once, unless it is cancelled, as `post_callback` returns it."""

    __slots__ = ("_timers", "args", "deadline", "fn", "order")

    def __init__(
        self,
        timers: Timers,
        deadline: float,
        order: int,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
    ) -> None:
        self.deadline = deadline
        """When it is due, in seconds on the clock of `Controller.now`."""
        self.order = order
        self.fn: Callable[..., Any] | None = fn
        self.args = args
        self._timers = timers

    def __lt__(self, other: Timer) -> bool:
        return (self.deadline, self.order) < (other.deadline, other.order)

    @property
    def pending(self) -> bool:
        """Whether it has neither been called nor cancelled."""
        return self.fn is not None

    def cancel(self) -> None:
        """Do not call it. When it has been called or cancelled already, nothing happens."""
        if self.fn is not None:
            self.fn, self.args = None, ()
            self._timers.cancelled()


class Timers:
    """Timers in the order of their deadlines.

    `now` tells the time; `call` is given each one's function and arguments when it is due; `earlier` hears of a
    deadline before all others.
    """

    def __init__(
        self,
        now: Callable[[], float],
        call: Callable[..., None],
        earlier: Callable[[float], None] | None = None,
    ) -> None:
        self.now = now
        self._call = call
        self._earlier = earlier
        self._heap: list[Timer] = []
        self._order = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def after(self, delay_s: float, fn: Callable[..., Any], *args: Any) -> Timer:
        """Call `fn(*args)` in so many seconds."""
        return self.at(self.now() + delay_s, fn, *args)

    def at(self, deadline: float, fn: Callable[..., Any], *args: Any) -> Timer:
        """Call `fn(*args)` at this time."""
        self._order += 1
        timer = Timer(self, deadline, self._order, fn, args)
        heapq.heappush(self._heap, timer)
        if self._earlier is not None and self._heap[0] is timer:
            self._earlier(deadline)
        return timer

    def advance(self) -> None:
        """Call what is due. What is posted meanwhile waits for the next time, even when it is due."""
        now, last = self.now(), self._order
        while self._heap and self._heap[0].deadline <= now and self._heap[0].order <= last:
            timer = heapq.heappop(self._heap)
            fn, args = timer.fn, timer.args
            if fn is None:
                self._cancelled -= 1
                continue
            timer.fn, timer.args = None, ()
            self._call(fn, *args)

    @property
    def deadline(self) -> float | None:
        """When `advance` has something to do; None for never."""
        while self._heap and self._heap[0].fn is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0].deadline if self._heap else None

    def cancelled(self) -> None:
        """Take note that a timer in the heap was cancelled."""
        self._cancelled += 1
        if len(self._heap) > _COMPACT_FROM and self._cancelled * 2 > len(self._heap):
            self._heap = [timer for timer in self._heap if timer.fn is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0
