"""The sending half of a connection: what has not been acknowledged, what may be sent, and what is sent again.

It knows places in its own stream, and nothing of what comes: the connection puts the acknowledgement of that into the
segments when it takes them.
"""

from __future__ import annotations

from math import inf

from apps.membership.tcp.congestion import Congestion
from apps.membership.tcp.retransmission import Retransmission
from apps.membership.tcp.segments import ACK, FIN, MODULUS, PSH, Segment, since

MSS = 1400
"""Bytes of a segment that we send at most, and ask for: with all headers and a tag they fit a frame."""
QUEUE_MOST = 8 << 20
"""Bytes that may wait to be sent, or not be acknowledged yet."""

_DEFAULT_MSS, _LEAST_MSS = 536, 64
_HANDSHAKE_TRIES, _TRIES, _SHUT_TRIES = 4, 6, 12
"""Times that something is sent again: a SYN, data, and data for a window that is shut."""


class Sender:
    """Up to `acked` all has arrived; `_next` is sent next; up to `most` something has been sent."""

    def __init__(self, isn: int, greeting: int) -> None:
        """The flags of `greeting` are sent first: SYN, or SYN and ACK."""
        self.finishing = False
        self.acked = self.most = 0
        self._isn = isn
        self._greeting = greeting
        self._next = 0
        self._queue = bytearray()
        self._written = 0
        self._window = 0
        self._congestion = Congestion(_DEFAULT_MSS)
        self._timer = Retransmission()
        self._segments: list[Segment] = []

    # --- what there is to send ------------------------------------------------------------------

    @property
    def end(self) -> int:
        """The place behind all that is to be sent."""
        return 1 + self._written + self.finishing

    @property
    def done(self) -> bool:
        """Whether all of it has been acknowledged."""
        return self.acked == self.end

    @property
    def deadline(self) -> float:
        """When to call `advance`."""
        return self._timer.deadline

    def write(self, data: bytes) -> bool:
        """Send bytes; False when they are too many."""
        if len(self._queue) + len(data) > QUEUE_MOST:
            return False
        self._queue += data
        self._written += len(data)
        return True

    def take(self) -> list[Segment]:
        """What is to be sent now."""
        segments, self._segments = self._segments, []
        return segments

    def stop(self) -> None:
        """Send nothing of it any more."""
        self._timer.stop()
        self._queue.clear()

    # --- what the peer says ---------------------------------------------------------------------

    def greeted(self, syn: Segment) -> None:
        """The peer says how much it takes."""
        mss = max(_LEAST_MSS, min(MSS, syn.mss or _DEFAULT_MSS))
        self._congestion = Congestion(mss)
        self._window = syn.window

    def place_of(self, number: int) -> int:
        """The place of a sequence number."""
        return self.acked + since(number, self.number(self.acked))

    def number(self, place: int) -> int:
        """The sequence number of a place."""
        return (self._isn + place) % MODULUS

    def acknowledged(self, segment: Segment, now: float) -> None:
        """How far the peer has got, and how much more it takes."""
        new = self.place_of(segment.ack) - self.acked
        if new < 0:
            return
        if new:
            self._forget(new, now)
        elif self._is_duplicate(segment) and self._congestion.repeated():
            self._send_first_again(now)
        if not self._window and segment.window:
            self._timer.stop()
        self._window = segment.window

    def _forget(self, new: int, now: float) -> None:
        """So much more has arrived."""
        begin, behind = max(self.acked, 1), 1 + self._written
        self.acked += new
        del self._queue[: max(0, min(self.acked, behind) - begin)]
        self._next = max(self._next, self.acked)
        self._timer.acknowledged(self.acked, now)
        self._timer.stop()
        self._congestion.acknowledged(new)

    def _is_duplicate(self, segment: Segment) -> bool:
        """Whether it says that something is missing (RFC 5681, 2)."""
        under_way = self.acked != self.most
        return under_way and not segment.length and segment.window == self._window

    # --- what goes ------------------------------------------------------------------------------

    def go_on(self, now: float) -> None:
        """Send what the windows let through."""
        while self._next < self.end and (room := self._room()) > 0:
            self._send_one(room, now)
        if self.done:
            self._timer.stop()
        elif self._timer.deadline == inf:
            self._timer.start(now)

    def _room(self) -> int:
        """How many bytes may be sent now."""
        if not self.acked:
            return int(self._next == 0)
        if self._next == 1 + self._written:
            return 1  # the FIN alone: no window is needed
        return self.acked + min(self._window, self._congestion.flight_most) - self._next

    def advance(self, now: float) -> bool:
        """Nothing has been acknowledged for long: send it again; False when that has been done often enough."""
        if now < self.deadline:
            return True
        self._timer.tries += 1
        if self._timer.tries > self._tries_most:
            return False
        self._congestion.lost_all(self.most - self.acked)
        self._timer.ignore()
        self._next = self.acked
        self._timer.start(now)
        self._send_one(self._congestion.mss if self._window or not self.acked else 1, now)
        self.go_on(now)
        return True

    def greet_again(self) -> None:
        """Our part of the handshake was lost."""
        self._next = 0

    @property
    def _tries_most(self) -> int:
        if not self.acked:
            return _HANDSHAKE_TRIES
        return _TRIES if self._window else _SHUT_TRIES

    def _send_first_again(self, now: float) -> None:
        """One segment is missing, later ones have come."""
        self._congestion.lost_one(self.most - self.acked)
        self._timer.ignore()
        after, self._next = self._next, self.acked
        self._send_one(self._congestion.mss, now)
        self._next = max(after, self._next)

    def _send_one(self, room: int, now: float) -> None:
        """One segment from the next place on."""
        place = self._next
        if place == 0:
            self._emit(0, self._greeting, mss=MSS)
            self._next = 1
        else:
            self._next += self._send_data(place, min(room, self._congestion.mss))
        if place == self.most:
            self._timer.time(self._next, now)
        self.most = max(self.most, self._next)

    def _send_data(self, place: int, most: int) -> int:
        """Data, and the FIN if they are the last; what they take."""
        begin = place - max(self.acked, 1)
        data = bytes(self._queue[begin : begin + most])
        last = place + len(data) == 1 + self._written
        fin = self.finishing and last
        self._emit(place, ACK | PSH * (last and data != b"") | FIN * fin, data)
        return len(data) + fin

    def emit(self, flags: int) -> None:
        """Send a segment without data."""
        self._emit(self._next, flags)

    def _emit(self, place: int, flags: int, data: bytes = b"", mss: int = 0) -> None:
        self._segments.append(Segment(self.number(place), 0, flags, data=data, mss=mss))
