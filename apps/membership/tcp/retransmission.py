"""When to send again what has not been acknowledged (RFC 6298)."""

from __future__ import annotations

from math import inf

_FIRST_S, _LEAST_S, _MOST_S = 1.0, 0.2, 8.0


class Retransmission:
    """The timer, and the round-trip times that it goes by."""

    def __init__(self) -> None:
        self.deadline = inf
        self.tries = 0
        self._rto = _FIRST_S
        self._smooth = self._variation = 0.0
        self._timed: tuple[int, float] | None = None

    def start(self, now: float) -> None:
        """Begin to wait."""
        self.deadline = now + min(self._rto * 2.0**self.tries, _MOST_S)

    def stop(self) -> None:
        """What was waited for has come."""
        self.deadline, self.tries = inf, 0

    def time(self, place: int, now: float) -> None:
        """What goes up to this place is sent for the first time now: take its time, unless another's is taken."""
        if self._timed is None:
            self._timed = place, now

    def ignore(self) -> None:
        """What is timed is sent again: its answer would not say to which of the two it is (RFC 6298, 3)."""
        self._timed = None

    def acknowledged(self, place: int, now: float) -> None:
        """All up to this place has arrived."""
        if self._timed is not None and place >= self._timed[0]:
            self._sample(now - self._timed[1])
            self._timed = None

    def _sample(self, rtt_s: float) -> None:
        if self._smooth == 0.0:
            self._smooth, self._variation = rtt_s, rtt_s / 2
        else:
            self._variation += (abs(self._smooth - rtt_s) - self._variation) / 4
            self._smooth += (rtt_s - self._smooth) / 8
        self._rto = min(max(self._smooth + 4 * self._variation, _LEAST_S), _MOST_S)
