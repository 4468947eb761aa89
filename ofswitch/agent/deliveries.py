"""What happens in the datapath, on its way to those whom it concerns: controllers, and the shell.

An effect becomes a message to every session that wants it, in that session's version; frames to transmit and ports
whose configuration changed wait for the shell. The agent says when something happened, the sessions what they want.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

from ofswitch.agent import nicira_flows
from ofswitch.agent.context import Cause
from ofswitch.agent.in_version import port_in_version, removed_in_version
from ofswitch.agent.monitors import Monitors
from ofswitch.agent.packet_ins import in_version, packet_ins
from ofswitch.agent.session import Session
from ofswitch.datapath import Datapath
from ofswitch.datapath.effects import (
    Effect,
    FlowChanged,
    PortChanged,
    Removed,
    Transmit,
    Upcall,
)
from openflow import (
    V1_3,
    EncodeError,
    FlowRemoved,
    Message,
    PacketInReason,
    PortStatus,
)
from openflow.experimenters import NxFlowFormat

log = logging.getLogger("ofswitch.agent")

ForShell = Transmit | PortChanged

DROPS: dict[str, str] = {
    "no_controller": "was for a controller, and none that wants it is connected",
    "controller_queue_full": "was for a controller that does not read what it is sent",
    "packet_in_rate": "was for a controller that has had as many packet-ins as `--packet-in-rate` says",
    "internal_error": "met a fault of the switch, which is in its log: please report it",
}
"""Why the agent lost a packet: the end of a sentence that begins with "the packet"."""


class Deliveries:
    """Gives each session what it wants to hear, and the shell what it is to do."""

    def __init__(self, sessions: Sequence[Session], datapath: Datapath) -> None:
        self.drops: Counter[str] = Counter()
        self.inexpressible = 0
        """How often a controller's version could not say something that was left out of what it was sent."""
        self.monitors = Monitors(datapath, self.left_out)
        self._sessions = sessions
        self._for_shell: list[ForShell] = []

    @property
    def misses_wanted(self) -> bool:
        """Whether anybody wants to hear of packets that miss."""
        return any(
            session.version < V1_3 and session.wants("packet_in", PacketInReason.NO_MATCH)
            for session in self._sessions
        )

    def route(self, effects: Iterable[Effect], now: float, cause: Cause | None = None) -> None:
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
                case FlowChanged():
                    self.monitors.note(effect, cause)
        self.monitors.flush()

    def take(self) -> list[ForShell]:
        """What is left for the shell to do."""
        done, self._for_shell = self._for_shell, []
        return done

    def send(self, session: Session, message: Message) -> None:
        """Queue a message, unless the session's version cannot say it."""
        try:
            session.send(message)
        except EncodeError as error:
            self.left_out(error)

    def left_out(self, error: EncodeError) -> None:
        """Note that something could not be said in a controller's version."""
        self.inexpressible += 1
        log.debug("left out of a message: %s", error)

    def hearers(self, upcall: Upcall) -> list[Session]:
        """The sessions that want to be shown a packet."""
        return [
            session
            for session in self._sessions
            if session.wants("packet_in", upcall.reason)
            and (session.version < V1_3 or not upcall.miss)
        ]

    def _packet_in(self, upcall: Upcall, now: float) -> None:
        sessions = self.hearers(upcall)
        if not sessions:
            if not upcall.miss:  # a miss is the datapath's `table_miss` already
                self.drops["no_controller"] += 1
            return
        for session in sessions:
            if not self._has_room(session, now):
                continue
            for message in packet_ins(upcall, session.buffers, session.miss_send_len, now):
                self.send(session, in_version(message, upcall, session.version))

    def _has_room(self, session: Session, now: float) -> bool:
        """Whether a session may be sent one more packet-in; if not, count why."""
        why_not = session.why_no_packet_in(now)
        if why_not is not None:
            self.drops[why_not] += 1
        return why_not is None

    def _tell(self, kind: str, reason: int, message: FlowRemoved | PortStatus) -> None:
        for session in self._sessions:
            if not session.wants(kind, reason):
                continue
            if isinstance(message, PortStatus):
                desc = port_in_version(message.desc, session.version)
                self.send(session, PortStatus(message.reason, desc))
            elif session.flow_format == NxFlowFormat.NXM:
                self.send(session, nicira_flows.removed(message))
            else:
                self.send(session, removed_in_version(message, session.version))
