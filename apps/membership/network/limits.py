"""How much a port may send us: token buckets, one for each port and one for all."""

from __future__ import annotations

from dataclasses import dataclass

CUT_S = 5
"""A port that goes on sending too much is cut off for so long,"""
HELD_S = 60
"""and on a switch with meters held to its rate for so long."""
BURST_S = 2.0
"""A bucket holds as much as flows into it in so long."""

Port = tuple[int, int]
"""A datapath id and a port number."""


@dataclass(slots=True)
class Bucket:
    """Fills at a rate; what finds it empty is refused."""

    rate: float
    tokens: float
    filled: float
    refused: int = 0

    @classmethod
    def full(cls, rate: float, now: float) -> Bucket:
        """A bucket that nothing has been taken from."""
        return cls(rate, rate * BURST_S, now)

    def take(self, now: float) -> bool:
        """Whether there was a token."""
        full = self.rate * BURST_S
        self.tokens = min(full, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens >= full - 1:
            self.refused = 0
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        return True


class Limits:
    """The buckets of all ports."""

    def __init__(self, port_rate: float, rate: float, now: float) -> None:
        self._port_rate = port_rate
        self._all = Bucket.full(rate, now)
        self._ports: dict[Port, Bucket] = {}

    def refuse(self, port: Port, now: float) -> str:
        """The name of what is counted when a frame is too much; empty when it is not.

        `ports_cut` says that the port has gone on for so long that the switch is to hold it back.
        """
        bucket = self._ports.get(port)
        if bucket is None:
            bucket = self._ports[port] = Bucket.full(self._port_rate, now)
        if not bucket.take(now):
            if bucket.refused < self._port_rate:
                return "port_limited"
            bucket.refused = 0
            return "ports_cut"
        return "" if self._all.take(now) else "limited"

    def forget(self, dpid: int) -> None:
        """A switch is gone."""
        self._ports = {port: bucket for port, bucket in self._ports.items() if port[0] != dpid}
