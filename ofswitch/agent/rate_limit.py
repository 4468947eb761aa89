"""How many packet-ins a controller gets in a second at most: a bucket of tokens for each session."""

from __future__ import annotations

BURST_S = 0.1
"""Seconds' worth of packet-ins that may come at once; at least one."""


class RateLimit:
    """Lets `rate` things pass in a second, and a burst of a tenth of that; any number when 0."""

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate * BURST_S)
        self._tokens = self._most
        self._filled_at = now

    def admits(self, now: float) -> bool:
        """Whether one more may pass; if so, it counts."""
        if not self._rate:
            return True
        self._tokens = min(self._most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
