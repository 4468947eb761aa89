"""The agent: sessions on one side, the datapath on the other, and what passes between them.

Every call takes what happened (bytes from a controller, frames at a port, time) and returns what is left for the shell
to do: frames to transmit, ports whose configuration changed. Messages for controllers wait in the sessions; the shell
looks at `take_dirty` after each call. Nothing here knows a socket or a clock.

`Deliveries` brings effects to sessions, `Control` has roles and fail-standalone; what messages do is in `HANDLERS`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from ofswitch.agent.bundles import IDLE_S, Bundles
from ofswitch.agent.context import Cause, Identity
from ofswitch.agent.control import Control
from ofswitch.agent.deliveries import Deliveries, ForShell
from ofswitch.agent.handlers import HANDLERS, WRITES, unhandled
from ofswitch.agent.in_version import expressible, port_in_version
from ofswitch.agent.monitors import Monitors
from ofswitch.agent.refusals import complain, note, refusal_of_slave
from ofswitch.agent.roles import Election
from ofswitch.agent.session import Session
from ofswitch.datapath import Datapath
from ofswitch.datapath.effects import Effect, Upcall
from ofswitch.frame import Frame
from openflow import (
    ControllerRole,
    EncodeError,
    ErrorCode,
    Message,
    OpenFlowError,
    Port,
    RoleRequest,
    Version,
)
from openflow.connection import PROBE_AFTER_S, Lost, Malformed, Negotiated, Received
from openflow.requests import Answer
from openflow.versions import USUAL

log = logging.getLogger("ofswitch.agent")

AT_ONCE = 1 << 16
"""Bytes of flow-mods that are looked at together; no message is longer."""

_FLOW_MOD = 14
"""OFPT_FLOW_MOD, the same in every version (OpenFlow 1.3.5, 7.1)."""


class Agent:
    """The OpenFlow side of one switch."""

    def __init__(
        self,
        identity: Identity,
        datapath: Datapath,
        *,
        versions: frozenset[Version] = frozenset(USUAL),
        standalone: bool = True,
        packet_in_rate: int = 0,
        probe_after_s: float = PROBE_AFTER_S,
        now: float = 0.0,
    ) -> None:
        """`packet_in_rate` is the most packet-ins per second for each session, 0 for any number.

        A controller that says nothing for `probe_after_s` is probed, and given up after four times as long.
        """
        self.identity = identity
        self.datapath = datapath
        self.versions = versions
        self.sessions: list[Session] = []
        self.bundles = Bundles()
        self.refusals: Counter[str] = Counter()
        self._deliveries = Deliveries(self.sessions, datapath)
        self._control = Control(self.sessions, self._deliveries, datapath, standalone=standalone)
        self._packet_in_rate = packet_in_rate
        self._probe_after_s = probe_after_s
        self._control.update(now)

    @property
    def election(self) -> Election:
        """The generation id of roles."""
        return self._control.election

    @property
    def standing_alone(self) -> bool:
        """Whether the switch forwards by itself, because no controller is in control."""
        return self._control.standing_alone

    @property
    def monitors(self) -> Monitors:
        """The flow monitors of all controllers."""
        return self._deliveries.monitors

    @property
    def drops(self) -> Counter[str]:
        """Packets that came to nothing, by the names in `DROPS`."""
        return self._deliveries.drops

    def hearers(self, upcall: Upcall) -> list[Session]:
        """The sessions that want to be shown a packet."""
        return self._deliveries.hearers(upcall)

    @property
    def inexpressible(self) -> int:
        """How often something was left out of a message because the controller's version cannot say it."""
        return self._deliveries.inexpressible

    # --- sessions --------------------------------------------------------------------------------------------

    def open_session(self, peer: str, now: float, *, dialled: bool = False) -> Session:
        """Begin a session on a connection that stands; its hello is ready to be written."""
        session = Session(
            peer,
            self.versions,
            now,
            dialled=dialled,
            packet_in_rate=self._packet_in_rate,
            probe_after_s=self._probe_after_s,
        )
        self.sessions.append(session)
        return session

    def close_session(self, session: Session, reason: str, now: float) -> list[ForShell]:
        """The connection is gone, for this reason."""
        session.close(reason)
        self.bundles.forget(session)
        self.monitors.forget(session)
        if session in self.sessions:
            self.sessions.remove(session)
            self._control.update(now)
        return self._finish()

    def receive_from(
        self, session: Session, data: bytes, now: float, limit: int = 64
    ) -> list[ForShell]:
        """Handle at most `limit` messages of a controller; while `session.waiting`, call again without bytes.

        While the session is congested, nothing is handled: its bytes are only kept, so stop reading from it.
        """
        session.feed(data, now)
        for _ in range(limit):
            self._take_flow_mods(session, now)
            for received in session.take(now):
                self._received(session, received, now)
            if not session.waiting:
                break
        return self._finish()

    # --- the datapath ----------------------------------------------------------------------------------------

    def receive(self, in_port: int, frames: Iterable[Frame], now: float) -> list[ForShell]:
        """Frames came in at a port."""
        receive = self.datapath.receive
        for frame in frames:
            try:
                self.route(receive(in_port, frame, now), now)
            except Exception:
                self.drops["internal_error"] += 1
                log.exception("port %d: a packet was dropped, %s", in_port, frame.data[:64].hex())
        return self._finish()

    def carry_on(self, effects: Iterable[Effect], now: float) -> list[ForShell]:
        """Native threads processed frames by themselves, and this is left to do."""
        self.route(effects, now)
        return self._finish()

    def change_ports(self, change: Callable[[], list[Effect]], now: float) -> list[ForShell]:
        """Call a method of the datapath that adds, changes or removes a port, and tell who wants to know."""
        self.route(change(), now)
        return self._finish()

    def advance(self, now: float) -> list[ForShell]:
        """Do what is due: time-outs of entries and bundles, keep-alive of sessions."""
        self.route(self.datapath.advance(now), now)
        self._end_idle_bundles(now)
        for session in self.sessions:
            for received in session.advance(now):
                self._received(session, received, now)
        return self._finish()

    def deadline(self) -> float | None:
        """When `advance` has something to do."""
        times = [session.connection.deadline for session in self.sessions if not session.closed]
        expiries = self.datapath.next_deadline(), self.bundles.deadline()
        times += [expiry for expiry in expiries if expiry is not None]
        return min(times, default=None)

    def _finish(self) -> list[ForShell]:
        """Let the datapath know what anybody wants to hear, and the shell what there is to do."""
        wanted = self._deliveries.misses_wanted
        if wanted != self.datapath.misses_wanted:
            self.datapath.misses_wanted = wanted
        return self._deliveries.take()

    # --- what was received -----------------------------------------------------------------------------------

    def _take_flow_mods(self, session: Session, now: float) -> None:
        """Let the datapath apply the flow-mods at the front as they are, those that it can.

        It takes none that would be refused or that concerns anybody else, as all do while somebody watches: those are
        for `_dispatch`.
        """
        if session.role is ControllerRole.SLAVE or session.names_tables or self.datapath.watched:
            return
        connection = session.connection
        while session.waiting and (waiting := connection.peek(_FLOW_MOD, AT_ONCE)):
            size, effects = self.datapath.apply_encoded(waiting, session.version, now)
            if not size:
                return
            connection.skip(size)
            self.route(effects, now)

    def _received(self, session: Session, received: Received, now: float) -> None:
        match received:
            case Negotiated(version):
                level = logging.INFO if session.dialled else logging.DEBUG
                log.log(level, "%s: connected, OpenFlow %s", session, version)
                if session.dialled:
                    self._control.take(session, now)
            case Malformed(error, _):
                note(session, error, self.refusals)
                complain(session, f"sent a bad message: {error}")
            case Lost(reason):
                session.close(reason)
                self._control.update(now)
            case Answer():
                pass
            case _:
                self._dispatch(session, received, now)

    def _dispatch(self, session: Session, message: Message, now: float) -> None:
        """Handle a message; what is wrong with it is answered with an error and changes nothing."""
        try:
            handler = HANDLERS.get(type(message))
            if handler is None:
                raise unhandled(message, session.version)
            if session.role is ControllerRole.SLAVE and isinstance(message, WRITES):
                raise refusal_of_slave()
            self._control.note(session, message, now)
            handler(self, session, message, now)
        except OpenFlowError as error:
            self._refuse(session, error, f"{type(message).__name__} refused: {error}")
        except EncodeError as error:
            self.left_out(error)
            session.fail(OpenFlowError(ErrorCode.BAD_REQUEST__EPERM, str(error)))

    def _end_idle_bundles(self, now: float) -> None:
        for session, opened_by in self.bundles.expire(now):
            text = f"a bundle was idle for {IDLE_S:.0f} s and has ended"
            error = OpenFlowError(ErrorCode.BUNDLE_FAILED__TIMEOUT, text)
            self._refuse(session, error, text, opened_by)

    def _refuse(
        self, session: Session, error: OpenFlowError, text: str, data: bytes | None = None
    ) -> None:
        """Answer a message, the last unless `data` is it, with an error; count it, and log the text."""
        note(session, error, self.refusals)
        complain(session, text)
        session.fail(error, data)

    # --- what the handlers have of it (`Context`) ------------------------------------------------------------

    def ports(self, version: Version) -> list[Port]:
        """Describe the ports as a version has them."""
        ports = self.datapath.ports()
        return [port_in_version(port, version) for port in ports if expressible(port, version)]

    def route(self, effects: Iterable[Effect], now: float, cause: Cause | None = None) -> None:
        """Give messages to the sessions that want them, and keep the rest for the shell."""
        self._deliveries.route(effects, now, cause)

    def left_out(self, error: EncodeError) -> None:
        """Note that something could not be said in a controller's version."""
        self._deliveries.left_out(error)

    def ask_role(self, session: Session, request: RoleRequest, now: float) -> None:
        """Give a controller the role that it asks for. Raises OpenFlowError when it may not have it."""
        self._control.ask_role(session, request, now)

    def give_role(self, session: Session, role: ControllerRole, now: float) -> None:
        """Give a controller a role, whatever the generation id."""
        self._control.give_role(session, role, now)
