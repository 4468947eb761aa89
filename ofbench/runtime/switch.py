"""Measures a switch: shakes hands with it as its controller, then pours messages into it and counts the answers."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from ofbench import probes
from ofbench.abilities import Passage, SwitchResult
from ofbench.address import Address
from ofbench.figures import summed
from ofbench.native import Stream
from ofbench.probes import Probe
from ofbench.runtime.sockets import meet
from ofbench.runtime.threads import interruptible
from ofbench.settings import SwitchSettings
from openflow import FeaturesReply, FeaturesRequest, SetConfig, Version
from openflow.connection import Connection, Lost, Malformed

PATIENCE_S = 20.0
"""How long a switch may work on what it was sent before anything comes back."""

STRAGGLERS_S = 1.0
"""How long to wait for packet-ins that do not come."""

MOST_BYTES = 1 << 16


Watch = Callable[[str, float], None]
"""Told what is measured now, and the part of all that is over."""


def measure(address: Address, result: SwitchResult, watch: Watch) -> SwitchResult:
    """Ask a switch as the settings of a result say, and put into it who it is, and what came of each stream.

    Raise OSError (ConnectionError, TimeoutError) with what went wrong.
    """
    settings = result.settings
    with meet(address, settings.timeout_s) as sock:
        result.datapath_id = _shake_hands(sock, settings.version)
        for passage in _passages(Stream(sock.fileno()), settings, watch):
            result.passages.append(passage)
    return result


def _passages(stream: Stream, settings: SwitchSettings, watch: Watch) -> Iterator[Passage]:
    trips = probes.round_trips(settings.version)
    streams = probes.streams(settings.version, settings.port)
    steps = settings.rounds * (len(trips) + len(streams))
    at = 0
    for _ in range(settings.rounds):
        for probe in trips + streams:
            watch(probe.name, at / steps)
            yield (
                _trip(stream, probe, settings) if probe in trips else _pour(stream, probe, settings)
            )
            at += 1


def _trip(stream: Stream, probe: Probe, settings: SwitchSettings) -> Passage:
    ping = partial(stream.ping, probe.message, probe.places, probe.answer)
    times = summed(interruptible(lambda: ping(settings.trips, STRAGGLERS_S)))
    seconds = sum(time * count for time, count in times.items()) / 1e9
    return Passage(probe.name, settings.trips, settings.trips, seconds, times)


def _pour(stream: Stream, probe: Probe, settings: SwitchSettings) -> Passage:
    """What comes back is either an answer to each message, or one to a barrier behind all of them."""
    alone = probe.answers == 0
    count = settings.flows if probe.name.startswith("flow-mods") else settings.packets
    count //= max(1, probe.answers)
    wanted = count * probe.answers or 1
    pour = partial(
        stream.pour,
        probe.message,
        probe.places,
        first=0,
        times=count,
        end=probes.barrier(settings.version) if alone else b"",
        kind=probe.answer,
        count=wanted,
        patience=PATIENCE_S if alone else STRAGGLERS_S,
    )
    seconds, came, error = interruptible(pour)
    answers = came.get(probe.answer, 0)
    if not answers:
        raise TimeoutError(f"no answer to {probe.name}{': ' + error if error else ''}")
    done = count if alone else answers
    return Passage(probe.name, count if alone else wanted, done, seconds, error=error)


def _shake_hands(sock: socket.socket, version: Version) -> int:
    """Agree on the version; have all that is to come sent here, which some switches do not do unless asked."""
    connection = Connection(frozenset({version}))
    asked = False
    while True:
        for received in connection.receive(_exchange(sock, connection.take_output()), 0.0):
            if isinstance(received, Lost):
                with suppress(OSError):
                    sock.sendall(connection.take_output())
                raise ConnectionError(received.reason)
            if isinstance(received, Malformed):
                raise ConnectionError(str(received.error))
            if isinstance(received, FeaturesRequest):
                raise ConnectionError(
                    "that is a controller, which asks for features: ofbench controller measures those"
                )
            if isinstance(received, FeaturesReply):
                connection.send(SetConfig(miss_send_len=0xFFFF))
                sock.sendall(connection.take_output())
                return received.datapath_id
        if connection.version is not None and not asked:
            asked = True
            connection.send(FeaturesRequest())


def _exchange(sock: socket.socket, data: bytes) -> bytes:
    """Send something, and return what comes."""
    try:
        sock.sendall(data)
        found = sock.recv(MOST_BYTES)
    except TimeoutError:
        raise TimeoutError("the switch was silent when asked what it is") from None
    except ConnectionError:
        found = b""
    if not found:
        raise ConnectionError("the switch closed the connection before it said what it is")
    return found
