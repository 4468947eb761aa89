"""One measurement: a contender among so many under a condition, from a seed, on the clusters of its plan."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

from benchmarks.swim.cells import Cell, plan
from benchmarks.swim.clusters import Peace, Victim, cluster, season, victims
from benchmarks.swim.contenders import CONDITIONS, CONTENDERS, Contender

_SEEDS_APART = 1000
"""Of the first clusters of one measurement and the next."""


class Mean(NamedTuple):
    """Of so many values, with its standard error."""

    value: float
    error: float
    of: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Times in periods, from the crash on; None: it never came to that. Rates are those of a member."""

    contender: str
    cell: Cell
    seed: int
    detected: Mean | None
    given_up: Mean | None
    known: Mean | None
    missed: float
    """The part of the crashes that not all came to know of."""
    false_events: int
    """How often one member gave up another that runs well."""
    incidents: int
    """The same, but once for each that was given up, by however many."""
    accused_events: int
    slow_events: int
    """How often one suspected another that runs well, and gave up one that is slow."""
    lost: float
    """The part of members that run and are taken for dead in the end, where none has crashed."""
    bytes_per_s: float
    first_bytes_per_s: float | None
    datagrams_per_s: float
    member_hours: float
    speed: float
    """Seconds simulated for a second of a processor."""

    def per_hour(self, events: int) -> float:
        """How often it happens to a member in an hour, as the average other one sees it."""
        return events / (self.cell.size - 1) / self.member_hours


def measure(name: str, cell: Cell, seed: int, part: float = 1.0) -> Measurement:
    """Measure; `part` of the usual time."""
    (contender,) = (one for one in CONTENDERS if one.name == name)
    gc.disable()
    try:
        return _measured(contender, cell, seed, part)
    finally:
        gc.enable()
        gc.collect()


def _measured(contender: Contender, cell: Cell, seed: int, part: float) -> Measurement:
    todo = plan(contender, cell, part)
    lives: list[Peace] = []
    crashes: list[Victim] = []
    for at in range(todo.clusters):
        gc.collect()  # the last one
        condition = CONDITIONS[cell.condition]
        crowd = cluster(contender.make, condition, cell.size, seed * _SEEDS_APART + at)
        if todo.seasoned:
            season(crowd)
        lives.append(Peace(crowd, todo))
        crashes += victims(crowd, todo)
    return _summed(contender, cell, seed, lives, crashes)


def _summed(
    contender: Contender, cell: Cell, seed: int, lives: list[Peace], crashes: list[Victim]
) -> Measurement:
    member_s = sum(life.member_s for life in lives)
    firsts = [life.first_bytes_per_s for life in lives if life.first_bytes_per_s is not None]
    return Measurement(
        contender.name,
        cell,
        seed,
        _mean(one.detected for one in crashes),
        _mean(one.given_up for one in crashes),
        _mean(one.known for one in crashes),
        sum(one.known is None for one in crashes) / len(crashes),
        sum(life.false for life in lives),
        sum(len(life.incidents) for life in lives),
        sum(life.accused for life in lives),
        sum(life.slow for life in lives),
        fmean(life.lost for life in lives),
        sum(life.bytes for life in lives) / member_s,
        fmean(firsts) if firsts else None,
        sum(life.datagrams for life in lives) / member_s,
        member_s / 3600,
        member_s / cell.size / max(1e-9, sum(life.cpu_s for life in lives)),
    )


def _mean(values: Iterable[float | None]) -> Mean | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    error = stdev(known) / sqrt(len(known)) if len(known) > 1 else 0.0
    return Mean(fmean(known), error, len(known))
