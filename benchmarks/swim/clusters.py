"""What a cluster lives through: peace, in which nobody dies, and crashes, of which it is watched who finds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import process_time
from typing import Any

from apps.swim.core import Core
from apps.swim.effects import Event, Kind
from apps.swim.leniency import intervals
from apps.swim.simulation.crowd import Crowd
from apps.swim.simulation.host import Host
from benchmarks.swim.cells import Plan
from benchmarks.swim.contenders import PERIOD_S, VERSIONS, Condition

_FIRST_S = 60
"""What counts as the beginning, where the warm-up takes so long."""

_CRASHES_WITHIN = 5
"""Periods from the first crash of a batch to the last, about."""

_PATIENCE = 150
"""Periods after which not all will know any more."""

_BYTES_MOST, _CRASH_BYTES_MOST = 10_000, 500_000
"""Some rules multiply rumours faster than can be simulated: what a cluster may send before a part of its life is cut
short, in bytes of a member for each second; and of a member for a batch of crashes.
"""

Make = Callable[..., Any]


def cluster(make: Make, condition: Condition, size: int, seed: int) -> Crowd[Any]:
    """Members that know each other, and have not begun."""
    crowd: Crowd[Any] = Crowd(Random(seed), make, condition.faults, versions=VERSIONS)
    crowd.recording = False
    crowd.acquainted(size)
    return crowd


def season(crowd: Crowd[Any]) -> None:
    """Have members of ours know who is slow, as if each slow one had been cleared at some time."""
    lasting_s = intervals(len(crowd.hosts)) * PERIOD_S
    slow = [name for name, host in crowd.hosts.items() if host.slow]
    left_s = {name: crowd.rng.random() * lasting_s for name in slow}
    for host in crowd.hosts.values():
        if isinstance(host.swim, Core):
            for name in slow:
                host.swim.leniency.show(name, crowd.now, left_s[name])


def _run(crowd: Crowd[Any], seconds: float) -> None:
    """Let time pass, as far as the cluster can be simulated."""
    end = crowd.now + seconds
    most = crowd.sent_bytes + _BYTES_MOST * len(crowd.hosts) * seconds
    while crowd.now < end and crowd.sent_bytes < most:
        crowd.run(min(PERIOD_S, end - crowd.now))


class Peace:
    """Nobody dies, after the warm-up: whoever is taken for dead is falsely so.

    Events are counted by each member that has them. `incidents` are who was given up in which incarnation, by however
    many; `lost` is the part of members that others take for dead in the end.
    """

    def __init__(self, crowd: Crowd[Any], plan: Plan) -> None:
        self.false = self.accused = self.slow = 0
        self.incidents: set[tuple[str, int]] = set()
        self._crowd = crowd
        self.first_bytes_per_s = self._warm_up(plan.warm_up_s)
        crowd.watch = self._watch
        start, sent, sent_bytes, cpu_s = (
            crowd.now,
            crowd.datagrams,
            crowd.sent_bytes,
            process_time(),
        )
        _run(crowd, plan.peace_s)
        self.cpu_s = process_time() - cpu_s
        self.member_s = (crowd.now - start) * plan.size
        self.datagrams, self.bytes = crowd.datagrams - sent, crowd.sent_bytes - sent_bytes
        crowd.watch = None
        tables = [host.swim.members for host in crowd.hosts.values()]
        self.lost = sum(len(table) - table.here for table in tables) / plan.size / (plan.size - 1)

    def _warm_up(self, seconds: float) -> float | None:
        """What a member sends in a second of the first minute, if it takes longer."""
        crowd = self._crowd
        if seconds <= _FIRST_S:
            _run(crowd, seconds)
            return None
        _run(crowd, _FIRST_S)
        bytes_per_s = crowd.sent_bytes / len(crowd.hosts) / crowd.now
        _run(crowd, seconds - _FIRST_S)
        return bytes_per_s

    def _watch(self, _: Host[Any], event: Event) -> None:
        member = event.member
        slow = self._crowd.hosts[member.name].slow
        if event.kind is Kind.MEMBER_FAILED:
            self.slow += slow
            self.false += not slow
            if not slow:
                self.incidents.add((member.name, member.incarnation))
        elif event.kind is Kind.MEMBER_SUSPECT:
            self.accused += not slow


@dataclass(slots=True)
class Victim:
    """Who crashes, and when others find out, in periods from then on; `unaware` are those that have not."""

    unaware: set[str]
    crash: float | None = None
    detected: float | None = None
    given_up: float | None = None
    known: float | None = None


def victims(crowd: Crowd[Any], plan: Plan) -> list[Victim]:
    """Have members crash, those that run well; a batch, and when all know, the next."""
    return [
        victim
        for _ in range(plan.batches)
        for victim in _Batch(crowd, plan.crashes).victims.values()
    ]


class _Batch:
    """Some crash, one soon after the other."""

    def __init__(self, crowd: Crowd[Any], count: int) -> None:
        self._crowd = crowd
        self._most = crowd.sent_bytes + _CRASH_BYTES_MOST * len(crowd.hosts)
        running = {name for name, host in crowd.hosts.items() if host.up}
        well = sorted(name for name in running if not crowd.hosts[name].slow)
        self.victims = {name: Victim(running - {name}) for name in crowd.rng.sample(well, count)}
        crowd.watch = self._watch
        for name in self.victims:
            crowd.run(crowd.rng.random() * 2 * _CRASHES_WITHIN / count * PERIOD_S)
            self._crash(name)
        self._wait()
        crowd.watch = None

    def _crash(self, name: str) -> None:
        self._crowd.crash(name)
        self.victims[name].crash = self._crowd.now
        for victim in self.victims.values():
            victim.unaware.discard(name)

    def _wait(self) -> None:
        crowd = self._crowd
        end = crowd.now + _PATIENCE * PERIOD_S
        while crowd.now < end and any(victim.unaware for victim in self.victims.values()):
            crowd.run(PERIOD_S / 4)
            if crowd.sent_bytes > self._most:
                break

    def _watch(self, host: Host[Any], event: Event) -> None:
        victim = self.victims.get(event.member.name)
        if victim is None:
            return
        if event.kind is Kind.MEMBER_JOIN:
            victim.unaware.add(host.name)
        elif event.kind is Kind.MEMBER_FAILED:
            victim.unaware.discard(host.name)
        if victim.crash is not None and event.kind in (Kind.MEMBER_SUSPECT, Kind.MEMBER_FAILED):
            self._found_out(victim, event.kind, (self._crowd.now - victim.crash) / PERIOD_S)

    @staticmethod
    def _found_out(victim: Victim, kind: Kind, periods: float) -> None:
        if victim.detected is None:
            victim.detected = periods
        if victim.given_up is None and kind is Kind.MEMBER_FAILED:
            victim.given_up = periods
        victim.known = None if victim.unaware else periods
