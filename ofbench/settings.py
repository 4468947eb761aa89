"""What a controller is loaded with, and what a switch is asked."""

from __future__ import annotations

from dataclasses import dataclass

from openflow import V1_0, Version

THROUGHPUT, LATENCY = "throughput", "latency"
MODES = (THROUGHPUT, LATENCY)

MOST_SWITCHES = 65535
MOST_HOSTS = 1 << 24

MOST_IN_FLIGHT = 1 << 14
"""Packet-ins of one switch that wait for responses in throughput mode, when nothing else is said ..."""

ALL_IN_FLIGHT = 1 << 16
"""... and of all switches together: even a slow controller is through with them in seconds."""


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Fake switches for a controller."""

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


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """How a switch is measured."""

    version: Version = V1_0
    flows: int = 10_000
    packets: int = 20_000
    trips: int = 1000
    port: int | None = None
    rounds: int = 3
    timeout_s: float = 20.0
