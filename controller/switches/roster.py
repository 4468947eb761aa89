"""Which switches are connected, and which of them the apps have."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from controller.callbacks.event_type import AnyEvent, EventType
from controller.callbacks.events import Event
from controller.callbacks.timers import Timers
from controller.counters import Counters
from controller.settings import Settings
from controller.shell import Link, Shell
from controller.switches.claims import Claims
from controller.switches.duplicates import Duplicates
from controller.switches.presence import DatapathJoin, DatapathLeave
from controller.switches.session import RaiseEach, Session
from controller.switches.standby import OF_ROLES, Past, Warden
from controller.switches.switch import Send, Switch
from controller.switches.turn import Turn
from openflow import V1_3, Message

Raise = Callable[[AnyEvent, int, object], None]
"""Takes an event, the datapath id and the event's object to the callbacks."""

NO_FLOW = (
    "%s has been sent nothing, and from OpenFlow 1.3 on a switch drops what no flow matches: there are no packet-ins"
    " before FlowMod(Match(), [ApplyActions([Output(PortNo.CONTROLLER)])], priority=0), say, when it joins"
)
"""What has to be known by whoever wonders why nothing happens."""

log = logging.getLogger(__name__)


class Roster:
    """All sessions, those that have joined by datapath id."""

    def __init__(
        self,
        shell: Shell,
        timers: Timers,
        settings: Settings,
        counters: Counters,
        raise_: Raise,
        raise_each: RaiseEach,
        only_waits: Callable[[], bool],
    ) -> None:
        self.claims: Claims | None = None
        """Who is asked before a switch joins, if anybody."""
        self.warden: Warden | None = None
        """Who decides which switches the apps see, if it is not all."""
        self.send: Send | None = None
        """Sends by datapath id, faster than a session does, if there is something that can."""
        self.switches: dict[int, Switch] = {}
        self._shell = shell
        self._timers = timers
        self._settings = settings
        self._counters = counters
        self._raise = raise_
        self._only_waits = only_waits
        self._hinted = False
        self.raise_each = raise_each
        self._open: set[Session] = set()
        self.joined: dict[int, Session] = {}
        """The sessions of `switches`."""
        self._here: dict[int, Session] = {}
        """Those, and the sessions of switches that stand by."""
        self._held: dict[int, Switch] = {}
        """What the warden has of each of them."""
        self.turn = Turn(shell.call_soon, self._let_go)
        timeout_s = settings.duplicate_timeout_s
        self._duplicates = Duplicates(counters, timeout_s, self._let_go)

    # --- connections -------------------------------------------------------------------------------

    def open(self, link: Link, peer: str) -> Session | None:
        """A connection was made. None when there are too many: then it is closed."""
        if len(self._open) >= self._settings.max_connections:
            if self._counters.add("connections_refused"):
                text = "%s is turned away: %d connections are open, the most that are allowed (--connections)"
                log.warning(text, peer, len(self._open))
            link.close()
            return None
        with self.turn:
            session = Session(
                self,
                self.turn,
                link,
                peer,
                timers=self._timers,
                settings=self._settings,
                counters=self._counters,
            )
            self._open.add(session)
        return session

    def close(self, reason: str) -> None:
        """End every connection."""
        with self.turn:
            for session in list(self._open):
                session.lose(reason)

    def __len__(self) -> int:
        return len(self._open)

    # --- coming and going --------------------------------------------------------------------------

    def arrived(self, session: Session) -> None:
        """A handshake is done: the switch joins, unless its datapath id is connected already."""
        old = self._here.get(session.dpid)
        if old is not None and old.lost is not None:
            self._let_go(old)
            old = self._here.get(session.dpid)
        if old is not None:
            self._duplicates.challenge(old, session, self.arrived)
        elif self.claims is None:
            self._join(session)
        else:
            self.claims.claim(session.dpid, session.peer, partial(self._claimed, session))

    def probe(self, dpid: int, peer: str, answered: Callable[[bool], None]) -> None:
        """Find out whether a switch lives whose datapath id is shown elsewhere; it is replaced if it does not."""
        old = self._here.get(dpid)
        if old is None or old.lost is not None:
            answered(False)
            return
        self._duplicates.probe(old, peer, answered)

    def _claimed(self, session: Session, refusal: str | None) -> None:
        """Whoever has all datapath ids has answered."""
        with self.turn:
            if refusal is not None and session.lost is None:
                self._duplicates.refuse(session, refusal)
            elif refusal is None and session.lost is None:
                old = self._here.get(session.dpid)
                if old is None:
                    self._join(session)
                else:
                    self._duplicates.challenge(old, session, self.arrived)
            elif refusal is None and session.dpid not in self._here and self.claims is not None:
                self.claims.release(session.dpid)

    def raised(self, session: Session, event: EventType[Any], message: Message) -> None:
        """Call the callbacks."""
        if self.warden is not None and event in OF_ROLES:
            self.warden.heard(self._held[session.dpid], event, message)
        self._raise(event, session.dpid, message)

    def overheard(self, session: Session, event: EventType[Any], message: Message) -> None:
        """Tell the warden, if it is about roles, and no app."""
        if self.warden is not None and event in OF_ROLES:
            self.warden.heard(self._held[session.dpid], event, message)
        else:
            session.counters.add("standing_by")

    def _join(self, session: Session) -> None:
        self._here[session.dpid] = session
        if self.warden is None:
            self._admit(session)
            return
        held = self._held[session.dpid] = self._switch(session)
        session.stand_by("it has only just arrived")
        log.info("%s is connected: OpenFlow %s", session, held.version)
        self.warden.arrived(held)

    def admit(self, dpid: int) -> bool:
        """The warden admits a switch; False when it is not connected, or admitted already."""
        session = self._here.get(dpid)
        if session is None or session.lost is not None or dpid in self.joined:
            return False
        with self.turn:
            self._admit(session)
        return True

    def stand_by(self, dpid: int, reason: str) -> bool:
        """The warden has a switch stand by; False when it is not connected, or does so already."""
        session = self.joined.get(dpid)
        if session is None or session.lost is not None:
            return False
        with self.turn:
            session.stand_by(f"{session} stands by: {reason}")
            self.switches[dpid].retire(Past(session, reason))
            self._withdraw(session, reason)
        return True

    def _switch(self, session: Session, send: Send | None = None) -> Switch:
        version = session.handshake.version
        assert version is not None, "a switch arrives only when a version is agreed on"
        return Switch(session, version, self._shell, send)

    def _admit(self, session: Session) -> None:
        session.admitted()
        switch = self._switch(session, self.send)
        self.joined[session.dpid] = session
        self.switches[session.dpid] = switch
        log.info("%s joined: OpenFlow %s, %d ports", session, switch.version, len(switch.ports))
        queued = session.queued
        self._raise(Event.DATAPATH_JOIN, session.dpid, DatapathJoin(switch))
        if session.queued == queued and switch.version >= V1_3:
            self._hint(session)

    def _hint(self, session: Session) -> None:
        """Tell once who waits for packet-ins, and has done nothing to get them."""
        if not self._hinted and self._only_waits():
            self._hinted = True
            log.warning(NO_FLOW, session)

    def _withdraw(self, session: Session, reason: str) -> None:
        """The apps have the switch no more."""
        del self.joined[session.dpid]
        switch = self.switches.pop(session.dpid)
        log.info("%s left: %s", session, reason)
        self._raise(Event.DATAPATH_LEAVE, session.dpid, DatapathLeave(switch, reason))

    def _let_go(self, session: Session) -> None:
        """Release a lost session, once; if it had joined, the switch leaves."""
        if session not in self._open:
            return
        self._open.discard(session)
        if self._here.get(session.dpid) is session:
            self._leave(session)
        elif self._counters.add("handshake_failed"):
            log.warning("%s did not join: %s", session, session.lost)
        session.finish()

    def _leave(self, session: Session) -> None:
        del self._here[session.dpid]
        held = self._held.pop(session.dpid, None)
        if self.claims is not None:
            self.claims.release(session.dpid)
        if session.dpid in self.joined:
            self._withdraw(session, session.lost or "unknown")
        if self.warden is not None and held is not None:
            self.warden.left(held)
