"""Runs a load: connects the fake switches, lets the controller settle, warms it up, and counts round by round."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn

from ofbench.address import Address
from ofbench.figures import Result, Round
from ofbench.native import Bare, Load
from ofbench.progress import NOBODY
from ofbench.runtime.sockets import allow, allow_most, resolve
from ofbench.runtime.threads import interruptible
from ofbench.settings import LoadSettings
from ofbench.vocabulary import bare, vocabulary
from openflow import Version

SETTLE_S = 0.3
"""After the handshake a controller may still have something to set up."""

SILENT_S = 1.0
"""After this time it is told that nobody listens, and that it is tried again."""

SLICE_S = 0.25
"""How often the progress is told."""


Watch = Callable[[str, float, float], None]
"""Told now and then: the phase, the part of the whole load that is over, responses per second."""


def measure(address: Address, result: Result, watch: Watch) -> Result:
    """Load a controller as the settings of a result say, and put into it what came of each round that is over.

    Raise OSError (ConnectionError, TimeoutError) with what went wrong.
    """
    settings = result.settings
    load = interruptible(lambda: connect(address, settings, watch))
    load.settle(SETTLE_S)
    whole = settings.warm_up_s + settings.rounds * settings.seconds

    def loaded(phase: str, begin: float, seconds: float) -> Round:
        return _pass(
            load, settings, seconds, lambda at, rate: watch(phase, (begin + at) / whole, rate)
        )

    result.warm_up = loaded("warm-up", 0.0, settings.warm_up_s)
    for number in range(settings.rounds):
        phase = f"round {number + 1} of {settings.rounds}"
        begin = settings.warm_up_s + number * settings.seconds
        result.rounds.append(loaded(phase, begin, settings.seconds))
    return result


def _pass(
    load: Load, settings: LoadSettings, seconds: float, told: Callable[[float, float], None]
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


def connect(address: Address, settings: LoadSettings, watch: Watch) -> Load:
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
