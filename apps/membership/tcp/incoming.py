"""Bytes of a stream, put in order."""

from __future__ import annotations

_AHEAD_MOST = 64
"""Segments that may wait for those before them."""


class Incoming:
    """What the peer sends, put in order."""

    def __init__(self) -> None:
        self.expected = 0
        self.finished = False
        self.data = bytearray()
        self._ahead: dict[int, bytes] = {}
        self._fin_at: int | None = None

    def take(self, place: int, data: bytes, *, fin: bool) -> None:
        """Bytes that belong there. Of those that come ahead of their turn, so many are kept."""
        if fin:
            self._fin_at = place + len(data)
        if place <= self.expected:
            self._append(place, data)
        elif len(data) > len(self._ahead.get(place, b"")) and len(self._ahead) < _AHEAD_MOST:
            self._ahead[place] = data
        for place in sorted(self._ahead):
            if place <= self.expected:
                self._append(place, self._ahead.pop(place))
        if self._fin_at == self.expected and not self.finished:
            self.finished = True
            self.expected += 1

    def _append(self, place: int, data: bytes) -> None:
        new = data[self.expected - place :]
        if not self.finished:
            self.data += new
            self.expected += len(new)
