"""Who is compared, and under which conditions. All have a period of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.swim.config import LAN
from apps.swim.core import Core
from apps.swim.simulation.faults import Faults, Slow
from benchmarks.swim import mirage
from benchmarks.swim.mirage import Mirage
from benchmarks.swim.paper import Paper
from benchmarks.swim.peers import Times

PERIOD_S = LAN.probe_interval_s

OURS, PAPER, BASIC, MIRAGE = "ours", "SWIM", "SWIM without suspicion", "mirage-swim's rules"


@dataclass(frozen=True, slots=True)
class Contender:
    """`make` makes a member, of (identity, random generator, now, roster)."""

    name: str
    family: str
    make: Callable[..., Any]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What goes wrong; nothing counts for the first `warm_up` periods."""

    faults: Faults
    warm_up: int = 3
    rare: bool = False
    """Whether there is peace until false positives are seen, however rare."""


CONTENDERS = (
    Contender(OURS, "ours", partial(Core, LAN)),
    Contender(PAPER, "paper", partial(Paper, LAN.suspicion_mult, Times(PERIOD_S))),
    Contender(BASIC, "paper", partial(Paper, 0, Times(PERIOD_S))),
    Contender(MIRAGE, "mirage", partial(Mirage, mirage.TIMES)),
)
VERSIONS = LAN.versions

_STALLING = Slow(0.05, run_s=(0.1, 2.0), stall_s=(0.5, 8.0))
SLOW = "5 % slow"
CONDITIONS = {
    "nothing lost": Condition(Faults()),
    "1 % lost": Condition(Faults(loss=0.01)),
    "5 % lost": Condition(Faults(loss=0.05)),
    "10 % lost": Condition(Faults(loss=0.10)),
    SLOW: Condition(Faults(slow=_STALLING), warm_up=120, rare=True),
}
SIZES = (16, 128, 1024, 8192)
