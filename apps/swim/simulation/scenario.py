"""A history of crashes, cuts, comings and goings as data; drawing one; and living through it under all checks.

A scenario says everything: the same one with the same seed goes the same way, event by event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from apps.swim.config import PRESETS
from apps.swim.core import Core
from apps.swim.simulation.checks import Breach, Checks, unsettled
from apps.swim.simulation.faults import WELL, Faults, Slow
from apps.swim.simulation.host import Host
from apps.swim.simulation.network import within
from apps.swim.simulation.world import World

if TYPE_CHECKING:
    from random import Random

_SETTLES = 600
"""Probe intervals, and intervals between attempts to reconnect, within which all must be of one mind at the end."""

_STAYS = 30
"""Probe intervals for which they must stay so."""


class Act(Enum):
    """What happens at a step."""

    CRASH = "crash"
    START = "start"
    LEAVE = "leave"
    UPDATE = "update"
    PARTITION = "partition"
    CUT_ONE_WAY = "cut one way"
    HEAL = "heal"
    STALL = "stall"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Step:
    """Something happens to the member of a number, or to all before it; then some probe intervals pass."""

    act: Act
    number: int
    intervals: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is lived through."""

    seed: int
    preset: str = "fast"
    size: int = 6
    faults: Faults = WELL
    steps: tuple[Step, ...] = ()


def drawn(seed: int, rng: Random) -> Scenario:
    """A scenario of chance; `rng` is of this seed."""
    preset = rng.choice(["fast", "fast", "fast", "lan", "local"])
    interval_s = PRESETS[preset].probe_interval_s
    size = rng.choice([2, 3, 5, 6, 8, 12])
    slow = Slow(
        rng.choice([0.2, 0.4]),
        (0.2 * interval_s, 5 * interval_s),
        (0.0, 6 * interval_s),
        rng.random() < 0.7,
    )
    faults = Faults(
        loss=rng.choice([0.0, 0.0, 0.02, 0.1, 0.3]),
        duplication=rng.choice([0.0, 0.1]),
        late=rng.choice([0.0, 0.05]),
        late_s=(0.0, 3 * interval_s),
        skew=rng.choice([0.0, 0.01]),
        slow=slow if rng.random() < 0.3 else None,
    )
    steps = [
        Step(rng.choice(list(Act)), rng.randrange(size), round(within(rng, (0.2, 15)), 2))
        for _ in range(rng.randrange(1, 12))
    ]
    return Scenario(seed, preset, size, faults, tuple(steps))


class Life:
    """A scenario that is being lived through; `rng` is of its seed. Raises Breach."""

    def __init__(self, scenario: Scenario, rng: Random) -> None:
        config = PRESETS[scenario.preset]
        self.scenario = scenario
        self.world = World(rng, scenario.faults, config)
        self._interval_s = config.probe_interval_s
        self._most_s = _SETTLES * config.probe_interval_s + 8 * config.reconnect_interval_s
        self._checks = Checks(self.world)
        self._names = self.world.cluster(scenario.size)
        self._acts: dict[Act, Callable[[int], None]] = {
            Act.CRASH: self._crash,
            Act.START: self._start,
            Act.LEAVE: self._leave,
            Act.UPDATE: self._update,
            Act.PARTITION: self._partition,
            Act.CUT_ONE_WAY: self._cut_one_way,
            Act.HEAL: lambda _: self.world.partition(),
            Act.STALL: self._stall,
            Act.WAIT: lambda _: None,
        }

    def live(self) -> float:
        """Go through all steps; then all is well, and all must become of one mind. How long that took."""
        size = self.scenario.size
        while any(len(host.swim.members) < size for host in self.world.hosts.values()):
            # Of two that have never heard of each other nothing can be asked.
            self.world.run(self._interval_s)
        for step in self.scenario.steps:
            gone = [host for host in self.world.hosts.values() if host.leaving]
            self._acts[step.act](step.number)
            self.world.run(step.intervals * self._interval_s)
            self._stop(gone)
        self._stop(list(self.world.hosts.values()))
        return self._end()

    def _stop(self, hosts: list[Host[Core]]) -> None:
        """Who has left stops, sooner or later, unless it has come back."""
        for host in hosts:
            host.up = host.up and not host.leaving

    def _end(self) -> float:
        world, start = self.world, self.world.now
        world.partition()
        world.faults = replace(WELL, skew=self.scenario.faults.skew)
        if not any(host.up for host in world.hosts.values()):
            self._start(0)
        settled = start
        while world.now - settled < _STAYS * self._interval_s:
            world.run(self._interval_s)
            if why := unsettled(world):
                # Also what was under way until now, as a stall, may yet be heard of.
                settled = world.now
                if world.now - start > self._most_s:
                    raise Breach(f"not settled after {self._most_s:g} s: {why}")
        return settled - start

    # --- steps ----------------------------------------------------------------------------------

    def _crash(self, number: int) -> None:
        self.world.crash(self._names[number])

    def _start(self, number: int) -> None:
        name = self._names[number]
        host = self.world.hosts[name]
        if not host.up:
            self.world.add(name)
            self._join(name)
        elif host.leaving:
            self._join(name)

    def _join(self, name: str) -> None:
        host = self.world.hosts[name]
        seeds = [other.at for other in self.world.hosts.values() if other is not host][:3]
        self.world.carry_out(host, host.swim.join(seeds, host.clock(self.world.now)))

    def _leave(self, number: int) -> None:
        if self.world.hosts[self._names[number]].up:
            self.world.leave(self._names[number])

    def _update(self, number: int) -> None:
        if self.world.hosts[self._names[number]].up:
            meta = f"{self.world.now:.3f}".encode()
            self.world.update(self._names[number], meta)

    def _partition(self, number: int) -> None:
        self.world.partition(self._names[: number + 1], self._names[number + 1 :])

    def _cut_one_way(self, number: int) -> None:
        self.world.network.cut_one_way(self._names[: number + 1], self._names[number + 1 :])

    def _stall(self, number: int) -> None:
        self.world.stall(self._names[number], 5 * self._interval_s)
