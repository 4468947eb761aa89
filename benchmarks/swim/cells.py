"""What is measured, and for how long: a cell for every contender, and its plan.

Every cluster of a plan first runs for the warm-up of its condition, in which nothing counts; then for some time in
peace, in which nobody dies; and then members crash.

Until a cluster of ours has learned who of it is slow, everybody is told of thousands of suspicions; in a large one that
would take hours to simulate. So a large one is seasoned: its members begin with what they would have learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from benchmarks.swim.contenders import CONDITIONS, OURS, PAPER, PERIOD_S, Contender

_CRASHES = {16: (160, 2, 1), 128: (20, 4, 4), 1024: (3, 4, 32), 8192: (1, 1, 64)}
"""By size: clusters, batches in each, crashes in a batch. So few at a time that the others probe as if all lived."""

_PEACE_S = 15.0
_RARE_HOURS: dict[str, dict[int, float]] = {
    OURS: {16: 1400, 128: 2000, 1024: 1500, 8192: 200},
    PAPER: {16: 560, 128: 800, 1024: 150, 8192: 24},
}
"""Peace by size, in hours of members, of those that err so rarely that it must be watched for.

SWIM errs every 20 hours, or more often: three seeds and more in which ours never does bound the ratio by 50, by the
rule of three.
"""

_KNOWN_S = 20
"""How long it takes about until all know of a crash."""

_SEASONED_FROM, _SEASONED_WARM_UP = 4096, 60
"""Members from which a cluster is seasoned, and the periods that then are enough."""

_SEEDS = (1, 3, 6)
"""Of ours, by how many reasons there are for more than one."""

T = TypeVar("T")


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
    """How much is done for a cell, in so many clusters."""

    size: int
    clusters: int
    seasoned: bool
    warm_up_s: float
    peace_s: float
    batches: int
    crashes: int

    @property
    def member_s(self) -> float:
        """Seconds of members that are simulated, about: what it costs."""
        cluster_s = self.warm_up_s + self.peace_s + self.batches * _KNOWN_S
        return self.size * self.clusters * cluster_s


def plan(contender: Contender, cell: Cell, part: float = 1.0) -> Plan:
    """What is to be done; `part` of the usual."""
    condition = CONDITIONS[cell.condition]
    clusters, batches, crashes = _for_size(_CRASHES, cell.size)
    peace_s = _PEACE_S
    if condition.rare and contender.name in _RARE_HOURS:
        hours = _for_size(_RARE_HOURS[contender.name], cell.size)
        peace_s = max(peace_s, 3600 * hours / cell.size / clusters)
    seasoned = _seasoned(cell)
    warm_up = _SEASONED_WARM_UP if seasoned else condition.warm_up
    return Plan(
        cell.size,
        max(1, round(part * clusters)),
        seasoned,
        warm_up * PERIOD_S,
        peace_s,
        batches,
        min(crashes, max(1, cell.size // 8)),
    )


def seeds(contender: Contender, cell: Cell) -> int:
    """How many are enough: more of ours where it is watched for errors that it never makes, or few crash in one."""
    if contender.name != OURS:
        return _SEEDS[0]
    return _SEEDS[CONDITIONS[cell.condition].rare + (cell.size >= _SEASONED_FROM)]


def _seasoned(cell: Cell) -> bool:
    return CONDITIONS[cell.condition].rare and cell.size >= _SEASONED_FROM


def _for_size(by_size: dict[int, T], size: int) -> T:
    fits = [least for least in by_size if least <= size] or [min(by_size)]
    return by_size[fits[-1]]
