"""What came of it: a table for each condition, and what was measured as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from statistics import median

from benchmarks.swim.contenders import CONDITIONS, OURS, Contender
from benchmarks.swim.measure import Cell, Measurement
from benchmarks.tables import Table, document, machine

FIGURES: dict[str, Callable[[Measurement], float | None]] = {
    "detected": lambda one: one.detected,
    "given_up": lambda one: one.given_up,
    "known": lambda one: one.known,
    "missed": lambda one: one.missed,
    "false_per_hour": lambda one: one.false_per_hour,
    "slow_per_hour": lambda one: one.slow_per_hour,
    "lost": lambda one: one.lost,
    "bytes_per_s": lambda one: one.bytes_per_s,
    "datagrams_per_s": lambda one: one.datagrams_per_s,
    "member_hours": lambda one: one.member_hours,
    "speed": lambda one: one.speed,
}
_SEEDS = "seeds"

HOW = (
    "all times in protocol periods of a second; medians of {runs} seeds, but false positives, which are means. First"
    " detection: from a crash until somebody suspects it, or gives it up where there is no suspicion; mean of the"
    " crashes. False positives: how often a member that runs well is given up, per member and hour, by the average"
    " other member. Lost: the part of running members that others take for dead in the end, slow ones included. Bytes"
    " are those of datagrams and streams, without headers of UDP and TCP."
)


class Findings:
    """What was measured, by contender and cell."""

    def __init__(self, contenders: Iterable[Contender], measured: Iterable[Measurement]) -> None:
        self.contenders = list(contenders)
        self.measured = list(measured)
        self._of: dict[tuple[str, Cell], list[Measurement]] = defaultdict(list)
        for one in self.measured:
            self._of[one.contender, one.cell].append(one)

    def median(self, contender: str, cell: Cell, figure: str) -> float | None:
        """A median of the seeds; of what may be rare, the mean of all that time."""
        ones = self._of.get((contender, cell), [])
        values = [value for one in ones if (value := FIGURES[figure](one)) is not None]
        if figure.endswith("per_hour") and values:
            hours = sum(one.member_hours for one in ones)
            return sum(v * one.member_hours for v, one in zip(values, ones)) / hours
        return median(values) if values else None

    def conditions(self) -> list[str]:
        """Those that were measured."""
        found = {one.cell.condition for one in self.measured}
        return [name for name in CONDITIONS if name in found]

    def cells(self, condition: str) -> list[Cell]:
        """By size."""
        return sorted({one.cell for one in self.measured if one.cell.condition == condition})

    def runs(self) -> int:
        """How many seeds there are at most."""
        return max((len(ones) for ones in self._of.values()), default=0)

    def slowest(self) -> tuple[int, float] | None:
        """The largest cluster of ours with nothing lost, and how many seconds of it a processor simulates in one."""
        ours = [one for one in self.measured if one.contender == OURS]
        if not ours:
            return None
        one = max(
            ours, key=lambda one: (one.cell.size, -list(CONDITIONS).index(one.cell.condition))
        )
        return one.cell.size, one.speed


def line(one: Measurement) -> str:
    """A measurement in words, as it comes in."""
    detected = "no crash seen" if one.detected is None else f"first detection {one.detected:.2f}"
    known = "never known to all" if one.known is None else f"known to all {one.known:.1f}"
    return (
        f"{one.contender}: {one.cell.title}: {detected}, {known}, false positives"
        f" {one.false_per_hour:.2g}/h, {one.bytes_per_s:,.0f} bytes/s"
    )


def tables(findings: Findings) -> Iterator[Table]:
    """A table for each condition."""
    for condition in findings.conditions():
        yield _table(findings, condition)


def _table(findings: Findings, condition: str) -> Table:
    headings = [
        condition, "members", "first detection", "given up", "known to all", "not known to all",
        "false positives/h", "slow given up/h", "lost", "bytes/s", "datagrams/s", "member hours",
    ]  # fmt: skip
    rows = []
    for contender in findings.contenders:
        for cell in findings.cells(condition):
            row = [_cell(findings, contender.name, cell, figure) for figure in list(FIGURES)[:-1]]
            if any(row):
                rows.append([contender.name, f"{cell.size:,}", *row])
    return Table(condition[0].upper() + condition[1:], headings, rows)


def _cell(findings: Findings, contender: str, cell: Cell, figure: str) -> str:
    value = findings.median(contender, cell, figure)
    if value is None:
        return "never" if findings.median(contender, cell, "missed") is not None else ""
    if figure in ("missed", "lost"):
        return f"{value:.1%}" if value else "0"
    if figure.endswith("per_hour"):
        return f"{value:.2g}"
    return (
        f"{value:,.{2 if figure in ('detected', 'given_up', 'known', 'datagrams_per_s') else 0}f}"
    )


def markdown(findings: Findings) -> str:
    """The whole report."""
    how = HOW.format(runs=findings.runs())
    speed = findings.slowest()
    if speed is not None:
        how += f" {speed[0]:,} members of ours: {speed[1]:.1f} s are simulated in a second of one processor."
    return document("Finding out who has failed, in simulation", how, tables(findings))


def as_json(findings: Findings) -> str:
    """All that was measured, with medians."""
    found = []
    for contender in findings.contenders:
        for cell in dict.fromkeys(one.cell for one in findings.measured):
            medians = {figure: findings.median(contender.name, cell, figure) for figure in FIGURES}
            if medians["missed"] is not None:
                found.append({"contender": contender.name, **cell._asdict(), **medians})
    runs = [asdict(one) | {"cell": one.cell._asdict()} for one in findings.measured]
    return json.dumps({"machine": machine(), "medians": found, _SEEDS: runs}, indent=1) + "\n"
