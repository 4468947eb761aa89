"""One failure: what is done to a replica, what the hosts notice of it, and how it is undone."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.failover.lab import Lab, Replica, wait_until

CALM_S = 1.0
"""The hosts talk for so long before, and new flows must go well for so long after."""
SETTLE_S = 90.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a replica, and what ends it."""

    name: str
    words: str
    do: Callable[[Replica], object]
    undo: Callable[[Replica], object]


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "kill",
            "kill -9",
            lambda replica: replica.program.signal(signal.SIGKILL),
            lambda replica: replica.start(),
        ),
        Fault(
            "pause",
            "SIGSTOP",
            lambda replica: replica.program.signal(signal.SIGSTOP),
            lambda replica: replica.program.signal(signal.SIGCONT),
        ),
        Fault(
            "oneway",
            "hears no other replica",
            lambda replica: replica.cut_off(hears=False),
            lambda replica: replica.reconnect(),
        ),
        Fault(
            "mute",
            "no other replica hears it",
            lambda replica: replica.cut_off(hears=True),
            lambda replica: replica.reconnect(),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one failure did."""

    fault: str
    switches: int
    """That the replica was the master of."""
    outage_s: float
    """After so long no new flow fails any more."""
    flows: int
    flows_failed: int
    pings: int
    pings_lost: int


def fail(lab: Lab, fault: Fault, *, measured: bool = True) -> Outcome:
    """Have the replica with most switches fail, and mend it.

    `measured`: new flows must go really well before and after it, or the figures say nothing; else they must go.
    """
    victim = lab.busiest()
    switches = victim.switches
    with lab.flows() as flows:
        began = time.monotonic()
        well = partial(flows.flow_well, for_s=CALM_S) if measured else flows.work
        wait_until(lambda: well(began), "new flows, before anything happens")
        when = time.monotonic()
        fault.do(victim)
        wait_until(lambda: _taken_over(lab, victim, switches), "others take over")
        taken = time.monotonic()
        wait_until(lambda: well(taken), "new flows, after it")
        outage_s = flows.outage_s(when)
    arrived, sent = flows.arrived(), flows.sent()
    failed = sum(number not in arrived for number, _ in sent[:-50])
    answered, lost = flows.pings()
    fault.undo(victim)
    wait_until(lab.settled, "each switch has its master again", SETTLE_S)
    return Outcome(fault.name, len(switches), outage_s, len(sent), failed, answered, lost)


def _taken_over(lab: Lab, victim: Replica, switches: set[int]) -> bool:
    """Whether each switch of the victim has another master."""
    masters = lab.masters
    return all(set(masters[dpid]) - {victim} for dpid in switches)
