"""Every host pings every other: the first test of any network, with Mininet's matrix for a result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from topologies.topology import Topology

AT_ONCE = 8
"""Pings under way at the same time: enough to hide their waiting, few enough for one machine."""


class Pingable(Protocol):
    """Hosts that can ping each other; every `topologies.network.Network` is one."""

    @property
    def topology(self) -> Topology:
        """Who there is."""

    async def ping(self, source: str, target: str) -> float | None:
        """Send one echo request; the round trip in ms, None when it is lost."""


@dataclass(frozen=True, slots=True)
class PingMatrix:
    """The round trips between all pairs of hosts, in ms; None where a ping was lost."""

    hosts: Sequence[str]
    round_trips: Mapping[tuple[str, str], float | None]

    @property
    def sent(self) -> int:
        """How many pings there were."""
        return len(self.round_trips)

    @property
    def received(self) -> int:
        """How many of them came back."""
        return sum(time is not None for time in self.round_trips.values())

    @property
    def loss_percent(self) -> float:
        """How many per cent did not; a network without pairs loses nothing."""
        return 100 * (1 - self.received / self.sent) if self.sent else 0.0

    def __str__(self) -> str:
        lines = [f"{source} -> {self._reached_from(source)}".rstrip() for source in self.hosts]
        return "\n".join([*lines, self.result])

    @property
    def result(self) -> str:
        """The last line of the matrix; 0% says that all came back, 100% that none did."""
        percent = round(self.loss_percent)
        if 0 < self.received < self.sent:
            percent = min(max(percent, 1), 99)
        return f"{percent}% dropped ({self.received}/{self.sent} received)"

    def _reached_from(self, source: str) -> str:
        pairs = [(target, self.round_trips.get((source, target))) for target in self.hosts]
        others = [(target, time) for target, time in pairs if target != source]
        return " ".join(target if time is not None else "X" for target, time in others)


async def pingall(network: Pingable) -> PingMatrix:
    """Ping all pairs, several at once."""
    hosts = list(network.topology.hosts)
    pairs = [(source, target) for source in hosts for target in hosts if source != target]
    slots = asyncio.Semaphore(AT_ONCE)

    async def ping(source: str, target: str) -> float | None:
        async with slots:
            return await network.ping(source, target)

    times = await asyncio.gather(*(ping(*pair) for pair in pairs))
    return PingMatrix(hosts, dict(zip(pairs, times)))
