"""How much patience others are due: more for who has lately been suspected in vain.

A member that stands still now and then would be suspected, clear itself and be suspected again, and everybody would be
told each time. So whoever has cleared itself is next time asked again, and later, before it is suspected; the more so,
the more often. What it has won so it loses again in quiet rounds, and a round is longer the more members there are:
how many false suspicions a cluster is told of does not grow with its size.

Only a suspicion that others have confirmed counts: who accuses alone may be unwell itself.
"""

from __future__ import annotations

GROWTH = 4
"""Each level is worth so many times the patience of the one below."""

QUIET = 300
"""Probe intervals of quiet that cost a level, at least; with more members it is one for each of them."""


class Leniency:
    """Levels from 0 to `most`, by name."""

    __slots__ = ("_levels", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._levels: dict[str, tuple[int, float]] = {}

    def cleared(self, name: str, now: float, quiet_s: float) -> None:
        """A member has cleared itself of a suspicion."""
        self._levels[name] = min(self._most, self.level(name, now, quiet_s) + 1), now

    def in_full(self, name: str, at: float) -> None:
        """A member has by then cleared itself as often as counts."""
        self._levels[name] = self._most, at

    def level(self, name: str, now: float, quiet_s: float) -> int:
        """How lenient to be with a member, when `quiet_s` seconds of quiet cost a level."""
        won, at = self._levels.get(name, (0, now))
        level = max(0, won - int((now - at) / quiet_s))
        if won and not level:
            del self._levels[name]
        return level

    def forget(self, name: str) -> None:
        """This member is not in the table any more."""
        self._levels.pop(name, None)


def pause(attempts: int, patience_s: float) -> float:
    """Seconds between the end of so many attempts and the next, which ends after GROWTH times as long altogether."""
    return patience_s * float(GROWTH**attempts - GROWTH ** (attempts - 1) - 1)
