"""A host without an agent: where it is, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

from apps.membership.network.places import Place
from apps.swim.agenda import Timer
from apps.swim.effects import Kind
from apps.swim.members import State


class Ask(IntEnum):
    """How widely a host is asked for."""

    ITSELF = 0
    ITS_PORT = 1
    EVERYWHERE = 2


@dataclass(slots=True)
class Host:
    """One that is configured and has not been heard of has no place, and is no member yet."""

    name: str
    ip: bytes
    place: Place | None
    since: float
    """When its state changed."""
    configured: bool = False
    incarnation: int = 0
    """How often it has been found to be there; 0 while it never was."""
    state: State = State.ALIVE
    rtt_s: float | None = None
    heard: float = 0.0
    asked: float | None = None
    asks: int = 0
    """How often it has been asked for since it was heard of."""
    condemned: float = 0.0
    """When it is given up, if it is suspected."""
    timer: Timer | None = None
    watched: int | None = None
    """The Ethernet address of which any frame is of interest, to `Hosts`."""

    @property
    def address(self) -> str:
        """As text."""
        return str(ip_address(self.ip))

    @property
    def alive(self) -> bool:
        """Whether it has been found to be there, and nothing is wrong with it."""
        return self.state is State.ALIVE and self.incarnation > 0

    @property
    def missed(self) -> bool:
        """Whether it is suspected, or given up."""
        return self.state in (State.SUSPECT, State.DEAD)

    # --- what becomes of it ---------------------------------------------------------------------

    def hear(self, now: float, *, answer: bool) -> None:
        """A sign of life; if it answers a question, the first since the last one, that tells how far it is."""
        if answer and self.asked is not None and self.asks == 1:
            self.rtt_s = now - self.asked
        self.heard, self.asked, self.asks = now, None, 0

    def ask(self, now: float) -> Ask:
        """It is asked for now; how widely."""
        asks, self.asks, self.asked = self.asks, self.asks + 1, now
        if self.place is None:
            return Ask.EVERYWHERE
        if self.state is not State.ALIVE:
            return Ask.ITS_PORT if asks % 2 else Ask.EVERYWHERE
        return Ask(min(asks, Ask.EVERYWHERE))

    def live(self, now: float) -> Kind:
        """It is there, for the first time or again."""
        suspected = self.state is State.SUSPECT and self.incarnation > 0
        self.incarnation += 1
        self.state, self.since = State.ALIVE, now
        return Kind.MEMBER_CLEARED if suspected else Kind.MEMBER_JOIN

    def suspect(self, now: float, for_s: float) -> Kind:
        """It has not answered, and has so long to refute."""
        self.state, self.since, self.condemned = State.SUSPECT, now, now + for_s
        return Kind.MEMBER_SUSPECT

    def fail(self, now: float) -> Kind:
        """It is given up."""
        self.state, self.since = State.DEAD, now
        return Kind.MEMBER_FAILED
