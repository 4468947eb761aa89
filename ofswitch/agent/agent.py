"""The agent: sessions on one side, the datapath on the other, and what passes between them.

Every call takes what happened (bytes from a controller, frames at a port, time) and returns what is left for the shell
to do: frames to transmit, ports whose configuration changed. Messages for controllers wait in the sessions; the shell
looks at `take_dirty` after each call. Nothing here knows a socket or a clock.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from ofswitch.agent.context import Identity
from ofswitch.agent.handlers import HANDLERS, WRITES, unhandled
from ofswitch.agent.in_version import expressible, port_in_version, removed_in_version
from ofswitch.agent.packet_ins import in_version, packet_ins
from ofswitch.agent.refusals import name_of, refusal_of_slave
from ofswitch.agent.roles import Election
from ofswitch.agent.session import Session
from ofswitch.agent.standalone import Standalone
from ofswitch.datapath import Datapath
from ofswitch.datapath.effects import Effect, PortChanged, Removed, Transmit, Upcall
from ofswitch.frame import Frame
from openflow import (
    V1_3,
    ControllerRole,
    ControllerRoleReason,
    EncodeError,
    ErrorCode,
    FlowRemoved,
    Message,
    OpenFlowError,
    PacketInReason,
    Port,
    PortStatus,
    RoleRequest,
    RoleStatus,
    Version,
)
from openflow.connection import PROBE_AFTER_S, Lost, Malformed, Negotiated, Received
from openflow.requests import Answer
from openflow.versions import USUAL

log = logging.getLogger("ofswitch.agent")

MOST_COMPLAINTS = 10
PLAYING_S = 1.0
"""Seconds within which a controller's next change of role is not logged."""

AT_ONCE = 1 << 16
"""Bytes of flow-mods that are looked at together; no message is longer."""

_FLOW_MOD = 14
"""OFPT_FLOW_MOD, the same in every version (OpenFlow 1.3.5, 7.1)."""

ForShell = Transmit | PortChanged

DROPS: dict[str, str] = {
    "no_controller": "was for a controller, and none that wants it is connected",
    "controller_queue_full": "was for a controller that does not read what it is sent",
    "packet_in_rate": "was for a controller that has had as many packet-ins as `--packet-in-rate` says",
    "internal_error": "met a fault of the switch, which is in its log: please report it",
}
"""Why the agent lost a packet: the end of a sentence that begins with "the packet"."""


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
        self.election = Election()
        self.drops: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._packet_in_rate = packet_in_rate
        self._probe_after_s = probe_after_s
        self.inexpressible = 0
        """How often a controller's version could not say something that was left out of what it was sent."""
        self._standalone = Standalone(standalone)
        self._for_shell: list[ForShell] = []
        self._update_control(now)

    @property
    def standing_alone(self) -> bool:
        """Whether the switch forwards by itself, because no controller is in control."""
        return self._standalone.active

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
        if session in self.sessions:
            self.sessions.remove(session)
            self._update_control(now)
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
        """Do what is due: time-outs of entries, keep-alive of sessions."""
        self.route(self.datapath.advance(now), now)
        for session in self.sessions:
            for received in session.advance(now):
                self._received(session, received, now)
        return self._finish()

    def deadline(self) -> float | None:
        """When `advance` has something to do."""
        times = [session.connection.deadline for session in self.sessions if not session.closed]
        expiry = self.datapath.next_deadline()
        if expiry is not None:
            times.append(expiry)
        return min(times, default=None)

    def ports(self, version: Version) -> list[Port]:
        """Describe the ports as a version has them."""
        ports = self.datapath.ports()
        return [port_in_version(port, version) for port in ports if expressible(port, version)]

    # --- what was received -----------------------------------------------------------------------------------

    def _take_flow_mods(self, session: Session, now: float) -> None:
        """Let the datapath apply the flow-mods at the front as they are, those that it can.

        It takes none that would be refused or that concerns anybody else: those are for `_dispatch`.
        """
        if session.role is ControllerRole.SLAVE:
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
                    self._take_control(session, now)
            case Malformed(error, _):
                self._refused(session, error)
                self._complain(session, f"sent a bad message: {error}")
            case Lost(reason):
                session.close(reason)
                self._update_control(now)
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
            if not session.in_control and session.conduct.note(message):
                self._take_control(session, now)
            handler(self, session, message, now)
        except OpenFlowError as error:
            self._refused(session, error)
            self._complain(session, f"{type(message).__name__} refused: {error}")
            session.fail(error)
        except EncodeError as error:
            self.left_out(error)
            session.fail(OpenFlowError(ErrorCode.BAD_REQUEST__EPERM, str(error)))

    def _refused(self, session: Session, error: OpenFlowError) -> None:
        name = name_of(error.code)
        session.refusals[name] += 1
        self.refusals[name] += 1

    def _complain(self, session: Session, text: str) -> None:
        """Log what was wrong, as a warning if it is our own controller; nobody can fill the log."""
        session.complaints += 1
        level = logging.WARNING if session.dialled else logging.INFO
        if session.complaints == MOST_COMPLAINTS:
            text += " (no more of its errors are logged)"
        elif session.complaints > MOST_COMPLAINTS:
            level = logging.DEBUG
        log.log(level, "%s: %s", session, text)

    def ask_role(self, session: Session, request: RoleRequest, now: float) -> None:
        """Give a controller the role that it asks for. Raises OpenFlowError as `Election.request` does."""
        self._elect(session, lambda: self.election.request(session, request, self.sessions), now)

    def give_role(self, session: Session, role: ControllerRole, now: float) -> None:
        """Give a controller a role, whatever the generation id."""
        self._elect(session, lambda: self.election.give(session, role, self.sessions), now)

    def _elect(self, session: Session, elect: Callable[[], list[Session]], now: float) -> None:
        """Change roles, and tell masters that are slaves now (OpenFlow 1.4.0, 7.4.4; on 1.3 as in ONF's EXT-191)."""
        before, reason = session.role, ControllerRoleReason.MASTER_REQUEST
        demoted = elect()
        if session.role is not before:
            self._note_role(session, now)
        for one in demoted:
            self._note_role(one, now)
            if one.version >= V1_3 and one.wants("role_status", reason):
                self._send(one, RoleStatus(one.role, reason, self.election.reported))

    def _note_role(self, session: Session, now: float) -> None:
        """Log a new role, but not how somebody plays with roles."""
        soon = now - session.role_since < PLAYING_S and session.role_since > session.since
        log.log(
            logging.DEBUG if soon else logging.INFO, "%s: %s", session, session.role.name.lower()
        )
        session.role_since = now

    def _take_control(self, session: Session, now: float) -> None:
        session.in_control = True
        self._update_control(now)

    def _update_control(self, now: float) -> None:
        in_control = any(one.in_control and not one.closed for one in self.sessions)
        before = self._standalone.active
        self.route(self._standalone.update(in_control, self.datapath, now), now)
        if self._standalone.active != before:
            log.info("a controller is in control" if before else "no controller: forwarding alone")

    # --- effects ---------------------------------------------------------------------------------------------

    def route(self, effects: Iterable[Effect], now: float) -> None:
        """Give messages to the sessions that want them, and keep the rest for the shell."""
        for effect in effects:
            match effect:
                case Transmit():
                    self._for_shell.append(effect)
                case Upcall():
                    self._packet_in(effect, now)
                case Removed(message):
                    self._tell("flow_removed", message.reason, message)
                case PortChanged(reason, port):
                    self._for_shell.append(effect)
                    self._tell("port_status", reason, PortStatus(reason, port))

    def _packet_in(self, upcall: Upcall, now: float) -> None:
        sessions = [
            session
            for session in self.sessions
            if session.wants("packet_in", upcall.reason)
            and (session.version < V1_3 or not upcall.miss)
        ]
        if not sessions:
            if not upcall.miss:  # a miss is the datapath's `table_miss` already
                self.drops["no_controller"] += 1
            return
        for session in sessions:
            if not self._has_room(session, now):
                continue
            for message in packet_ins(upcall, session.buffers, session.miss_send_len, now):
                self._send(session, in_version(message, upcall, session.version))

    def _has_room(self, session: Session, now: float) -> bool:
        """Whether a session may be sent one more packet-in; if not, count why."""
        why_not = session.why_no_packet_in(now)
        if why_not is not None:
            self.drops[why_not] += 1
        return why_not is None

    def _tell(self, kind: str, reason: int, message: FlowRemoved | PortStatus) -> None:
        for session in self.sessions:
            if not session.wants(kind, reason):
                continue
            if isinstance(message, PortStatus):
                desc = port_in_version(message.desc, session.version)
                self._send(session, PortStatus(message.reason, desc))
            else:
                self._send(session, removed_in_version(message, session.version))

    def _send(self, session: Session, message: Message) -> None:
        try:
            session.send(message)
        except EncodeError as error:
            self.left_out(error)

    def _listen(self) -> None:
        """Let the datapath know whether anybody wants to hear of packets that miss."""
        wanted = any(
            session.version < V1_3 and session.wants("packet_in", PacketInReason.NO_MATCH)
            for session in self.sessions
        )
        if wanted != self.datapath.misses_wanted:
            self.datapath.misses_wanted = wanted

    def left_out(self, error: EncodeError) -> None:
        """Note that something could not be said in a controller's version."""
        self.inexpressible += 1
        log.debug("left out of a message: %s", error)

    def _finish(self) -> list[ForShell]:
        self._listen()
        done, self._for_shell = self._for_shell, []
        return done
