"""One measurement: a contender among so many under a condition, from a seed. Two clusters are made for it.

In the one nobody dies, for so long as is worth a number of member hours: whoever is taken for dead there is falsely so.
In the other some crash, and it is watched who finds out, and when all know.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple

from apps.swim.effects import Event, Kind
from apps.swim.simulation.host import Host
from apps.swim.simulation.world import Crowd
from benchmarks.swim.contenders import CONDITIONS, CONTENDERS, PERIOD_S, VERSIONS

_WARM_UP = 3
"""Periods before anything counts."""

_STEADY_MEMBER_S, _STEADY_LEAST_S = 40_000, 15
_CRASHES = {16: (100, 1), 128: (30, 3), 1024: (4, 16), 8192: (1, 16)}
"""By size: clusters, and crashes in each, five periods from the first to the last."""

_CRASHES_WITHIN = 5
_PATIENCE = 150
"""Periods after which not all will know any more."""

_BYTES_MOST, _CRASH_BYTES_MOST = 80_000_000, 1_000_000_000
"""What a cluster sends until it is ended early: some rules multiply rumours faster than can be simulated."""


class Cell(NamedTuple):
    """What is measured, for every contender."""

    condition: str
    size: int

    @property
    def title(self) -> str:
        """In words."""
        return f"{self.size:,} members, {self.condition}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """Times in periods, from the crash on, means; None: it never came to that. Rates for each member."""

    contender: str
    cell: Cell
    seed: int
    detected: float | None
    given_up: float | None
    known: float | None
    missed: float
    """The part of the crashes that not all came to know of."""
    false_per_hour: float
    """How often a member whose process runs well is given up, by the average other member."""
    accused_per_hour: float
    slow_per_hour: float
    """The same of a slow member."""
    lost: float
    """The part of members that run and are taken for dead at the end of an hour or less without a crash."""
    bytes_per_s: float
    datagrams_per_s: float
    member_hours: float
    speed: float
    """Seconds simulated for a second of a processor."""


def measure(contender: str, cell: Cell, seed: int, part: float = 1.0) -> Measurement:
    """Measure; `part` of the usual time."""
    (make,) = (one.make for one in CONTENDERS if one.name == contender)
    gc.disable()
    try:
        steady = _Steady(make, cell, seed, part)
        crashes = _crashes(make, cell, seed, part)
    finally:
        gc.enable()
        gc.collect()
    found = [victim for crash in crashes for victim in crash.victims.values()]
    return Measurement(
        contender,
        cell,
        seed,
        _mean([one.detected for one in found]),
        _mean([one.given_up for one in found]),
        _mean([one.known for one in found]),
        sum(one.known is None for one in found) / len(found),
        steady.per_hour(steady.false),
        steady.per_hour(steady.accused),
        steady.per_hour(steady.slow),
        steady.lost,
        steady.bytes_per_s,
        steady.datagrams_per_s,
        steady.hours,
        steady.speed,
    )


def _crowd(make: Callable[..., Any], cell: Cell, seed: int) -> Crowd[Any]:
    crowd: Crowd[Any] = Crowd(Random(seed), make, CONDITIONS[cell.condition], versions=VERSIONS)
    crowd.recording = False
    crowd.acquainted(cell.size)
    crowd.run(_WARM_UP * PERIOD_S)
    return crowd


class _Steady:
    """Nobody dies."""

    def __init__(self, make: Callable[..., Any], cell: Cell, seed: int, part: float) -> None:
        self.false = self.accused = self.slow = self._gone = 0
        crowd = _crowd(make, cell, seed)
        self._crowd = crowd
        crowd.watch = self._watch
        seconds = max(_STEADY_LEAST_S, part * _STEADY_MEMBER_S / cell.size)
        sent, start = crowd.datagrams, crowd.now
        before, cpu = crowd.datagram_bytes + crowd.stream_bytes, process_time()
        while crowd.now - start < seconds and crowd.datagram_bytes < part * _BYTES_MOST:
            crowd.run(PERIOD_S)
        lasted = crowd.now - start
        self.hours = lasted * cell.size / 3600
        self.speed = lasted / max(1e-9, process_time() - cpu)
        sent_bytes = crowd.datagram_bytes + crowd.stream_bytes - before
        self.bytes_per_s = sent_bytes / cell.size / lasted
        self.datagrams_per_s = (crowd.datagrams - sent) / cell.size / lasted

        self.lost = self._gone / cell.size / (cell.size - 1)

    def per_hour(self, events: int) -> float:
        """For a member and hour, as the average other member sees it."""
        return events / (len(self._crowd.hosts) - 1) / self.hours

    def _watch(self, _: Host[Any], event: Event) -> None:
        slow = self._crowd.hosts[event.member.name].slow
        if event.kind is Kind.MEMBER_FAILED:
            self.false += not slow
            self.slow += slow
            self._gone += 1
        elif event.kind is Kind.MEMBER_JOIN:
            self._gone -= 1
        elif event.kind is Kind.MEMBER_SUSPECT:
            self.accused += not slow


@dataclass(slots=True)
class _Victim:
    """Who crashes, and who knows."""

    crash: float | None = None
    detected: float | None = None
    given_up: float | None = None
    known: float | None = None


class _Crash:
    """Some crash."""

    def __init__(self, make: Callable[..., Any], cell: Cell, seed: int, count: int) -> None:
        self._crowd = crowd = _crowd(make, cell, seed)
        names = crowd.rng.sample(sorted(crowd.hosts), count)
        self._unaware = {name: set(crowd.hosts) - {name} for name in names}
        self.victims = {name: _Victim() for name in names}
        crowd.watch = self._watch
        for name in names:
            crowd.run(crowd.rng.random() * 2 * _CRASHES_WITHIN / count * PERIOD_S)
            crowd.crash(name)
            self.victims[name].crash = crowd.now
            for unaware in self._unaware.values():
                unaware.discard(name)
        end = crowd.now + _PATIENCE * PERIOD_S
        while crowd.now < end and any(self._unaware.values()):
            crowd.run(PERIOD_S / 4)
            if crowd.datagram_bytes > _CRASH_BYTES_MOST:
                break

    def _watch(self, host: Host[Any], event: Event) -> None:
        victim = self.victims.get(event.member.name)
        if victim is None:
            return
        unaware = self._unaware[event.member.name]
        if event.kind is Kind.MEMBER_JOIN:
            unaware.add(host.name)
        elif event.kind is Kind.MEMBER_FAILED:
            unaware.discard(host.name)
        if victim.crash is None or event.kind not in (Kind.MEMBER_SUSPECT, Kind.MEMBER_FAILED):
            return
        periods = (self._crowd.now - victim.crash) / PERIOD_S
        if victim.detected is None:
            victim.detected = periods
        if victim.given_up is None and event.kind is Kind.MEMBER_FAILED:
            victim.given_up = periods
        victim.known = None if unaware else periods


def _crashes(make: Callable[..., Any], cell: Cell, seed: int, part: float) -> list[_Crash]:
    fits = [size for size in _CRASHES if size <= cell.size] or [min(_CRASHES)]
    clusters, count = _CRASHES[fits[-1]]
    count = min(count, max(1, cell.size // 8))
    number = max(1, round(part * clusters))
    return [_Crash(make, cell, seed * 1000 + at, count) for at in range(number)]


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
