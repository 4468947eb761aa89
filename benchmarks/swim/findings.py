"""What was measured, by contender and cell; several seeds of one as one figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import median

from benchmarks.swim.cells import Cell
from benchmarks.swim.chances import pooled
from benchmarks.swim.contenders import CONDITIONS, OURS, Contender
from benchmarks.swim.measure import Mean, Measurement

MEANS: dict[str, Callable[[Measurement], Mean | None]] = {
    "detected": lambda one: one.detected,
    "given_up": lambda one: one.given_up,
    "known": lambda one: one.known,
}
"""Means of the crashes."""

RATES: dict[str, Callable[[Measurement], float]] = {
    "false_per_hour": lambda one: one.per_hour(one.false_events),
    "accused_per_hour": lambda one: one.per_hour(one.accused_events),
    "slow_per_hour": lambda one: one.per_hour(one.slow_events),
}
"""Of all that time."""

TOTALS: dict[str, Callable[[Measurement], float]] = {
    "false_events": lambda one: one.false_events,
    "incidents": lambda one: one.incidents,
    "member_hours": lambda one: one.member_hours,
}

MEDIANS: dict[str, Callable[[Measurement], float | None]] = {
    "missed": lambda one: one.missed,
    "lost": lambda one: one.lost,
    "bytes_per_s": lambda one: one.bytes_per_s,
    "first_bytes_per_s": lambda one: one.first_bytes_per_s,
    "datagrams_per_s": lambda one: one.datagrams_per_s,
    "speed": lambda one: one.speed,
}
FIGURES = (*MEANS, *RATES, *TOTALS, *MEDIANS)


class Findings:
    """All measurements."""

    def __init__(self, contenders: Iterable[Contender], measured: Iterable[Measurement]) -> None:
        self.contenders = list(contenders)
        self.measured = list(measured)
        self._of: dict[tuple[str, Cell], list[Measurement]] = defaultdict(list)
        for one in self.measured:
            self._of[one.contender, one.cell].append(one)

    def ones(self, contender: str, cell: Cell) -> list[Measurement]:
        """Of each seed."""
        return self._of.get((contender, cell), [])

    def figure(self, contender: str, cell: Cell, figure: str) -> float | None:
        """Of all seeds, in the way that is right for it; None where it was not measured, or never came to that."""
        ones = self.ones(contender, cell)
        if not ones:
            return None
        if figure in MEANS:
            mean = self.mean(contender, cell, figure)
            return mean.value if mean else None
        if figure in TOTALS:
            return sum(map(TOTALS[figure], ones))
        if figure in RATES:
            hours = sum(one.member_hours for one in ones)
            return sum(RATES[figure](one) * one.member_hours for one in ones) / hours
        values = [value for one in ones if (value := MEDIANS[figure](one)) is not None]
        return median(values) if values else None

    def mean(self, contender: str, cell: Cell, figure: str) -> Mean | None:
        """Of all crashes."""
        means = (MEANS[figure](one) for one in self.ones(contender, cell))
        return pooled(mean for mean in means if mean is not None)

    def conditions(self) -> list[str]:
        """Those that were measured."""
        found = {one.cell.condition for one in self.measured}
        return [name for name in CONDITIONS if name in found]

    def cells(self, condition: str) -> list[Cell]:
        """By size."""
        return sorted({one.cell for one in self.measured if one.cell.condition == condition})

    def sizes(self) -> list[int]:
        """Those that were measured."""
        return sorted({one.cell.size for one in self.measured})

    def runs(self) -> int:
        """How many seeds there are at most."""
        return max((len(ones) for ones in self._of.values()), default=0)

    def speeds(self) -> list[tuple[str, int, float]]:
        """For each condition, the largest cluster of ours, and how many seconds of it a processor simulates in one."""
        found = []
        for condition in self.conditions():
            cell = self.cells(condition)[-1]
            speed = self.figure(OURS, cell, "speed")
            if speed is not None:
                found.append((condition, cell.size, speed))
        return found
