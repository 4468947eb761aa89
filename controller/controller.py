"""The controller as apps see it: callbacks, timers, switches, sending.

It does no I/O. A shell (`controller.runtime`, or a test) connects it with the world; see `controller.shell`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from controller.counters import Counters
from controller.dispatch import Callback, Dispatcher, Registration
from controller.guard import Guard, callback_name
from controller.local import End, pipe
from controller.requests import NotConnected
from controller.roster import Roster
from controller.session import Session
from controller.settings import Settings
from controller.shell import Link, Shell
from controller.switch import Switch
from controller.timers import Timer, Timers
from openflow import Message, PacketIn


class Controller:
    """Calls callbacks when something happens to a switch, and sends messages to switches.

    Callbacks run one at a time and are never interrupted; one that takes long holds up all switches.
    """

    def __init__(self, shell: Shell, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.counters = Counters()
        """What went wrong or was dropped, by the names in `controller.counters.COUNTED`."""
        self._shell = shell
        self._guard = Guard(shell, self.counters)
        self._dispatcher = Dispatcher(self._guard)
        self._timers = Timers(shell.now, self._call, shell.wake_at)
        self._roster = Roster(
            shell,
            self._timers,
            self.settings,
            self.counters,
            partial(self._dispatcher.dispatch, self),
            partial(self._dispatcher.dispatch_each, self),
        )
        self._switches = MappingProxyType(self._roster.switches)

    # --- for apps ----------------------------------------------------------------------------------

    def register_cb(self, event: str, callback: Callback) -> Registration:
        """Call `callback(controller, dpid, event)` whenever this happens, behind those registered before.

        `event` is an `Event`, or a name of the apps' own. A plain callback returns None or CONTINUE, or STOP to
        keep the event from those behind it; an async one goes on beside everything else and cannot stop it.
        """
        return self._dispatcher.register(event, callback)

    def unregister_cb(self, registration: Registration) -> None:
        """Do not call this callback any more, not even for an event that is on its way."""
        self._dispatcher.unregister(registration)

    def post_callback(self, delay_s: float, fn: Callable[..., Any], *args: Any) -> Timer:
        """Call `fn(*args)`, plain or async, once in so many seconds; `cancel()` what this returns to prevent it."""
        return self._timers.after(delay_s, self._guard.call, callback_name(fn), fn, *args)

    def send(self, dpid: int, message: Message) -> int:
        """Send a message to a switch; return its xid, or 0 when it was dropped (`Switch.send`).

        Raises NotConnected, Unsupported or EncodeError; then nothing was sent.
        """
        return self.switch(dpid).send(message)

    def switch(self, dpid: int) -> Switch:
        """The connected switch with this datapath id. Raises NotConnected when there is none."""
        switch = self._roster.switches.get(dpid)
        if switch is None:
            raise NotConnected(f"switch {dpid:016x} is not connected")
        return switch

    @property
    def switches(self) -> Mapping[int, Switch]:
        """The connected switches by datapath id; a live view."""
        return self._switches

    def now(self) -> float:
        """Seconds on a clock that only goes forward: the one that timers go by."""
        return self._shell.now()

    # --- for whoever connects it with the world ------------------------------------------------------

    def open(self, link: Link, peer: str) -> Session | None:
        """Serve a connection, whose output goes to `link`; None, and `link` is closed, when there are too many."""
        return self._roster.open(link, peer)

    def receive(self, session: Session, data: bytes) -> None:
        """Take bytes that came on a connection; at the end all that they caused has been written."""
        with self._roster.turn:
            session.receive(data)

    def receive_packet_ins(self, session: Session, messages: list[PacketIn]) -> None:
        """Take packet-ins that came on the connection of a switch that has joined."""
        with self._roster.turn:
            session.receive_packet_ins(messages)

    def eof(self, session: Session, left: int = 0) -> None:
        """A connection was closed by the switch, when `left` bytes of an unfinished message had come."""
        with self._roster.turn:
            session.eof(left)

    def lose(self, session: Session, reason: str) -> None:
        """A connection broke."""
        with self._roster.turn:
            session.lose(reason)

    def advance(self) -> None:
        """Call what is due by now."""
        with self._roster.turn:
            self._timers.advance()

    @property
    def deadline(self) -> float | None:
        """When `advance` has something to do; None for never."""
        return self._timers.deadline

    def close(self, reason: str = "the controller is shutting down") -> None:
        """End all connections; every switch leaves."""
        self._roster.close(reason)

    def send_by(self, send: Callable[[int, Message], int], flush: Callable[[], None]) -> None:
        """Have `send` called in place of the method from now on, and `flush` at the end of turns.

        It does what the method does; what is not simple it leaves to `send_with_care`. When it has queued something
        outside of what the transport calls, it says so by `touched`.
        """
        self.send = send  # type: ignore[method-assign, assignment]
        self._roster.flush = flush

    def send_with_care(self, dpid: int, message: Message) -> int:
        """What `send` does, whatever stands in its place."""
        return self.switch(dpid).send(message)

    def touched(self) -> None:
        """Something was queued past the sessions: flush at the end of the turn, or soon."""
        self._roster.touched_elsewhere()

    def local_connect(self, peer: str = "local") -> tuple[End, End]:
        """Connect a switch in the same process: its end, and ours, which is being served already."""
        theirs, ours = pipe(self._shell.call_soon)
        session = self.open(ours, peer)
        if session is not None:
            ours.on_readable = partial(self._read_local, ours, session)
            ours.on_drained = session.drained
        return theirs, ours

    def _read_local(self, ours: End, session: Session) -> None:
        data = ours.read()
        if data:
            self.receive(session, data)
        if ours.eof:
            self.eof(session)

    def _call(self, fn: Callable[..., Any], *args: Any) -> None:
        fn(*args)
