"""One connection, as far as something goes out on it: messages, requests, and the end.

Output is bounded. While more than the high-water mark waits to be read by the switch, packet-outs are dropped and
counted, as a switch with full queues would; above the limit the connection is closed.
"""

from __future__ import annotations

import logging

from controller.callbacks.timers import Timers
from controller.counters import Counters
from controller.settings import Settings
from controller.shell import Link
from controller.switches.asks import Asks, Done
from controller.switches.requests import NotConnected
from controller.switches.turn import Turn
from openflow import ErrorCode, ErrorMsg, Message, PacketOut
from openflow.connection import Connection, State

FLUSH_FROM = 1 << 16
"""Bytes of output that go to the transport in the middle of a turn, so that what waits there is measured."""

log = logging.getLogger(__name__)


class Line:
    """One connection. `peer` is the other end's address, for people; `lost` why the connection is over."""

    def __init__(
        self,
        link: Link,
        peer: str,
        turn: Turn,
        timers: Timers,
        settings: Settings,
        counters: Counters,
    ) -> None:
        self.peer = peer
        self.lost: str | None = None
        self.congested = False
        self.touched = False
        self.counters = Counters(counters)
        self._link = link
        self._turn = turn
        self._timers = timers
        self._settings = settings
        probe_after_s = settings.probe_after_s
        self._connection = Connection(
            settings.versions, now=timers.now(), probe_after_s=probe_after_s, output=link.output
        )
        self._asks = Asks(self._connection, timers)
        self._flush_from = min(FLUSH_FROM, settings.high_water)
        self._turn.touch(self)

    def __str__(self) -> str:
        return f"the switch at {self.peer}"

    @property
    def queued(self) -> int:
        """Bytes that are to be written at the end of the turn."""
        return self._connection.queued

    def send(self, message: Message) -> int:
        """Queue a message and return its xid; 0 for a packet-out dropped since the switch reads too slowly.

        Raises NotConnected, or Unsupported or EncodeError naming the field; then nothing was sent.
        """
        if self.congested and isinstance(message, PacketOut):
            self._drop()
            return 0
        if self.lost is not None:
            self._check_connected()
        try:
            xid = self._connection.send(message)
        except ConnectionError:
            self._check_connected()
            raise
        if not self.touched or self._connection.queued >= self._flush_from:
            self._queued()
        return xid

    def ask(self, request: Message, timeout_s: float, done: Done, *, quiet: bool = False) -> int:
        """Send a request and call `done` once with what comes of it. Returns the xid; raises as `send` does.

        The reply raises its event, too, unless it is asked for quietly.
        """
        self._check_connected()
        xid = self._asks.ask(request, timeout_s, done, quiet=quiet)
        self._queued()
        return xid

    def command(self, message: Message, timeout_s: float, done: Done) -> int:
        """Send a message that has no reply, and call `done` once when the switch has worked it off."""
        self._check_connected()
        xid = self._asks.command(message, timeout_s, done)
        self._queued()
        return xid

    def forget(self, xid: int) -> None:
        """Nobody wants the reply to this request any more."""
        self._asks.forget(xid)

    def flush(self) -> None:
        """Hand the output to the transport and see how much waits there."""
        data = self._connection.take_output()
        if data:
            self._link.write(data)
        backlog = self._link.backlog()
        self.congested = backlog > self._settings.high_water
        if backlog > self._settings.output_limit and self.lost is None:
            self.counters.add("output_limit")
            self.lose(f"it does not read: {backlog} bytes wait for it")

    def drained(self) -> None:
        """The transport has room again."""
        self.congested = False

    def _check_connected(self) -> None:
        if self.lost is not None:
            raise NotConnected(f"{self} is gone: {self.lost}")
        if self._connection.state is State.CLOSED:
            # Callbacks hear of what came before the end, of which the roster has yet to hear.
            raise NotConnected(f"{self} is gone: the end of its connection has been received")

    def _queued(self) -> None:
        if self._connection.queued >= self._flush_from:
            self.flush()
        self._turn.touch(self)

    def _drop(self) -> None:
        if self.counters.add("packet_out_dropped"):
            count = self.counters["packet_out_dropped"]
            log.warning("%s reads too slowly: %d packet-outs dropped so far", self, count)

    # --- the end -----------------------------------------------------------------------------------

    def lose(self, reason: str) -> None:
        """End the connection. The first reason counts."""
        if self.lost is None:
            self.lost = reason
            self._link.leave()
            self._connection.close(reason)
            self._turn.touch(self)

    def refuse(self, error: ErrorCode, reason: str) -> None:
        """End the connection, and tell the switch why: the data of these errors is text (7.4.4)."""
        if self.lost is None:
            self._connection.send(ErrorMsg(error, reason.encode()))
            self.lose(reason)

    def finish(self) -> None:
        """Let go of what a lost session holds; the link closes behind the last output."""
        data = self._connection.take_output()
        if data:
            self._link.write(data)
        self._link.close()
        self._asks.lose(f"{self} is gone: {self.lost}")
