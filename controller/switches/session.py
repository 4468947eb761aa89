"""One connection of a switch, from hello to its end, without I/O.

The transport gives what it read to `receive` and learns by `Link` what to write. The parts: `openflow.connection`
speaks the protocol, `line` is what goes out, `handshake` learns who is there, `faults` keeps account of what the
switch does wrong; the session passes what remains to its home, the roster, as events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any, Protocol

from controller.callbacks.event_type import AnyEvent, EventType
from controller.callbacks.events import RAISES, Event
from controller.callbacks.timers import Timers
from controller.counters import Counters
from controller.settings import Settings
from controller.shell import Link
from controller.switches.faults import Faults
from controller.switches.handshake import Handshake, Stage
from controller.switches.line import Line
from controller.switches.turn import Turn
from openflow import ErrorCode, Message, OpenFlowError, PacketIn, PortStatus, encode
from openflow.connection import Lost, Malformed, Negotiated
from openflow.requests import Answer

RaiseEach = Callable[[AnyEvent, int, list[PacketIn], "Session"], None]
"""Takes an event, the datapath id, its objects and the session that they are from, until that is lost."""


class Home(Protocol):
    """Where sessions belong: the roster."""

    raise_each: RaiseEach
    """Takes packet-ins of a switch that has joined to the callbacks."""

    def arrived(self, session: Session) -> None:
        """Its handshake is done; admit the switch or refuse it."""

    def raised(self, session: Session, event: EventType[Any], message: Message) -> None:
        """A switch that has joined sent this."""

    def overheard(self, session: Session, event: EventType[Any], message: Message) -> None:
        """A switch that stands by sent this."""


class Session(Line):
    """One connection, and the switch at its other end."""

    def __init__(
        self,
        home: Home,
        turn: Turn,
        link: Link,
        peer: str,
        *,
        timers: Timers,
        settings: Settings,
        counters: Counters,
    ) -> None:
        super().__init__(link, peer, turn, timers, settings, counters)
        self.handshake = Handshake(self, settings, partial(home.arrived, self))
        self._home = home
        self._faults = Faults(self, self.counters)
        self._patience = timers.after(settings.handshake_timeout_s, self.handshake.timed_out)
        self._probe = timers.at(self._connection.deadline, self._advance)

    @property
    def dpid(self) -> int:
        """The datapath id; 0 before the features came."""
        return self.handshake.features.datapath_id

    def __str__(self) -> str:
        if self.handshake.stage in (Stage.HELLO, Stage.FEATURES):
            return super().__str__()
        return f"switch {self.dpid:016x} at {self.peer}"

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
            self._turn.touch(self)  # the connection may have answered by itself

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
            reason = self._connection.eof(left).reason
            unknown = self.handshake.stage is Stage.HELLO
            self.lose(f"{reason}, before it said hello" if unknown else reason)

    def _receive_message(self, event: EventType[Any], message: Any) -> None:
        if event is Event.PORT_STATUS:
            self._note_port(message)
        elif event is Event.ERROR:
            self._faults.error(message)
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
                self._faults.malformed(error)
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
        self._faults.unexpected(name)
        if self._connection.version is not None:
            error = OpenFlowError(ErrorCode.BAD_REQUEST__BAD_TYPE, f"a switch may not send {name}")
            self._connection.fail(error, encode(message, self._connection.version))

    def _note_port(self, status: PortStatus) -> None:
        if not self.handshake.keep_port(status):
            self.counters.add("ports_ignored")

    # --- what the roster and the clock do -----------------------------------------------------------

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

    def finish(self) -> None:
        """Let go of what a lost session holds; the link closes behind the last output."""
        self._patience.cancel()
        self._probe.cancel()
        super().finish()

    def _advance(self) -> None:
        """Probe a silent switch, or give it up."""
        for item in self._connection.advance(self._timers.now()):
            if isinstance(item, Lost):
                self.lose(item.reason)
        if self.lost is None:
            self._probe = self._timers.at(self._connection.deadline, self._advance)
            self._turn.touch(self)
