"""Runs a load: connects the fake switches, lets the controller settle, warms it up, and counts round by round."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from ofbench.address import Address
from ofbench.figures import Result, Round
from ofbench.native import Bare, Load
from ofbench.progress import NOBODY
from ofbench.runtime.sockets import allow, allow_most, resolve
from ofbench.runtime.threads import interruptible
from ofbench.vocabulary import bare, vocabulary
from openflow import V1_0, Version

THROUGHPUT, LATENCY = "throughput", "latency"
MODES = (THROUGHPUT, LATENCY)
MOST_IN_FLIGHT = 1 << 14
"""Packet-ins of one switch that wait for responses in throughput mode, when nothing else is said ..."""

ALL_IN_FLIGHT = 1 << 16
"""... and of all switches together: even a slow controller is through with them in seconds."""

SETTLE_S = 0.3
"""After the handshake a controller may still have something to set up."""

SILENT_S = 1.0
"""After this time it is told that nobody listens, and that it is tried again."""

SLICE_S = 0.25
"""How often the progress is told."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A load."""

    mode: str = THROUGHPUT
    version: Version = V1_0
    switches: int = 16
    hosts: int = 1000
    ports: int = 4
    in_flight: int = 0
    """Packet-ins of each switch without response at most; 0: 1 for latency, many for throughput."""
    frame_size: int = 64
    buffers: bool = True
    warm_up_s: float = 1.0
    seconds: float = 2.0
    rounds: int = 5
    busy_poll: bool = False
    timeout_s: float = 20.0
    """Until somebody listens, and until the next few switches are connected."""

    @property
    def window(self) -> int:
        """How many packet-ins of each switch wait for responses at most."""
        if self.mode == LATENCY:
            return 1
        return self.in_flight or max(64, min(MOST_IN_FLIGHT, ALL_IN_FLIGHT // self.switches))


Watch = Callable[[str, float, float], None]
"""Told now and then: the phase, the part of the whole load that is over, responses per second."""


def measure(address: Address, settings: Settings, watch: Watch) -> Result:
    """Load a controller.

    Raise OSError (ConnectionError, TimeoutError) with what went wrong.
    """
    load = interruptible(lambda: connect(address, settings, watch))
    load.settle(SETTLE_S)
    whole = settings.warm_up_s + settings.rounds * settings.seconds
    _pass(load, settings, settings.warm_up_s, lambda at, rate: watch("warm-up", at / whole, rate))
    rounds = []
    for turn in range(settings.rounds):
        before = settings.warm_up_s + turn * settings.seconds
        phase = f"round {turn + 1} of {settings.rounds}"

        def told(at: float, rate: float, phase: str = phase, before: float = before) -> None:
            watch(phase, (before + at) / whole, rate)

        rounds.append(_pass(load, settings, settings.seconds, told))
    return Result(settings.mode, settings.switches, settings.hosts, rounds)


def _pass(
    load: Load, settings: Settings, seconds: float, told: Callable[[float, float], None]
) -> Round:
    """Load for so long, and tell of it now and then."""
    turn = Round()
    load.take()
    while (left := seconds - turn.seconds) > 1e-3:
        busy = time.process_time()
        load.run(min(SLICE_S, left), settings.busy_poll)
        part = load.take()
        turn.busy_s += max(0.0, time.process_time() - busy - part["polled"])
        rate = turn.add(part)
        told(min(turn.seconds, seconds), rate)
    return turn


def connect(address: Address, settings: Settings, watch: Watch) -> Load:
    """Connect all fake switches of a load."""
    allow(settings.switches)
    begin = time.monotonic()

    def told(count: int, refused: bool) -> None:
        if not refused:
            watch(f"{count:,} connected", 0.0, 0.0)
        elif time.monotonic() - begin > SILENT_S:
            watch(NOBODY, 0.0, 0.0)

    words = vocabulary(
        settings.version, settings.frame_size, ports=settings.ports, buffers=settings.buffers
    )
    return Load(
        resolve(address),
        version=words.version,
        hello=words.hello,
        answers=words.answers,
        packet_in=words.packet_in,
        places=words.places,
        flow_mod_buffer=words.flow_mod_buffer,
        switches=settings.switches,
        hosts=settings.hosts,
        ports=settings.ports,
        in_flight=settings.window,
        timeout=settings.timeout_s,
        told=told,
    )


def serve_bare(address: Address, version: Version) -> NoReturn:
    """Be a controller without thoughts, for good."""
    allow_most()
    greeting, answer, buffer_in, buffer_out = bare(version)
    controller = Bare(
        resolve(address),
        greeting=greeting,
        answer=answer,
        buffer_in=buffer_in,
        buffer_out=buffer_out,
    )
    while True:
        controller.run(SLICE_S)
