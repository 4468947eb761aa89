"""The ping matrix."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from topologies import pingall as module
from topologies.pingall import PingMatrix, pingall
from topologies.topology import Topology, parse_topology


@dataclass
class Pings:
    """A network that notes who pings whom; some pairs are cut."""

    topology: Topology
    cut: set[tuple[str, str]] = field(default_factory=set)
    under_way: int = 0
    most_under_way: int = 0

    async def ping(self, source: str, target: str) -> float | None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return None if (source, target) in self.cut else 1.0


def test_every_host_pings_every_other() -> None:
    matrix = asyncio.run(pingall(Pings(parse_topology("single,4"))))
    assert matrix.sent == matrix.received == 12
    assert matrix.loss_percent == 0
    assert all(source != target for source, target in matrix.round_trips)


def test_a_lost_ping_is_a_cross() -> None:
    matrix = asyncio.run(pingall(Pings(parse_topology("single,3"), {("h1", "h2"), ("h3", "h1")})))
    assert str(matrix).split("\n") == [
        "h1 -> X h3",
        "h2 -> h1 h3",
        "h3 -> X h2",
        "33% dropped (4/6 received)",
    ]


@pytest.mark.parametrize(("received", "percent"), [(199, "1%"), (1, "99%"), (0, "100%")])
def test_only_all_is_all_and_only_nothing_is_nothing(received: int, percent: str) -> None:
    times = {("h1", str(number)): 1.0 if number < received else None for number in range(200)}
    assert PingMatrix(["h1"], times).result.startswith(f"{percent} dropped")


def test_several_pings_are_under_way_but_not_all() -> None:
    pings = Pings(parse_topology("single,6"))
    asyncio.run(pingall(pings))
    assert pings.most_under_way == module.AT_ONCE


def test_a_host_alone_loses_nothing() -> None:
    matrix = asyncio.run(pingall(Pings(parse_topology("single,1"))))
    assert str(matrix) == "h1 ->\n0% dropped (0/0 received)"
