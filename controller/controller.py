"""The controller as apps see it: switches and sending, and the callbacks of `controller.callbacks.base`.

It does no I/O. A shell (`controller.runtime`, or a test) connects it with the world; see `controller.shell`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType

from controller.callbacks.base import Callbacks
from controller.callbacks.checks import MAX_S, checked_dpid
from controller.callbacks.events import Event
from controller.callbacks.farewell import Farewell, Shutdown
from controller.callbacks.guard import callback_name
from controller.local import End, pipe
from controller.sender import NativeStreams, SenderBase
from controller.settings import Settings
from controller.shared.map import Change, SharedMap
from controller.shared.state import Shared
from controller.shell import Link, Shell
from controller.switches.claims import Claims
from controller.switches.requests import NotConnected
from controller.switches.roster import Roster
from controller.switches.session import Session
from controller.switches.standby import Warden
from controller.switches.switch import Switch
from controller.switches.turn import Turn
from openflow import BarrierRequest, Message

ENDING = "the controller is shutting down"

log = logging.getLogger(__name__)


class Controller(Callbacks, SenderBase):
    """Calls callbacks when something happens to a switch, and sends messages to switches.

    Apps listen (`register_cb`, `register_packet_cb`), send (`send`, `switch(dpid).request`), wait (`post_callback`,
    `sleep`) and find each other (`post_event`, `component`, `shared`). Callbacks run one at a time and are never
    interrupted; one that takes long holds up all switches.
    """

    def __init__(self, shell: Shell, settings: Settings | None = None) -> None:
        super().__init__(shell)
        self.settings = settings or Settings()
        self._roster = Roster(
            shell,
            self._timers,
            self.settings,
            self.counters,
            self._raise,
            partial(self._dispatcher.dispatch_each, self),
            self._only_waits,
        )
        self._switches = MappingProxyType(self._roster.switches)
        self._ending = False
        self._on_close: list[Callable[[], Awaitable[None]]] = []
        self.cluster = Shared(self.counters, self._changed)
        """What `shared` gives out, for whoever talks to the other controllers (`apps.replicas`)."""

    def _only_waits(self) -> bool:
        """Whether apps wait for packet-ins, and no async callback is about to do more."""
        return self._dispatcher.heard(Event.PACKET_IN) and not self._guard.busy

    # --- for apps ----------------------------------------------------------------------------------

    def switch(self, dpid: int) -> Switch:
        """The connected switch with this datapath id, an int of 64 bits. Raises NotConnected when there is none."""
        switch = self._roster.switches.get(dpid)
        if switch is None:
            raise self._not_connected(dpid)
        return switch

    def _not_connected(self, dpid: int) -> NotConnected:
        return NotConnected(f"switch {checked_dpid(dpid):016x} is not connected")

    @property
    def switches(self) -> Mapping[int, Switch]:
        """The connected switches by datapath id; a live view, which changes while an async callback waits."""
        return self._switches

    def shared(self, name: str) -> SharedMap:
        """A map that all controllers of a cluster have: what one writes, the others get (`controller.shared`).

        The last writer wins. Without a cluster it is a plain map of this controller.
        """
        return self.cluster.map(name)

    @property
    def clustered(self) -> bool:
        """Whether there are other controllers that may take over from this one."""
        return self.cluster.writer is not None

    def _changed(self, listener: Callable[[Change], object], change: Change) -> None:
        self._guard.call(callback_name(listener), listener, change)

    # --- for whoever connects it with the world ------------------------------------------------------

    @property
    def turn(self) -> Turn:
        """`with controller.turn:` several connections have one turn, at whose end all that they caused is written."""
        return self._roster.turn

    def open(self, link: Link, peer: str) -> Session | None:
        """Serve a connection, whose output goes to `link`; None, and `link` is closed, when there are too many."""
        return self._roster.open(link, peer)

    def receive(self, session: Session, data: bytes) -> None:
        """Take bytes that came on a connection; at the end all that they caused has been written."""
        with self._roster.turn:
            session.receive(data)

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

    def on_close(self, fn: Callable[[], Awaitable[None]]) -> None:
        """Await `fn()` at the end, behind SHUTDOWN, while switches are still connected."""
        self._on_close.append(fn)

    async def wind_up(self, reason: str = ENDING) -> None:
        """Let apps do what they want to do at the end: SHUTDOWN, then what `on_close` was given, the last first."""
        timeout_s = self.settings.shutdown_timeout_s
        farewell = Farewell(self._shell, self._timers, timeout_s)
        with self._guard.started_by(farewell.start):
            self._end(reason)
        for name in await farewell.wait():
            text = "callback %s has not ended %g s after SHUTDOWN, and is cancelled"
            log.warning(text, name, timeout_s)
        if self._dispatcher.heard(Event.SHUTDOWN):
            await self._part(farewell)
        while self._on_close:
            fn = self._on_close.pop()
            try:
                await fn()
            except Exception as error:  # noqa: BLE001 - whatever an app raises
                self._guard.failed(callback_name(fn), error)

    async def _part(self, farewell: Farewell) -> None:
        """Wait until the switches have done what they were sent: when it closes, a connection may lose the rest."""
        with self.turn:
            for switch in self.switches.values():
                done = farewell.expect(str(switch))
                try:
                    switch.ask(BarrierRequest(), MAX_S, done)
                except ConnectionError:
                    done()
        for name in await farewell.wait():
            log.warning("%s does not say whether it has done what was sent last", name)

    def close(self, reason: str = ENDING) -> None:
        """End all connections; every switch leaves. SHUTDOWN comes first, unless `wind_up` has raised it."""
        self._end(reason)
        self._roster.close(reason)

    def _end(self, reason: str) -> None:
        if not self._ending:
            self._ending = True
            with self.turn:
                self._raise(Event.SHUTDOWN, 0, Shutdown(reason, self.settings.shutdown_timeout_s))

    def send_natively(self, streams: NativeStreams) -> None:
        """Send what is simple through these connections (`controller.sender`).

        What was queued there outside of what they hand out is told by `touched`.
        """
        self.send_by(streams)
        self._roster.turn.flush = streams.flush
        self._roster.send = self.send

    def send_with_care(self, dpid: int, message: Message) -> int:
        """What `send` does with what is not simple."""
        try:
            session = self._roster.joined.get(dpid)
        except TypeError:
            session = None  # it cannot even be looked up
        if session is None:
            raise self._not_connected(dpid)
        return session.send(message)

    def claim_by(self, claims: Claims) -> None:
        """Ask before a switch joins."""
        self._roster.claims = claims

    def watched_by(self, warden: Warden) -> None:
        """Have switches stand by until this warden admits them (`controller.switches.standby`)."""
        self._roster.warden = warden

    def admit(self, dpid: int) -> bool:
        """Let the apps have a switch that stands by: DATAPATH_JOIN. False when there is nothing to do."""
        return self._roster.admit(dpid)

    def stand_by(self, dpid: int, reason: str) -> bool:
        """Take a switch from the apps, though it stays connected: DATAPATH_LEAVE. False when there is nothing to do."""
        return self._roster.stand_by(dpid, reason)

    def probe(self, dpid: int, peer: str, answered: Callable[[bool], None]) -> None:
        """Find out whether a switch lives whose datapath id a connection from `peer` shows elsewhere.

        It is closed if it does not. `answered` is called once.
        """
        with self._roster.turn:
            self._roster.probe(dpid, peer, answered)

    def touched(self) -> None:
        """Something was queued past the sessions: flush at the end of the turn, or soon."""
        self._roster.turn.touch_elsewhere()

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
