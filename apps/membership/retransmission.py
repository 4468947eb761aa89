"""When to send again what has not been acknowledged (RFC 6298)."""

from __future__ import annotations

from math import inf

_FIRST_S, _LEAST_S, _MOST_S = 1.0, 0.2, 8.0


class Retransmission:
    """The timer, and what it goes by."""

    def __init__(self) -> None:
        self.deadline = inf
        self.tries = 0
        self._rto = _FIRST_S
        self._smooth = self._variation = 0.0

    def start(self, now: float) -> None:
        """Begin to wait."""
        self.deadline = now + min(self._rto * 2.0**self.tries, _MOST_S)

    def stop(self) -> None:
        """What was waited for has come."""
        self.deadline, self.tries = inf, 0

    def sample(self, rtt_s: float) -> None:
        """So long took an answer."""
        if self._smooth == 0.0:
            self._smooth, self._variation = rtt_s, rtt_s / 2
        else:
            self._variation += (abs(self._smooth - rtt_s) - self._variation) / 4
            self._smooth += (rtt_s - self._smooth) / 8
        self._rto = min(max(self._smooth + 4 * self._variation, _LEAST_S), _MOST_S)
