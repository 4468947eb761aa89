"""How well we are ourselves: Lifeguard's local health.

Who sees many others fail may be the one that is slow. A score of 0 is healthy; a probe that fails without the nacks
that were to be expected, and having to refute, make it worse; an answered probe makes it better. The probe interval
grows with it, so that an unwell member accuses others less.
"""

from __future__ import annotations


class Awareness:
    """A score from 0 to `most` - 1."""

    __slots__ = ("_most", "score")

    def __init__(self, most: int) -> None:
        self._most = most
        self.score = 0

    def change(self, delta: int) -> None:
        """Worse by so much, or better if it is negative."""
        self.score = max(0, min(self._most - 1, self.score + delta))

    def scale(self, seconds: float) -> float:
        """The time that something takes in our state of health."""
        return seconds * (self.score + 1)
