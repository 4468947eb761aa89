"""What a cluster lives through: peace, in which nobody dies, and crashes, of which it is watched who finds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import process_time
from typing import Any

from apps.swim.effects import Event, Kind
from apps.swim.simulation.host import Host
from apps.swim.simulation.world import Crowd
from benchmarks.swim.cells import Plan
from benchmarks.swim.contenders import PERIOD_S, VERSIONS, Condition

_FIRST_S = 60
"""What counts as the beginning, where the warm-up takes so long."""

_CRASHES_WITHIN = 5
"""Periods from the first crash of a batch to the last, about."""

_PATIENCE = 150
"""Periods after which not all will know any more."""

_BYTES_PER_MEMBER_S, _CRASH_BYTES_MOST = 4000, 1_000_000_000
"""What a cluster sends until it is ended early: some rules multiply rumours faster than can be simulated."""

Make = Callable[..., Any]


def cluster(make: Make, condition: Condition, size: int, seed: int) -> Crowd[Any]:
    """Members that know each other, and have not begun."""
    crowd: Crowd[Any] = Crowd(Random(seed), make, condition.faults, versions=VERSIONS)
    crowd.recording = False
    crowd.acquainted(size)
    return crowd


class Peace:
    """Nobody dies, after the warm-up: whoever is taken for dead is falsely so.

    Events are counted by each member that has them.
    """

    def __init__(self, crowd: Crowd[Any], plan: Plan) -> None:
        self.false = self.accused = self.slow = 0
        self.incidents: set[tuple[str, int]] = set()
        """Who was given up, and in which incarnation, by however many."""
        self.first_bytes_per_s: float | None = None
        """Of a member, in the first minute of a long warm-up."""
        self._crowd = crowd
        self._warm_up(plan.warm_up_s)
        crowd.watch = self._watch
        cpu, start, sent, sent_bytes = process_time(), crowd.now, crowd.datagrams, crowd.sent_bytes
        most = sent_bytes + _BYTES_PER_MEMBER_S * plan.size * plan.peace_s
        while crowd.now - start < plan.peace_s and crowd.sent_bytes < most:
            crowd.run(PERIOD_S)
        self.member_s = (crowd.now - start) * plan.size
        self.datagrams, self.bytes = crowd.datagrams - sent, crowd.sent_bytes - sent_bytes
        self.cpu_s = process_time() - cpu
        crowd.watch = None
        tables = [host.swim.members for host in crowd.hosts.values()]
        self.lost = sum(len(table) - table.here for table in tables) / plan.size / (plan.size - 1)
        """The part of members that others take for dead in the end."""

    def _warm_up(self, seconds: float) -> None:
        crowd = self._crowd
        first_s = min(_FIRST_S, seconds)
        crowd.run(first_s)
        if seconds > first_s:
            self.first_bytes_per_s = crowd.sent_bytes / len(crowd.hosts) / first_s
            crowd.run(seconds - first_s)

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
        self._most = crowd.sent_bytes + _CRASH_BYTES_MOST
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
