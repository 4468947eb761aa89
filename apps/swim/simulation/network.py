"""Which datagrams arrive, and when; how long a stream takes; and who cannot reach whom."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import TYPE_CHECKING

from apps.swim.simulation.faults import Faults, Range

if TYPE_CHECKING:
    from random import Random

_REST = -1
"""The group of those that are in none."""

_CONNECT_AGAIN_S, _SEND_AGAIN_S = 1.0, 0.2
"""When TCP tries again what was lost: the first segments, and later ones."""


def within(rng: Random, bounds: Range) -> float:
    """A number of a range."""
    low, high = bounds
    return low + (high - low) * rng.random()


class Network:
    """Every member can reach every other, until it is cut."""

    def __init__(self, rng: Random, faults: Faults) -> None:
        self.faults = faults
        self._rng = rng
        self._group_of: dict[str, int] = {}
        self._cut: set[tuple[int, int]] = set()

    # --- cuts -----------------------------------------------------------------------------------

    def partition(self, groups: Iterable[Iterable[str]]) -> None:
        """Cut between these groups, and between them and the rest; without groups, heal."""
        self._group_of = {name: n for n, group in enumerate(groups) for name in group}
        self._cut = set(permutations({_REST, *self._group_of.values()}, 2))

    def cut_one_way(self, senders: Iterable[str], receivers: Iterable[str]) -> None:
        """Nothing that these send reaches those; the other way it does. Who is in both is of the receivers."""
        self._group_of = dict.fromkeys(senders, 0) | dict.fromkeys(receivers, 1)
        self._cut = {(0, 1)}

    def passes(self, sender: str, receiver: str) -> bool:
        """Whether one's datagrams can reach the other."""
        if not self._cut:
            return True
        group = self._group_of.get
        return (group(sender, _REST), group(receiver, _REST)) not in self._cut

    def connects(self, one: str, other: str) -> bool:
        """Whether a stream between the two can be: that takes both directions."""
        return self.passes(one, other) and self.passes(other, one)

    # --- times ----------------------------------------------------------------------------------

    def delays(self) -> list[float]:
        """How long each copy of a datagram takes that arrives."""
        faults, draw = self.faults, self._rng.random
        if faults.duplication and draw() < faults.duplication:
            return [*self._arrivals(), *self._arrivals()]
        return self._arrivals()

    def _arrivals(self) -> list[float]:
        """Of one copy, unless it is lost."""
        faults, draw = self.faults, self._rng.random
        if faults.loss and draw() < faults.loss:
            return []
        soonest, latest = faults.delay_s
        delay = soonest + (latest - soonest) * draw()
        if faults.late and draw() < faults.late:
            delay += within(self._rng, faults.late_s)
        return [delay]

    def exchange_s(self) -> float:
        """How long it takes to connect, to ask, and to be answered."""
        return sum(map(self._leg, (_CONNECT_AGAIN_S,) * 2 + (_SEND_AGAIN_S,) * 2))

    def _leg(self, again_s: float) -> float:
        taken = within(self._rng, self.faults.delay_s)
        while self.faults.loss and self._rng.random() < self.faults.loss:
            taken += again_s
            again_s *= 2
        return taken
