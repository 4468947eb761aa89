"""Who is compared, and under which conditions. All have a period of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.swim.config import BARE, LAN
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


CONTENDERS = (
    Contender(OURS, "ours", partial(Core, LAN)),
    Contender(PAPER, "paper", partial(Paper, LAN.suspicion_mult, Times(PERIOD_S))),
    Contender(BASIC, "paper", partial(Paper, 0, Times(PERIOD_S))),
    Contender(MIRAGE, "mirage", partial(Mirage, mirage.TIMES)),
)
VERSIONS = BARE

CONDITIONS: dict[str, Faults] = {
    "nothing lost": Faults(),
    "1 % lost": Faults(loss=0.01),
    "5 % lost": Faults(loss=0.05),
    "10 % lost": Faults(loss=0.10),
    "5 % slow": Faults(slow=Slow(0.05, run_s=(0.1, 2.0), stall_s=(0.5, 8.0))),
}
SLOW = "5 % slow"
SIZES = (16, 128, 1024, 8192)
