"""Which controllers are in control: their roles, and whether any is left (OpenFlow 1.3.5, 6.3.2 and 6.3.5).

`Election` decides about roles, `Standalone` about forwarding alone. Here their decisions take effect: demoted masters
are told, roles are logged, and the datapath forwards by itself or no longer does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from ofswitch.agent.deliveries import Deliveries
from ofswitch.agent.roles import Election
from ofswitch.agent.session import Session
from ofswitch.agent.standalone import Standalone
from ofswitch.datapath import Datapath
from openflow import V1_3, ControllerRole, ControllerRoleReason, Message, RoleRequest, RoleStatus

log = logging.getLogger("ofswitch.agent")

PLAYING_S = 1.0
"""Seconds within which a controller's next change of role is not logged."""


class Control:
    """Has decisions about the controllers' parts carried out."""

    def __init__(
        self,
        sessions: Sequence[Session],
        deliveries: Deliveries,
        datapath: Datapath,
        *,
        standalone: bool,
    ) -> None:
        self.election = Election()
        self._sessions = sessions
        self._deliveries = deliveries
        self._datapath = datapath
        self._standalone = Standalone(standalone)

    @property
    def standing_alone(self) -> bool:
        """Whether the switch forwards by itself, because no controller is in control."""
        return self._standalone.active

    # --- whether there is one --------------------------------------------------------------------------------

    def take(self, session: Session, now: float) -> None:
        """A controller is in control from now on."""
        session.in_control = True
        self.update(now)

    def note(self, session: Session, message: Message, now: float) -> None:
        """A message came: what it asks for may show that it is from a controller (see `Conduct`)."""
        if not session.in_control and session.conduct.note(message):
            self.take(session, now)

    def update(self, now: float) -> None:
        """Controllers came or went: forward alone, or no longer."""
        in_control = any(one.in_control and not one.closed for one in self._sessions)
        before = self._standalone.active
        self._deliveries.route(self._standalone.update(in_control, self._datapath, now), now)
        if self._standalone.active != before:
            log.info("a controller is in control" if before else "no controller: forwarding alone")

    # --- roles -----------------------------------------------------------------------------------------------

    def ask_role(self, session: Session, request: RoleRequest, now: float) -> None:
        """Give a controller the role that it asks for. Raises OpenFlowError as `Election.request` does."""
        self._elect(session, lambda: self.election.request(session, request, self._sessions), now)

    def give_role(self, session: Session, role: ControllerRole, now: float) -> None:
        """Give a controller a role, whatever the generation id."""
        self._elect(session, lambda: self.election.give(session, role, self._sessions), now)

    def _elect(self, session: Session, elect: Callable[[], list[Session]], now: float) -> None:
        """Change roles, and tell masters that are slaves now (OpenFlow 1.4.0, 7.4.4; on 1.3 as in ONF's EXT-191)."""
        before, reason = session.role, ControllerRoleReason.MASTER_REQUEST
        demoted = elect()
        if session.role is not before:
            _note_role(session, now)
        for one in demoted:
            _note_role(one, now)
            if one.version >= V1_3 and one.wants("role_status", reason):
                self._deliveries.send(one, RoleStatus(one.role, reason, self.election.reported))


def _note_role(session: Session, now: float) -> None:
    """Log a new role, but not how somebody plays with roles."""
    soon = now - session.role_since < PLAYING_S and session.role_since > session.since
    log.log(logging.DEBUG if soon else logging.INFO, "%s: %s", session, session.role.name.lower())
    session.role_since = now
