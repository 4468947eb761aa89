"""What is measured, and for how long: a cell for every contender, and its plan.

Two kinds of clusters are made for a cell: some in which nobody dies, some in which members crash. All of them first
run for the condition's warm-up, in which nothing counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, TypeVar

from benchmarks.swim.contenders import CONDITIONS, PERIOD_S, Contender

_MEMBER_S, _LEAST_S = 40_000, 15
"""How long nobody dies, in seconds of members; and in seconds, in a large cluster."""

_RARE_HOURS = {16: 1200.0, 128: 800.0, 1024: 100.0, 8192: 34.0}
"""By size: the same in hours of members, where what is rare must be seen."""

_CLUSTER_S = 2500
"""How long a cluster lives at most in which nobody dies."""

_CRASHES = {16: (160, 2, 1), 128: (20, 4, 4), 1024: (3, 4, 32), 8192: (1, 1, 64)}
"""By size: clusters, batches in each, crashes in a batch. So few at a time that the others probe as if all lived."""

T = TypeVar("T")

_KNOWN_S = 20
"""How long it takes about until all know of a crash."""


class Cell(NamedTuple):
    """What is measured, for every contender."""

    condition: str
    size: int

    @property
    def title(self) -> str:
        """In words."""
        return f"{self.size:,} members, {self.condition}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done for a cell. `lives` clusters run for `life_s` without a crash."""

    size: int
    warm_up_s: float
    lives: int
    life_s: float
    clusters: int
    batches: int
    crashes: int

    @property
    def member_s(self) -> float:
        """Seconds of members that are simulated, about: what it costs."""
        batches_s = self.batches * _KNOWN_S
        clusters_s = self.lives * (self.warm_up_s + self.life_s)
        return self.size * (clusters_s + self.clusters * (self.warm_up_s + batches_s))


def plan(contender: Contender, cell: Cell, part: float = 1.0) -> Plan:
    """What is to be done; `part` of the usual."""
    condition = CONDITIONS[cell.condition]
    member_s: float = _MEMBER_S
    if contender.rarely and condition.rare:
        member_s = 3600 * _for_size(_RARE_HOURS, cell.size)
    seconds = max(_LEAST_S, part * member_s / cell.size)
    lives = ceil(seconds / _CLUSTER_S)
    clusters, batches, crashes = _for_size(_CRASHES, cell.size)
    return Plan(
        cell.size,
        condition.warm_up * PERIOD_S,
        lives,
        seconds / lives,
        max(1, round(part * clusters)),
        batches,
        min(crashes, max(1, cell.size // 8)),
    )


def _for_size(by_size: dict[int, T], size: int) -> T:
    fits = [least for least in by_size if least <= size] or [min(by_size)]
    return by_size[fits[-1]]
