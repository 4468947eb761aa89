"""TCP, as much as short exchanges need, without sockets and without a clock (RFC 9293).

A `Connection` is given segments, bytes to send and the time, and gives segments to send and the bytes that have come,
in order. It has both sides of the handshake; acknowledgements; sending again, by a timer with backoff (RFC 6298) and
after three duplicate acknowledgements; slow start and congestion avoidance (RFC 5681); the peer's window, also when it
is shut; FIN, in either order; RST, and challenges where it does not fit exactly (RFC 5961). Of options it has that of
the size of segments. What comes ahead of its turn is kept within the window.

Inside, places in the stream are counted from 0, which is the SYN; the data begin at 1, and the FIN is behind them. So
they can be compared, and become sequence numbers only on the wire.

Everything is bounded: what may be queued to send, what may wait for its turn, and how often something is sent again.
Whoever drives it calls `advance` at `deadline`, and `abort` when an exchange has taken too long.
"""

from __future__ import annotations

from enum import Enum
from math import inf

from apps.membership.incoming import Incoming
from apps.membership.retransmission import Retransmission
from apps.membership.segments import (
    ACK,
    FIN,
    MODULUS,
    PSH,
    RST,
    SYN,
    WINDOW,
    Segment,
    reset_for,
    since,
)

MSS = 1400
"""Bytes of a segment that we send at most, and ask for: with all headers and a tag they fit a frame."""
QUEUE_MOST = 8 << 20
"""Bytes that may wait to be sent, or not be acknowledged yet."""

_DEFAULT_MSS, _LEAST_MSS = 536, 64
_HANDSHAKE_TRIES, _TRIES, _SHUT_TRIES = 4, 6, 12
"""Times that something is sent again: a SYN, data, and data for a window that is shut."""
_LINGER_S = 2.0
"""So long the side that closed first answers late segments."""
_FIRST_FLIGHT = 10
_DUPLICATES = 3


class State(Enum):
    """How far a connection is."""

    SYN_SENT = "syn_sent"
    SYN_RECEIVED = "syn_received"
    OPEN = "open"
    LINGERING = "lingering"
    CLOSED = "closed"


class Connection:
    """One connection. `failure` says how it ended, if not well."""

    def __init__(self, isn: int, now: float, state: State) -> None:
        """Use `connect` or `accept`."""
        self.state = state
        self.failure = ""
        self._isn = isn
        self._now = now
        self._timer = Retransmission()
        self._lingers_until = inf
        self._segments: list[Segment] = []
        self._queue = bytearray()
        self._written = 0
        self._fin = False
        self._acked = self._next = self._most = 0
        self._window = 0
        self._mss = _DEFAULT_MSS
        self._flight_most = _FIRST_FLIGHT * _DEFAULT_MSS
        self._slow_start_until = QUEUE_MOST
        self._duplicates = 0
        self._timed: tuple[int, float] | None = None
        self._incoming = Incoming()
        self._peer_isn = 0
        self._ack_due = False
        self._closed_first = False

    @classmethod
    def connect(cls, isn: int, now: float) -> Connection:
        """Open a connection."""
        connection = cls(isn, now, State.SYN_SENT)
        connection._send_more()
        return connection

    @classmethod
    def accept(cls, syn: Segment, isn: int, now: float) -> Connection:
        """Answer a segment that opens one."""
        connection = cls(isn, now, State.SYN_RECEIVED)
        connection._greeted(syn)
        connection._send_more()
        return connection

    # --- for whoever uses it --------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When to call `advance`."""
        return min(self._timer.deadline, self._lingers_until)

    @property
    def finished(self) -> bool:
        """Whether the peer has sent all that it will, and we have it."""
        return self._incoming.finished

    @property
    def finishing(self) -> bool:
        """Whether we have said that we will send no more."""
        return self._fin

    @property
    def sent(self) -> bool:
        """Whether the peer has acknowledged all that it was to be sent, the FIN included."""
        return self._acked == self._end

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.state is State.CLOSED

    @property
    def greeting(self) -> bool:
        """Whether the handshake is not done yet."""
        return self.state in (State.SYN_SENT, State.SYN_RECEIVED)

    def write(self, data: bytes, now: float) -> None:
        """Send bytes. Raises ValueError after `finish`; too many end the connection."""
        if self._fin:
            raise ValueError("the connection has been finished")
        if self.closed:
            return
        if len(self._queue) + len(data) > QUEUE_MOST:
            self.abort("too much to send", now)
            return
        self._now = now
        self._queue += data
        self._written += len(data)
        self._send_more()

    def finish(self, now: float) -> None:
        """Send what there is to send, and nothing after it."""
        self._now = now
        self._fin = True
        self._send_more()

    def abort(self, reason: str, now: float) -> None:
        """End it at once, and tell the peer."""
        self._now = now
        if not self.closed:
            self._fail(reason, tell=True)

    def read(self) -> bytes:
        """The bytes that have come since the last time."""
        data, self._incoming.data = self._incoming.data, bytearray()
        return bytes(data)

    def take_segments(self) -> list[Segment]:
        """What is to be sent now."""
        if self._ack_due:
            self._emit(self._next, ACK)
        segments, self._segments = self._segments, []
        return segments

    def advance(self, now: float) -> None:
        """The time is `now`: send again what has not been acknowledged."""
        self._now = now
        if now < self.deadline:
            return
        if self.state is State.LINGERING:
            self._close()
            return
        self._timer.tries += 1
        if self._timer.tries > self._tries_most:
            self._fail("no answer", tell=True)
            return
        self._slow_down()
        self._flight_most = self._mss
        self._next = self._acked
        self._timer.start(now)
        self._send_one(self._mss if self._window or not self._acked else 1)
        self._send_more()

    # --- what comes -----------------------------------------------------------------------------

    def receive(self, segment: Segment, now: float) -> None:
        """A segment of the peer."""
        self._now = now
        if self.state is State.SYN_SENT:
            self._receive_greeting(segment)
        elif not self.closed and self._acceptable(segment):
            self._receive_fitting(segment)
        self._send_more()

    def _receive_greeting(self, segment: Segment) -> None:
        acks_ours = segment.ack == self._number(1)
        if segment.flags & ACK and not acks_ours:
            reset = reset_for(segment)
            self._segments += [] if reset is None else [reset]
        elif segment.flags & RST and segment.flags & ACK:
            self._fail("refused", tell=False)
        elif segment.flags & (SYN | ACK | RST) == SYN | ACK:
            self._greeted(segment)
            self.state = State.OPEN
            self._acknowledged(segment)
            self._ack_due = True

    def _greeted(self, syn: Segment) -> None:
        self._peer_isn = syn.seq
        self._incoming.expected = 1
        self._mss = max(_LEAST_MSS, min(MSS, syn.mss or _DEFAULT_MSS))
        self._flight_most = _FIRST_FLIGHT * self._mss
        self._window = syn.window

    def _acceptable(self, segment: Segment) -> bool:
        """Whether it is of this connection and of this time (RFC 9293, 3.10.7.4; RFC 5961, 3 and 4)."""
        ahead = since(segment.seq, self._peer_number)
        if segment.flags & RST:
            if ahead == 0:
                self._fail("reset by the other side", tell=False)
            elif 0 < ahead < WINDOW:
                self._ack_due = True
            return False
        if segment.flags & SYN:
            if self.state is State.SYN_RECEIVED and segment.seq == self._peer_isn:
                self._next = 0  # our answer was lost: send it again
            else:
                self._ack_due = True
            return False
        if ahead >= WINDOW or ahead + segment.length < 0:
            self._ack_due = True
            return False
        return bool(segment.flags & ACK)

    def _receive_fitting(self, segment: Segment) -> None:
        acked = self._acked + since(segment.ack, self._number(self._acked))
        if acked > self._most or (self.state is State.SYN_RECEIVED and acked < 1):
            if self.state is State.SYN_RECEIVED:
                self._segments.append(Segment(segment.ack, flags=RST, window=0))
            self._ack_due = self.state is not State.SYN_RECEIVED
            return
        if self.state is State.SYN_RECEIVED:
            self.state = State.OPEN
        self._acknowledged(segment)
        if segment.length:
            self._ack_due = True
            self._take(segment)
        if self.state is State.OPEN and self._fin and self.sent and self.finished:
            self._end_well()

    def _take(self, segment: Segment) -> None:
        incoming = self._incoming
        before = incoming.finished
        place = incoming.expected + since(segment.seq, self._peer_number)
        incoming.take(place, segment.data, fin=bool(segment.flags & FIN))
        if incoming.finished and not before:
            self._closed_first = self._fin and self._most == self._end

    def _acknowledged(self, segment: Segment) -> None:
        new = since(segment.ack, self._number(self._acked))
        if new > 0:
            self._forget(new)
        elif new == 0 and self._is_duplicate(segment):
            self._duplicates += 1
            if self._duplicates == _DUPLICATES:
                self._send_first_again()
        if new >= 0:
            if not self._window and segment.window:
                self._timer.stop()
            self._window = segment.window

    def _is_duplicate(self, segment: Segment) -> bool:
        """Whether it says that something is missing (RFC 5681, 2)."""
        outstanding = self._acked != self._most
        return outstanding and not segment.length and segment.window == self._window

    def _forget(self, new: int) -> None:
        """So much more has been acknowledged."""
        begin, behind = max(self._acked, 1), 1 + self._written
        self._acked += new
        del self._queue[: max(0, min(self._acked, behind) - begin)]
        self._next = max(self._next, self._acked)
        if self._timed is not None and self._acked >= self._timed[0]:
            self._timer.sample(self._now - self._timed[1])
            self._timed = None
        mss, flight = self._mss, self._flight_most
        slow_start = flight < self._slow_start_until
        self._flight_most += min(new, mss) if slow_start else max(1, mss * mss // flight)
        self._duplicates = 0
        self._timer.stop()

    def _send_first_again(self) -> None:
        """One segment is missing, later ones have come."""
        self._slow_down()
        self._flight_most = self._slow_start_until
        after, self._next = self._next, self._acked
        self._send_one(self._mss)
        self._next = max(after, self._next)

    def _slow_down(self) -> None:
        """Something was lost (RFC 5681, 3.1)."""
        self._slow_start_until = max((self._most - self._acked) // 2, 2 * self._mss)
        self._duplicates, self._timed = 0, None

    # --- what goes ------------------------------------------------------------------------------

    @property
    def _end(self) -> int:
        """The place behind all that is to be sent."""
        return 1 + self._written + self._fin

    @property
    def _tries_most(self) -> int:
        if self.greeting:
            return _HANDSHAKE_TRIES
        return _TRIES if self._window else _SHUT_TRIES

    @property
    def _peer_number(self) -> int:
        return (self._peer_isn + self._incoming.expected) % MODULUS

    def _number(self, place: int) -> int:
        return (self._isn + place) % MODULUS

    def _send_more(self) -> None:
        """Send what the windows let through."""
        if self.state in (State.CLOSED, State.LINGERING):
            return
        while self._next < self._end:
            room = self._acked + min(self._window, self._flight_most) - self._next
            if not self._acked:
                room = int(self._next == 0)
            elif self._next == 1 + self._written:
                room = 1  # the FIN alone: no window is needed
            if room <= 0:
                break
            self._send_one(room)
        if self._acked == self._end:
            self._timer.stop()
        elif self._timer.deadline == inf:
            self._timer.start(self._now)

    def _send_one(self, room: int) -> None:
        """One segment from the next place on."""
        place = self._next
        if place == 0:
            self._emit(0, SYN if self.state is State.SYN_SENT else SYN | ACK, mss=MSS)
            self._next = 1
        else:
            begin = place - max(self._acked, 1)
            data = bytes(self._queue[begin : begin + min(room, self._mss)])
            last = place + len(data) == 1 + self._written
            fin = self._fin and last
            self._emit(place, ACK | PSH * (last and data != b"") | FIN * fin, data)
            self._next = place + len(data) + fin
        if self._timed is None and place == self._most:
            self._timed = self._next, self._now
        self._most = max(self._most, self._next)

    def _emit(self, place: int, flags: int, data: bytes = b"", mss: int = 0) -> None:
        ack = self._peer_number if flags & ACK else 0
        self._segments.append(Segment(self._number(place), ack, flags, WINDOW, data, mss))
        self._ack_due = False

    # --- the end --------------------------------------------------------------------------------

    def _end_well(self) -> None:
        """Both have finished: who did so first answers late segments for a while."""
        self._timer.stop()
        if self._closed_first:
            self.state, self._lingers_until = State.LINGERING, self._now + _LINGER_S
        else:
            self._close()

    def _fail(self, reason: str, *, tell: bool) -> None:
        if tell and self.state is not State.SYN_SENT:
            self._emit(self._next, RST | ACK)
        self.failure = reason
        self._close()

    def _close(self) -> None:
        self.state = State.CLOSED
        self._timer.stop()
        self._lingers_until = inf
        self._queue.clear()
