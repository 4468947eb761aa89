"""The app: SWIM's core and the hosts without an agent, over the data network, and what other apps see of both."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf
from secrets import SystemRandom
from typing import TYPE_CHECKING, Any

from apps.membership import frames
from apps.membership.connections import Connections
from apps.membership.frames import Transport
from apps.membership.network import Heard, Network
from apps.membership.options import Options
from apps.membership.passive import Ask, Host, Passive, Record, read_record
from apps.membership.places import Place
from apps.swim.address import Address
from apps.swim.agenda import Agenda
from apps.swim.core import Core
from apps.swim.effects import Answered, Connect, Effect, Event, Kind, Send
from apps.swim.members import Identity, Member, State
from controller import Controller, DatapathJoin, DatapathLeave, MemberEvent, Timer
from controller import Event as On

if TYPE_CHECKING:
    from random import Random

SHARED = "membership"
"""The name of the map that controllers share (`Controller.shared`)."""

STATES = {State.ALIVE: "alive", State.SUSPECT: "suspect", State.DEAD: "failed", State.LEFT: "left"}
_LOCAL_MAC = 0x0A53 << 32

log = logging.getLogger(__name__)


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


class Membership:
    """Of one controller. `members` is everybody by name: agents and hosts without one, not ourselves."""

    def __init__(
        self, ctrl: Controller, options: Options | None = None, rng: Random | None = None
    ) -> None:
        options = options or Options()
        self.ctrl = ctrl
        self.options = options
        self.counters: Counter[str] = Counter()
        """What was dropped, by the names in `apps.membership.counters.COUNTED`."""
        rng = rng or SystemRandom()
        self._agenda = Agenda()
        self._timer: Timer | None = None
        self._rtts: dict[str, float] = {}
        self._told: dict[str, Place] = {}
        self._agent_ips: set[bytes] = set()
        mac = options.mac or _LOCAL_MAC | _low_bits(options, rng)
        self.network = Network(ctrl, options, self._agenda, self.counters, mac)
        self.network.on_heard = self._heard
        self.network.on_transport = self._transport
        self._shared: Any = ctrl.shared(SHARED)
        self.passive = Passive(
            options,
            self._agenda,
            rng,
            self.counters,
            self._shared,
            self._ask,
            self._tell_passive,
            ctrl.now,
            lambda dpid: dpid in ctrl.switches,
        )
        self._shared.on_change(self._shared_changed)
        self.network.watched = self.passive.watched
        self.core: Core | None = None
        if options.address:
            self._start_core(options, rng)
        ctrl.register_cb(On.DATAPATH_JOIN, self.join)
        ctrl.register_cb(On.DATAPATH_LEAVE, self.leave)
        self._rearm()

    def _start_core(self, options: Options, rng: Random) -> None:
        me = Identity(options.name, options.address, options.port, options.meta)
        now = self.ctrl.now
        self.core = core = Core(options.config, me, rng, now())
        self.connections = Connections(
            Address(options.address, options.port),
            self._agenda,
            rng,
            self.counters,
            self.network.send,
            core.stream,
            self._carry,
            now,
        )

    # --- for other apps -------------------------------------------------------------------------

    @property
    def members(self) -> dict[str, Seen]:
        """Everybody that we know, as it is now."""
        return {seen.name: seen for seen in (*self._others(), *self._hosts(), *self._agents())}

    def member(self, name: str) -> Seen | None:
        """One of them."""
        return self.members.get(name)

    def broadcast(self, data: bytes, subject: object = None) -> None:
        """Have bytes told to the agents. Raises ValueError for too many."""
        if self.core is not None:
            self._carry(self.core.broadcast(data, self.ctrl.now(), subject))
            self._rearm()

    def leave_cluster(self) -> None:
        """Tell the agents that we go."""
        if self.core is not None:
            self._carry(self.core.leave(self.ctrl.now()))
            self._rearm()

    def _agents(self) -> Iterator[Seen]:
        if self.core is not None:
            for member in self.core.members.values():
                if member.name != self.options.name:
                    yield self._seen_agent(member)

    def _hosts(self) -> Iterator[Seen]:
        return map(_seen_host, self.passive.members)

    def _others(self) -> Iterator[Seen]:
        """Hosts behind switches of other controllers."""
        for address, value in self._shared.items():
            record = read_record(address, value)
            if record is not None:
                yield _seen_record(address, record)

    def _seen_agent(self, member: Member) -> Seen:
        place = self.network.places.last(member.address) or Place(0, 0, 0)
        return Seen(
            member.name,
            str(ip_address(member.address)),
            STATES[member.state],
            member.since,
            place.dpid,
            place.port_no,
            place.mac or None,
            self._rtts.get(member.name),
            member.meta,
            member.incarnation,
        )

    # --- switches -------------------------------------------------------------------------------

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Ask for the hosts behind a switch; with the first one the cluster may be joined."""
        self.passive.adopt(dpid)
        first = len(ctrl.switches) == 1
        if self.core is not None and self.options.join and first:
            self._carry(self.core.join(self.options.join, ctrl.now()))
        self._rearm()

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """The hosts behind a switch that is gone are others' business, or nobody's."""
        self.passive.release(dpid)
        self._rearm()

    # --- time -----------------------------------------------------------------------------------

    def _rearm(self) -> None:
        """Be called when something is due."""
        deadline = self._agenda.deadline
        if self.core is not None:
            deadline = min(deadline, self.core.deadline)
        timer = self._timer
        if timer is not None and timer.pending:
            if timer.deadline <= deadline:
                return
            timer.cancel()
        if deadline < inf:
            delay_s = max(0.0, deadline - self.ctrl.now())
            self._timer = self.ctrl.post_callback(delay_s, self._advance)

    def _advance(self) -> None:
        now = self.ctrl.now()
        try:
            while (action := self._agenda.due(now)) is not None:
                action()
            if self.core is not None and self.core.deadline <= now:
                self._carry(self.core.advance(now))
        finally:
            self._rearm()

    # --- what comes -----------------------------------------------------------------------------

    def _transport(self, read: Transport) -> None:
        core = self.core
        if core is None or read.target != self.options.address:
            self.counters["not_for_us"] += 1
        elif read.proto == frames.TCP:
            self.connections.receive(read.source, read.data)
        else:
            datagram = frames.datagram(read.data)
            if datagram is None or datagram[1] != self.options.port:
                self.counters["not_understood" if datagram is None else "not_for_us"] += 1
                return
            source = Address(read.source, datagram[0])
            self._carry(core.receive(datagram[2], source, self.ctrl.now()))
        self._rearm()

    def _heard(self, heard: Heard) -> None:
        if heard.ip not in self._agent_ips:
            self.passive.heard(heard)
            self._rearm()

    # --- what goes ------------------------------------------------------------------------------

    def _carry(self, effects: list[Effect]) -> None:
        """Do what the core wants done."""
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect)
            elif isinstance(effect, Connect):
                self.connections.open(effect.to, effect.stream)
            elif isinstance(effect, Event):
                self._tell_agent(effect)
            elif isinstance(effect, Answered):
                self._answered(effect)

    def _send(self, send: Send) -> None:
        source, to = Address(self.options.address, self.options.port), send.to
        if len(to.ip) == len(source.ip):
            packet = frames.udp(source.ip, source.port, to.ip, to.port, send.data)
            self.network.send(to.ip, packet)
        else:
            self.counters["no_place"] += 1

    def _ask(self, host: Host, wide: Ask) -> None:
        network, place = self.network, host.place
        if place is None or wide is Ask.EVERYWHERE:
            network.flood_question(host.ip)
        elif wide is Ask.ITS_PORT:
            network.ask_at(host.ip, place, all_there=True)
        elif self.options.probe == "icmp":
            network.echo_at(host.ip, place, host.incarnation)
        else:
            network.ask_at(host.ip, place)

    # --- what has happened ----------------------------------------------------------------------

    def _answered(self, answered: Answered) -> None:
        """A member has answered us; it may be somewhere else than others were told."""
        name = answered.member.name
        self._rtts[name] = answered.rtt_s
        place = self.network.places.find(answered.member.address)
        if place is not None and self._told.get(name) != place:
            self._told[name] = place
            seen = self._seen_agent(answered.member)
            self.ctrl.post_event(On.MEMBER_UPDATE, seen.event(), dpid=seen.dpid)

    def _tell_agent(self, event: Event) -> None:
        member = event.member
        if member.name == self.options.name and event.kind is not Kind.MEMBER_CONFLICT:
            return
        if event.kind is Kind.MEMBER_JOIN:
            self._agent_ips.add(member.address)
            self.passive.has_agent(member.address)
        place = self.network.places.last(member.address)
        if place is not None:
            self._told[member.name] = place
        if member.gone:
            self._agent_ips.discard(member.address)
            self._rtts.pop(member.name, None)
        seen = self._seen_agent(member)
        other = str(event.other) if event.other is not None else ""
        self._post(event.kind, seen, other)

    def _tell_passive(self, kind: Kind, host: Host) -> None:
        self._post(kind, _seen_host(host))

    def _shared_changed(self, change: Any) -> None:
        """Another controller says what has become of a host behind one of its switches."""
        record = None if change.local else read_record(change.key, change.value)
        if record is None:
            return
        self.passive.taken(change.key, record)
        kind = _kind(read_record(change.key, change.old), record)
        if kind is not None:
            self._post(kind, _seen_record(change.key, record))

    def _post(self, kind: Kind, seen: Seen, other: str = "") -> None:
        name = seen.name if seen.name.isprintable() else repr(seen.name)
        log.info("%s %s (%s)", name, kind.value.removeprefix("member_"), seen.address)
        self.ctrl.post_event(On(kind.value), seen.event(other), dpid=seen.dpid)


def _low_bits(options: Options, rng: Random) -> int:
    return int.from_bytes(options.address[-4:], "big") if options.address else rng.getrandbits(32)


def _seen_host(host: Host) -> Seen:
    place = host.place or Place(0, 0, 0)
    args = host.name, host.address, STATES[host.state], host.since, place.dpid, place.port_no
    return Seen(*args, place.mac or None, host.rtt_s, incarnation=host.incarnation, passive=True)


def _seen_record(address: str, record: Record) -> Seen:
    args = record.name, address, STATES[State(record.state)], None, record.dpid, record.port_no
    return Seen(*args, record.mac or None, incarnation=record.incarnation, passive=True)


def _kind(old: Record | None, new: Record) -> Kind | None:
    """What has happened to a host between two records; None for nothing of interest."""
    was = None if old is None else State(old.state)
    now = State(new.state)
    if now is State.ALIVE and was is not State.ALIVE:
        return Kind.MEMBER_CLEARED if was is State.SUSPECT else Kind.MEMBER_JOIN
    if now is State.SUSPECT and was is not State.SUSPECT:
        return Kind.MEMBER_SUSPECT
    if now is State.DEAD and was is not State.DEAD:
        return Kind.MEMBER_FAILED
    moved = old is not None and old[1:5] != new[1:5]
    return Kind.MEMBER_UPDATE if moved else None
