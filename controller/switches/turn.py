"""The controller's turns.

A turn is whatever the shell calls: bytes of one switch, timers that are due. At its end all output that it caused goes
out in one write for each connection, and connections that were lost in it are let go. So a callback may close any
connection, even its own, and nothing is pulled from under what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

CallSoon = Callable[[Callable[[], None]], None]


class Touched(Protocol):
    """What a turn sees to at its end: a connection."""

    touched: bool
    """Whether it is one of those."""
    lost: str | None

    def flush(self) -> None:
        """Hand over its output."""


class Turn:
    """`with turn:` is a turn, or a part of the one that is under way. Outside of any, there will be one soon."""

    def __init__(self, call_soon: CallSoon, let_go: Callable[[Any], None]) -> None:
        self.flush: Callable[[], None] | None = None
        """Sends what was queued past the connections (`touch_elsewhere`)."""
        self._call_soon = call_soon
        self._let_go = let_go
        self._depth = 0
        self._soon = False
        self._touched: list[Touched] = []
        self._touched_elsewhere = False

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        try:
            if self._depth == 1:
                self._settle()
        finally:
            self._depth -= 1

    def touch(self, one: Touched) -> None:
        """It has output or is lost: see to it at the end."""
        if not one.touched:
            one.touched = True
            self._touched.append(one)
            self._end_soon()

    def touch_elsewhere(self) -> None:
        """There is output that the connections do not know of."""
        self._touched_elsewhere = True
        self._end_soon()

    def _end_soon(self) -> None:
        if not self._depth and not self._soon:
            self._soon = True
            self._call_soon(self._come)

    def _come(self) -> None:
        self._soon = False
        with self:
            pass

    def _settle(self) -> None:
        while self._touched:
            touched, self._touched = self._touched, []
            for one in touched:
                one.touched = False
                if one.lost is None:
                    one.flush()
                if one.lost is not None:
                    self._let_go(one)
        if self._touched_elsewhere and self.flush is not None:
            self._touched_elsewhere = False
            self.flush()
