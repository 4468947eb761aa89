"""Datapath ids among several controllers that share one listening port (`controller.workers`).

A switch joins one of them. Which one has a datapath id is kept by whoever started them, who is asked before a switch
joins: a second connection that shows the same id may have come to another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Answered = Callable[[str | None], None]
"""Takes None when the datapath id is ours, else why it is not, in words."""


class Claims(Protocol):
    """The one who is asked."""

    def claim(self, dpid: int, peer: str, answered: Answered, /) -> None:
        """Ask for a datapath id that a connection from `peer` shows."""

    def release(self, dpid: int, /) -> None:
        """It is ours no longer."""
