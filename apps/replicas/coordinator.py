"""What decides which replica is the master of a switch, as `apps.replicas.mastership` sees it.

There are two: `apps.replicas.gossip` follows from who is alive, as SWIM tells, and asks nobody; `apps.replicas.etcd`
has it written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Protocol


class Wish(Enum):
    """What shall become of a switch that is connected here."""

    TAKE = "be its master"
    KEEP = "stay its master, if we are, until somebody else is"
    YIELD = "be its master in no case"


class Board(Protocol):
    """Who carries the wishes out (`apps.replicas.mastership`)."""

    def review(self, dpids: Iterable[int] | None = None) -> None:
        """The wishes may have changed for these switches; for all, if None."""

    def overtaken(self, dpid: int, name: str) -> bool:
        """Another replica says that it has become the master of a switch, later than we; whether we were it."""

    def assert_again(self, dpid: int) -> None:
        """Another replica thinks that it is the master of a switch, but we are since."""


class NoBoard:
    """Nobody yet."""

    def review(self, dpids: Iterable[int] | None = None) -> None:
        """There are no switches."""

    def overtaken(self, dpid: int, name: str) -> bool:
        """We are the master of none."""
        return False

    def assert_again(self, dpid: int) -> None:
        """We are the master of none."""


class Coordinator(Protocol):
    """Generations are ids as in role requests: of two masters the later one has the larger."""

    board: Board
    """Set by whoever carries the wishes out."""
    health: Callable[[], int]
    """Lifeguard's local health; set by whoever knows it."""

    @property
    def well(self) -> bool:
        """Whether what we know of the others is to be trusted: then a stale generation is made good at once."""

    def members(self, lives: Mapping[str, bytes], failed: frozenset[str]) -> None:
        """Who is alive, ourselves included, each with what tells his life from others; and who has failed."""

    def leave(self) -> None:
        """We go: take nothing any more, and let the others have what is ours."""

    def wish(self, dpid: int) -> Wish:
        """What shall become of a switch."""

    def why(self, dpid: int) -> str:
        """Why it is to be ours in no case, in words."""

    def generation(self, dpid: int) -> int:
        """A generation to take it with, later than all that are known."""

    def fresh(self, dpid: int) -> bool:
        """Whether that is later than all that others can have used; else the switch is asked before."""

    def seen(self, dpid: int, generation: int) -> None:
        """The switch has heard of this generation."""

    def arrived(self, dpid: int) -> None:
        """A switch is connected here, and can be taken."""

    def left(self, dpid: int) -> None:
        """It is connected here no more."""

    def became(self, dpid: int, generation: int) -> None:
        """We are its master."""

    def enslaved(self, dpid: int) -> None:
        """The switch has heard that we are not its master, and all that we asked before that."""

    def deposed(self, dpid: int) -> float:
        """Another has become its master though our wish was to be it, or it was refused us as such.

        Returns after how many seconds we may try again, if it still is our wish then.
        """
