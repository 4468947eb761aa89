"""A connection: its states, and what a segment of the peer does to it (RFC 9293, 3.3.2 and 3.10.7)."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from math import inf

from apps.membership.tcp.incoming import Incoming
from apps.membership.tcp.segments import ACK, RST, SYN, WINDOW, Segment, reset_for
from apps.membership.tcp.sender import Sender

_LINGER_S = 2.0
"""So long the side that closed first answers late segments."""


class State(Enum):
    """How far a connection is."""

    SYN_SENT = "syn_sent"
    SYN_RECEIVED = "syn_received"
    OPEN = "open"
    LINGERING = "lingering"
    CLOSED = "closed"


class Connection:
    """One connection. `failure` says how it ended, if not well."""

    def __init__(self, isn: int, state: State, greeting: int) -> None:
        """Use `connect` or `accept`."""
        self.state = state
        self.failure = ""
        self._sender = Sender(isn, greeting)
        self._incoming = Incoming()
        self._answers: list[Segment] = []
        self._ack_due = False
        self._closed_first = False
        self._lingers_until = inf

    @classmethod
    def connect(cls, isn: int, now: float) -> Connection:
        """Open a connection."""
        connection = cls(isn, State.SYN_SENT, SYN)
        connection._go_on(now)
        return connection

    @classmethod
    def accept(cls, syn: Segment, isn: int, now: float) -> Connection:
        """Answer a segment that opens one."""
        connection = cls(isn, State.SYN_RECEIVED, SYN | ACK)
        connection._greeted(syn)
        connection._go_on(now)
        return connection

    # --- how it is ------------------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When to call `advance`."""
        return min(self._sender.deadline, self._lingers_until)

    @property
    def finished(self) -> bool:
        """Whether the peer has sent all that it will, and we have it."""
        return self._incoming.finished

    @property
    def finishing(self) -> bool:
        """Whether we have said that we will send no more."""
        return self._sender.finishing

    @property
    def sent(self) -> bool:
        """Whether the peer has acknowledged all that it was to be sent, the FIN included."""
        return self._sender.done

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.state is State.CLOSED

    @property
    def greeting(self) -> bool:
        """Whether the handshake is not done yet."""
        return self.state in (State.SYN_SENT, State.SYN_RECEIVED)

    # --- for whoever uses it --------------------------------------------------------------------

    def write(self, data: bytes, now: float) -> None:
        """Send bytes. Raises ValueError after `finish`; too many end the connection."""
        if self.finishing:
            raise ValueError("the connection has been finished")
        if not self.closed and not self._sender.write(data):
            self._fail("too much to send", tell=True)
        self._go_on(now)

    def finish(self, now: float) -> None:
        """Send what there is to send, and nothing after it."""
        self._sender.finishing = True
        self._go_on(now)

    def abort(self, reason: str) -> None:
        """End it at once, and tell the peer."""
        if not self.closed:
            self._fail(reason, tell=True)

    def read(self) -> bytes:
        """The bytes that have come since the last time."""
        data, self._incoming.data = self._incoming.data, bytearray()
        return bytes(data)

    def take_segments(self) -> list[Segment]:
        """What is to be sent now."""
        segments = self._sender.take()
        if self._ack_due and not segments:
            self._sender.emit(ACK)
            segments = self._sender.take()
        self._ack_due = False
        ack, answers = self._incoming.number, self._answers
        self._answers = []
        return answers + [replace(s, ack=ack) if s.flags & ACK else s for s in segments]

    def advance(self, now: float) -> None:
        """The time is `now`: send again what has not been acknowledged."""
        if now < self.deadline:
            return
        if self.state is State.LINGERING:
            self._close()
        elif not self._sender.advance(now):
            self._fail("no answer", tell=True)

    def _go_on(self, now: float) -> None:
        if self.state not in (State.CLOSED, State.LINGERING):
            self._sender.go_on(now)

    # --- what comes -----------------------------------------------------------------------------

    def receive(self, segment: Segment, now: float) -> None:
        """A segment of the peer."""
        if self.state is State.SYN_SENT:
            self._receive_greeting(segment, now)
        elif not self.closed and self._acceptable(segment):
            self._receive_fitting(segment, now)
        self._go_on(now)

    def _receive_greeting(self, segment: Segment, now: float) -> None:
        if segment.flags & ACK and self._sender.place_of(segment.ack) != 1:
            self._reset(segment)
        elif segment.flags & RST and segment.flags & ACK:
            self._fail("refused", tell=False)
        elif segment.flags & (SYN | ACK | RST) == SYN | ACK:
            self._greeted(segment)
            self.state = State.OPEN
            self._sender.acknowledged(segment, now)
            self._ack_due = True

    def _greeted(self, syn: Segment) -> None:
        self._incoming = Incoming(syn.seq)
        self._sender.greeted(syn)

    def _acceptable(self, segment: Segment) -> bool:
        """Whether it is of this connection and of this time (RFC 9293, 3.10.7.4; RFC 5961, 3 and 4)."""
        ahead = self._incoming.ahead(segment.seq)
        if segment.flags & RST:
            if ahead == 0:
                self._fail("reset by the other side", tell=False)
            elif 0 < ahead < WINDOW:
                self._ack_due = True
            return False
        if segment.flags & SYN:
            if self.state is State.SYN_RECEIVED and segment.seq == self._incoming.isn:
                self._sender.greet_again()
            else:
                self._ack_due = True
            return False
        if ahead >= WINDOW or ahead + segment.length < 0:
            self._ack_due = True
            return False
        return bool(segment.flags & ACK)

    def _receive_fitting(self, segment: Segment, now: float) -> None:
        if not self._acknowledges_what_was_sent(segment):
            return
        if self.state is State.SYN_RECEIVED:
            self.state = State.OPEN
        self._sender.acknowledged(segment, now)
        if segment.length:
            self._ack_due = True
            self._take(segment)
        if self.state is State.OPEN and self.finishing and self.sent and self.finished:
            self._end_well(now)

    def _acknowledges_what_was_sent(self, segment: Segment) -> bool:
        acked = self._sender.place_of(segment.ack)
        greeting = self.state is State.SYN_RECEIVED
        if acked <= self._sender.most and (acked >= 1 or not greeting):
            return True
        if greeting:
            self._reset(segment)
        self._ack_due = not greeting
        return False

    def _take(self, segment: Segment) -> None:
        before = self.finished
        self._incoming.take(segment)
        if self.finished and not before:
            self._closed_first = self.finishing and self._sender.most == self._sender.end

    def _reset(self, segment: Segment) -> None:
        reset = reset_for(segment)
        if reset is not None:
            self._answers.append(reset)

    # --- the end --------------------------------------------------------------------------------

    def _end_well(self, now: float) -> None:
        """Both have finished: who did so first answers late segments for a while."""
        if self._closed_first:
            self.state, self._lingers_until = State.LINGERING, now + _LINGER_S
        else:
            self._close()

    def _fail(self, reason: str, *, tell: bool) -> None:
        if tell and self.state is not State.SYN_SENT:
            self._sender.emit(RST | ACK)
        self.failure = reason
        self._close()

    def _close(self) -> None:
        self.state = State.CLOSED
        self._lingers_until = inf
        self._sender.stop()
