"""Bytes of a stream, put in order."""

from __future__ import annotations

from apps.membership.tcp.segments import FIN, MODULUS, Segment, since

_AHEAD_MOST = 64
"""Segments that may wait for those before them."""


class Incoming:
    """What the peer sends, put in order."""

    def __init__(self, isn: int = 0) -> None:
        """What comes begins behind this sequence number, which is the SYN's."""
        self.isn = isn
        self.expected = 1
        self.finished = False
        self.data = bytearray()
        self._ahead: dict[int, bytes] = {}
        self._fin_at: int | None = None

    @property
    def number(self) -> int:
        """The sequence number that is expected next."""
        return (self.isn + self.expected) % MODULUS

    def ahead(self, number: int) -> int:
        """How far a sequence number is ahead of that, negative when it is behind."""
        return since(number, self.number)

    def take(self, segment: Segment) -> None:
        """A segment with something in it. Of those that come ahead of their turn, so many are kept."""
        place, data = self.expected + self.ahead(segment.seq), segment.data
        if segment.flags & FIN:
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
