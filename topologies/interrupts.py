"""Ctrl-C, kill -TERM and a closed terminal: each ends what is under way, once and in order.

A signal cancels the task, so that it takes effect only where the task waits, and everything that was
begun has been noted down by then. Signals that come while it cleans up change nothing any more.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The signals that came; at most one of them counts."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._interrupts_are_ours = True

    @property
    def exit_status(self) -> int:
        """What a shell would say of a program that the signal had ended."""
        return 128 + self.received if self.received else 0

    @contextmanager
    def cancelling(self, task: asyncio.Task[object]) -> Iterator[None]:
        """Have the first signal cancel this task."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._receive, number, task)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    @contextmanager
    def left_to_the_command(self) -> Iterator[None]:
        """Leave Ctrl-C to the command in the foreground, which gets it from the terminal too."""
        self._interrupts_are_ours = False
        try:
            yield
        finally:
            self._interrupts_are_ours = True

    def _receive(self, number: signal.Signals, task: asyncio.Task[object]) -> None:
        for_us = number != signal.SIGINT or self._interrupts_are_ours
        if self.received is None and for_us:
            self.received = number
            task.cancel()
