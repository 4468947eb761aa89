"""The connections of all switches behind one descriptor, in native code (`openflow._codec.Streams`).

Whenever the descriptor is readable, each connection that has something has its turn: what it has sent is received at
once, at most 64 KiB. Packet-ins of a switch that has joined come as messages whose fields are made when they are read;
everything else comes as bytes, in its order, and takes the way that it takes without native code: the session. What
is sent waits behind one another in native memory and goes out with one call when the turn ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from controller.controller import Controller
from controller.sender import NativeStreams
from controller.shell import Link
from controller.switches.session import Session
from openflow import native
from openflow.output import Output

_PACKET_INS, _BYTES, _DRAINED = range(3)


class NativeLane(Output, Protocol):
    """`openflow._codec.Lane`."""

    def backlog(self) -> int:
        """Bytes that wait for room."""

    def unfinished(self) -> int:
        """Bytes of an unfinished message that have come."""

    def join(self, dpid: int, version: int, /) -> None:
        """Hand out packet-ins of this version, and find the connection by `dpid`."""

    def leave(self) -> None:
        """Do neither any more."""

    def close(self) -> None:
        """Close when all is sent."""

    def abort(self) -> None:
        """Close at once."""


class Lane(Link):
    """One connection, and its session's link."""

    def __init__(self, lanes: Lanes, closed: Callable[[], None]) -> None:
        self.session: Session | None = None
        self.native: NativeLane
        self.output: Output | None = None
        self._lanes = lanes
        self._closed = closed

    def write(self, data: bytes, /) -> None:
        """Send, now or when there is room."""
        self.native.append(data)
        self.native.take()

    def backlog(self) -> int:
        """Bytes that wait for room."""
        return self.native.backlog()

    def join(self, dpid: int, version: int, /) -> None:
        """From now on packet-ins come as messages, and `Controller.send` finds the connection natively."""
        self.native.join(dpid, version)

    def leave(self) -> None:
        """From now on it does not."""
        self.native.leave()

    def close(self) -> None:
        """Close when all is sent, or when that takes too long."""
        self.native.close()
        if self.native.backlog():
            self._lanes.close_later(self.native)
        self._closed()


class Lanes:
    """All connections. `close_later` aborts what it is given after the time that closing may take."""

    def __init__(self, controller: Controller, close_later: Callable[[NativeLane], object]) -> None:
        self.close_later = close_later
        self._controller = controller
        self._streams: NativeStreams = native.CODEC.Streams(
            controller.settings.high_water // 4, controller.touched
        )
        controller.send_natively(self._streams)

    def fileno(self) -> int:
        """The descriptor that is readable while `serve` has something to do."""
        return self._streams.fileno()

    def add(self, fd: int, peer: str, closed: Callable[[], None]) -> None:
        """Serve the connection with this descriptor, which the caller may close; `closed` is called at its end."""
        lane = Lane(self, closed)
        lane.native = self._streams.add(fd, lane)
        lane.output = lane.native
        lane.session = self._controller.open(lane, peer)

    def serve(self) -> None:
        """Give every connection that has something its turn, until the event loop should have one."""
        take, turn, now = self._streams.take, self._controller.turn, self._controller.now
        while (taken := take()) is not None:
            with turn:
                at = now()
                for lane, kind, value in taken:
                    session = lane.session
                    if session is None:
                        continue
                    if kind == _PACKET_INS:
                        session.receive_packet_ins(value, at)
                    else:
                        self._receive(lane, session, kind, value)
            # Packet-ins that nobody has any more are used again.
            del taken, value

    def _receive(self, lane: Lane, session: Session, kind: int, value: Any) -> None:
        if kind == _BYTES:
            self._controller.receive(session, value)
        elif kind == _DRAINED:
            session.drained()
        elif value is None:
            self._controller.eof(session, lane.native.unfinished())
        else:
            self._controller.lose(session, value)
