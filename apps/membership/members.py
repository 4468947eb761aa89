"""A member as other apps see it, whatever we know it from: an agent, a host of ours, or another controller's."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from apps.membership.network.places import Place
from apps.membership.passive import Host
from apps.membership.passive.records import Record
from apps.swim.effects import Kind
from apps.swim.members import Member, State
from controller import MemberEvent

STATES = {State.ALIVE: "alive", State.SUSPECT: "suspect", State.DEAD: "failed", State.LEFT: "left"}
HAPPENED = {
    Kind.MEMBER_JOIN: "has joined",
    Kind.MEMBER_SUSPECT: "is suspected: it does not answer",
    Kind.MEMBER_CLEARED: "is no longer suspected",
    Kind.MEMBER_FAILED: "has failed",
    Kind.MEMBER_LEAVE: "has left",
    Kind.MEMBER_UPDATE: "has changed",
}
_NOWHERE = Place(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as it is now; `since` is when its state changed, on the controller's clock, None if others know."""

    name: str
    address: str
    state: str
    since: float | None
    dpid: int = 0
    port_no: int = 0
    mac: int | None = None
    rtt_s: float | None = None
    meta: bytes = b""
    incarnation: int = 0
    passive: bool = False

    def event(self, other: str = "") -> MemberEvent:
        """What apps hear of it."""
        args = self.name, self.address, self.mac, self.port_no, self.state
        return MemberEvent(*args, self.meta, self.incarnation, self.passive, other)

    def sentence(self, kind: Kind, other: str = "") -> str:
        """What has happened to it, for the log."""
        name = self.name if self.name.isprintable() else repr(self.name)
        if kind is Kind.MEMBER_CONFLICT:
            return f"NAME CONFLICT: {name} is at {self.address}, and also at {other}"
        where = "" if name == self.address else f" ({self.address})"
        return f"{name}{where} {HAPPENED[kind]}"


def seen_agent(member: Member, place: Place | None, rtt_s: float | None) -> Seen:
    """A member with an agent."""
    dpid, port_no, mac, _ = place or _NOWHERE
    who = member.name, str(ip_address(member.address)), STATES[member.state], member.since
    return Seen(*who, dpid, port_no, mac or None, rtt_s, member.meta, member.incarnation)


def seen_host(host: Host) -> Seen:
    """A host without an agent, behind a switch of ours."""
    dpid, port_no, mac, _ = host.place or _NOWHERE
    who = host.name, host.address, STATES[host.state], host.since
    args = *who, dpid, port_no, mac or None, host.rtt_s
    return Seen(*args, incarnation=host.incarnation, passive=True)


def seen_record(address: str, record: Record) -> Seen:
    """A host behind a switch of another controller."""
    args = record.name, address, STATES[State(record.state)], None, record.dpid, record.port_no
    return Seen(*args, record.mac or None, incarnation=record.incarnation, passive=True)
