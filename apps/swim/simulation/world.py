"""A cluster of cores, as most want it simulated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps.swim.config import LAN, Config
from apps.swim.core import Core
from apps.swim.members import Identity, Roster, State
from apps.swim.simulation.crowd import Crowd
from apps.swim.simulation.faults import WELL, Faults

if TYPE_CHECKING:
    from random import Random


class World(Crowd[Core]):
    """A crowd of cores, all of one configuration unless it is changed in between."""

    def __init__(self, rng: Random, faults: Faults = WELL, config: Config = LAN) -> None:
        self.config = config
        super().__init__(rng, self._core, faults, versions=config.versions)

    def _core(self, me: Identity, rng: Random, now: float, roster: Roster) -> Core:
        return Core(self.config, me, rng, now, roster)

    def cluster(self, size: int) -> list[str]:
        """Members that have joined the first of them."""
        names = [f"m{number}" for number in range(size)]
        for name in names:
            self.add(name, names[0] if name != names[0] else None)
        return names

    def leave(self, name: str) -> None:
        """Have a member tell the others that it goes; it runs on, until it is crashed."""
        host = self.hosts[name]
        self.carry_out(host, host.swim.leave(host.clock(self.now)))

    def update(self, name: str, meta: bytes) -> None:
        """Change a member's metadata."""
        host = self.hosts[name]
        self.carry_out(host, host.swim.update(meta, host.clock(self.now)))

    def view(self, name: str) -> dict[str, State]:
        """The state of every member, as one sees it."""
        return {m.name: m.state for m in self.hosts[name].swim.members.values()}

    def agreed(self, names: Iterable[str]) -> bool:
        """Whether these all see each other alive, in the same incarnation and with the same metadata."""
        names = list(names)
        truths = [self.hosts[name].swim.me for name in names]
        for name in names:
            members = self.hosts[name].swim.members
            for truth in truths:
                seen = members.find(truth.name)
                if seen is None or seen.state is not State.ALIVE:
                    return False
                if (seen.incarnation, seen.meta) != (truth.incarnation, truth.meta):
                    return False
        return True
