"""How much may be under way at a time (RFC 5681)."""

from __future__ import annotations

_FIRST_FLIGHT = 10
_DUPLICATES = 3
_NO_LIMIT = 1 << 30


class Congestion:
    """`flight_most` bytes may be sent and not be acknowledged yet."""

    def __init__(self, mss: int) -> None:
        """Begin with segments of this size."""
        self.mss = mss
        self.flight_most = _FIRST_FLIGHT * mss
        self._slow_start_until = _NO_LIMIT
        self._duplicates = 0

    def acknowledged(self, new: int) -> None:
        """So many bytes have arrived: dare some more (3.1)."""
        flight, mss = self.flight_most, self.mss
        slow_start = flight < self._slow_start_until
        self.flight_most += min(new, mss) if slow_start else max(1, mss * mss // flight)
        self._duplicates = 0

    def repeated(self) -> bool:
        """The same acknowledgement once more; whether that says that a segment is missing (3.2)."""
        self._duplicates += 1
        return self._duplicates == _DUPLICATES

    def lost_one(self, under_way: int) -> None:
        """A segment is missing, later ones have come."""
        self._slow_down(under_way)
        self.flight_most = self._slow_start_until

    def lost_all(self, under_way: int) -> None:
        """Nothing is heard any more."""
        self._slow_down(under_way)
        self.flight_most = self.mss

    def _slow_down(self, under_way: int) -> None:
        self._slow_start_until = max(under_way // 2, 2 * self.mss)
        self._duplicates = 0
