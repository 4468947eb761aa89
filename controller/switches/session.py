"""One connection of a switch, from hello to its end, without I/O.

The transport gives what it read to `receive` and learns by `Link` what to write. The parts: `openflow.connection`
speaks the protocol, `handshake` learns who is there, `asks` keeps the requests that wait; the session passes what
remains to its home, the roster, as events.

Output is bounded. While more than the high-water mark waits to be read by the switch, packet-outs are dropped and
counted, as a switch with full queues would; above the limit the connection is closed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, Protocol

from controller.callbacks.events import RAISES, Event
from controller.callbacks.timers import Timers
from controller.counters import Counters, worth_logging
from controller.settings import Settings
from controller.shell import Link
from controller.switches.asks import Asks, Done
from controller.switches.handshake import Handshake, Stage
from controller.switches.requests import NotConnected, culprit, error_name, error_text
from openflow import (
    ErrorCode,
    ErrorMsg,
    Message,
    OpenFlowError,
    PacketIn,
    PacketOut,
    PortReason,
    PortStatus,
    encode,
)
from openflow.connection import Connection, Lost, Malformed, Negotiated, State
from openflow.requests import Answer

FLUSH_FROM = 1 << 16
"""Bytes of output that go to the transport in the middle of a turn, so that what waits there is measured."""

RaiseEach = Callable[[str, int, list[PacketIn], "Session"], None]
"""Takes an event, the datapath id, its objects and the session that they are from, until that is lost."""

MAX_KINDS = 100
"""Kinds of errors of a switch that are told apart: each has its own lines in the log."""

log = logging.getLogger(__name__)


class Home(Protocol):
    """Where sessions belong: the roster."""

    raise_each: RaiseEach
    """Takes packet-ins of a switch that has joined to the callbacks."""

    def arrived(self, session: Session) -> None:
        """Its handshake is done; admit the switch or refuse it."""

    def raised(self, session: Session, event: Event, message: Message) -> None:
        """A switch that has joined sent this."""

    def overheard(self, session: Session, event: Event, message: Message) -> None:
        """A switch that stands by sent this."""

    def touched(self, session: Session) -> None:
        """It has output or is lost; see to it at the end of the turn."""


class Session:
    """One connection. `peer` is the other end's address, for people; `lost` why the connection is over."""

    def __init__(
        self,
        home: Home,
        link: Link,
        peer: str,
        *,
        timers: Timers,
        settings: Settings,
        counters: Counters,
    ) -> None:
        self.peer = peer
        self.lost: str | None = None
        self.congested = False
        self.touched = False
        self.counters = Counters(counters)
        self._errors: Counter[str] = Counter()
        self.handshake = Handshake(self, settings)
        self._home = home
        self._link = link
        self._timers = timers
        self._settings = settings
        probe_after_s = settings.probe_after_s
        now = timers.now()
        self._connection = Connection(
            settings.versions, now=now, probe_after_s=probe_after_s, output=link.output
        )
        self._asks = Asks(self._connection, timers)
        self._flush_from = min(FLUSH_FROM, settings.high_water)
        self._patience = timers.after(settings.handshake_timeout_s, self.handshake.timed_out)
        self._probe = timers.at(self._connection.deadline, self._advance)
        self._touch()

    @property
    def dpid(self) -> int:
        """The datapath id; 0 before the features came."""
        return self.handshake.features.datapath_id

    def __str__(self) -> str:
        if self.handshake.stage in (Stage.HELLO, Stage.FEATURES):
            return f"the switch at {self.peer}"
        return f"switch {self.dpid:016x} at {self.peer}"

    # --- out ---------------------------------------------------------------------------------------

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
        self._touch()

    def _touch(self) -> None:
        if not self.touched:
            self.touched = True
            self._home.touched(self)

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
            self._touch()

    def refuse(self, error: ErrorCode, reason: str) -> None:
        """End the connection, and tell the switch why: the data of these errors is text (7.4.4)."""
        if self.lost is None:
            self._connection.send(ErrorMsg(error, reason.encode()))
            self.lose(reason)

    def finish(self) -> None:
        """Let go of what a lost session holds; the link closes behind the last output."""
        self._patience.cancel()
        self._probe.cancel()
        data = self._connection.take_output()
        if data:
            self._link.write(data)
        self._link.close()
        self._asks.lose(f"{self} is gone: {self.lost}")

    # --- in ----------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take what the transport read; whatever is in it, this raises nothing."""
        items: Iterable[Any] = self._connection.receive(data, self._timers.now())
        for kind, run in groupby(items, type):
            if kind is PacketIn and self.handshake.stage is Stage.JOINED:
                self._home.raise_each(Event.PACKET_IN, self.dpid, list(run), self)
                continue
            event = RAISES.get(kind)
            for item in run:
                if self.lost is not None:
                    return
                if event is None:
                    self._receive_other(item)
                else:
                    self._receive_message(event, item)
        if self._connection.queued:
            self._touch()  # the connection may have answered by itself

    def receive_packet_ins(self, messages: list[PacketIn], now: float) -> None:
        """Take packet-ins that the transport has decoded. It does so from when the switch has joined.

        It is the shell's turn (`Controller.turn`).
        """
        self._connection.heard(now)
        if self.handshake.stage is Stage.JOINED:
            dpid = self.handshake.features.datapath_id
            self._home.raise_each(Event.PACKET_IN, dpid, messages, self)

    def eof(self, left: int = 0) -> None:
        """The switch closed its end, when `left` bytes of an unfinished message had come."""
        if self.lost is None:
            self.lose(self._connection.eof(left).reason)

    def _receive_message(self, event: Event, message: Any) -> None:
        if event is Event.PORT_STATUS:
            self._keep_port(message)
        elif event is Event.ERROR:
            self._note_error(message)
        if self.handshake.stage is Stage.JOINED:
            self._home.raised(self, event, message)
        elif self.handshake.stage is Stage.STANDBY:
            self._home.overheard(self, event, message)
        else:
            self.counters.add("early")

    def _receive_other(self, item: Any) -> None:
        match item:
            case Answer():
                self._receive_answer(item)
            case Negotiated(version):
                self.handshake.negotiated(version)
            case Malformed(error):
                self._note_malformed(error)
            case Lost(reason):
                self.lose(reason)
            case _:
                self._reject(item)

    def _receive_answer(self, answer: Answer) -> None:
        event = RAISES.get(type(answer.reply))
        if event is not None and not self._asks.quiet(answer.xid):
            self._receive_message(event, answer.reply)
        self._asks.answered(answer)

    def _reject(self, message: Message) -> None:
        """Answer a message that only controllers send."""
        name = type(message).__name__
        if self.counters.add("unexpected"):
            log.warning("%s sent a %s, which only controllers send", self, name)
        if self._connection.version is not None:
            error = OpenFlowError(ErrorCode.BAD_REQUEST__BAD_TYPE, f"a switch may not send {name}")
            self._connection.fail(error, encode(message, self._connection.version))

    def _note_malformed(self, error: Exception) -> None:
        if self.counters.add("malformed"):
            text = "%s sent a message that cannot be read (%d so far): %s"
            log.warning(text, self, self.counters["malformed"], error)

    def _note_error(self, error: ErrorMsg) -> None:
        self.counters.add("errors")
        what = f"{culprit(error)} with {error_name(error)}"
        if what not in self._errors and len(self._errors) >= MAX_KINDS:
            what = "others"
        self._errors[what] += 1
        if worth_logging(self._errors[what]):
            log.warning("%s answered a %s with %s", self, culprit(error), error_text(error))

    def _keep_port(self, status: PortStatus) -> None:
        ports, port = self.handshake.ports, status.desc
        if status.reason == PortReason.DELETE:
            ports.pop(port.port_no, None)
        elif port.port_no in ports or len(ports) < self._settings.max_ports:
            ports[port.port_no] = port
        else:
            self.counters.add("ports_ignored")

    # --- what the handshake and the clock do ---------------------------------------------------------

    def arrived(self) -> None:
        """The handshake is done."""
        self._home.arrived(self)

    def admitted(self) -> None:
        """The roster lets the switch in."""
        self.handshake.stage = Stage.JOINED
        self._patience.cancel()
        self._link.join(self.dpid, self.handshake.version or 0)

    def stand_by(self, reason: str) -> None:
        """The switch stays connected, but apps have nothing to do with it. Their requests end."""
        self.handshake.stage = Stage.STANDBY
        self._patience.cancel()
        self._link.leave()
        self._asks.lose(reason)

    def _advance(self) -> None:
        """Probe a silent switch, or give it up."""
        for item in self._connection.advance(self._timers.now()):
            if isinstance(item, Lost):
                self.lose(item.reason)
        if self.lost is None:
            self._probe = self._timers.at(self._connection.deadline, self._advance)
            self._touch()
