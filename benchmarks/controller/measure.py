"""What is asked of a controller."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from benchmarks.controller.peers import Peer, resident_mib, running
from ofbench.address import Address
from ofbench.figures import Result
from ofbench.runtime.controller import measure
from ofbench.settings import MODES, THROUGHPUT, LoadSettings

_WARM_UP_S, _LONGEST_WARM_UP_S = 1.0, 4.0
_LEARNED_PER_S = 1_000_000
"""The warm-up is longer by the time in which a fast controller learns all hosts."""


class Cell(NamedTuple):
    """One kind of load."""

    mode: str
    switches: int
    hosts: int

    @property
    def title(self) -> str:
        """For a line of progress."""
        return f"{self.mode}, {self.switches} switches, {self.hosts:,} MACs"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came of one load of one controller. Times in microseconds."""

    peer: str
    cell: Cell
    responses_per_s: float
    fairness: float
    p50_us: float | None
    p99_us: float | None
    resident_mib: float
    load: float
    """The part of its processor that the load took: when it is nearly 1, the load is what limits the rate."""


def cells(switches: list[int], hosts: list[int]) -> list[Cell]:
    """All loads."""
    return [Cell(mode, count, macs) for mode, macs, count in product(MODES, hosts, switches)]


def load(peer: Peer, cell: Cell, seconds: float, cpus: list[int]) -> Measurement:
    """Start a controller, load it, and end it.

    Raise RuntimeError or OSError with what went wrong.
    """
    learning = cell.switches * cell.hosts / _LEARNED_PER_S
    settings = LoadSettings(
        mode=cell.mode,
        switches=cell.switches,
        hosts=cell.hosts,
        warm_up_s=min(_WARM_UP_S + learning, _LONGEST_WARM_UP_S),
        seconds=seconds,
        rounds=1,
    )
    with running(peer, cpus) as (port, pid):
        result = measure(Address("127.0.0.1", port), Result(settings), lambda *_: None)
        resident = resident_mib(pid)
    times = result.percentiles()
    (only,) = result.rounds
    return Measurement(
        peer.name,
        cell,
        result.rate,
        result.fairness,
        times["p50"],
        times["p99"],
        resident,
        only.busy,
    )


__all__ = ["MODES", "THROUGHPUT", "Cell", "Measurement", "cells", "load"]
