"""Hosts without an agent: members that cannot speak for themselves, so their switch's controller does it for them.

Each is asked for by ARP, neighbour solicitation or echo request at its own port, every so often; what it sends
meanwhile saves a question. One that does not answer is asked for more widely, then suspected, and given up when the
suspicion has lasted as long as SWIM lets it. Any frame of it refutes: then its incarnation grows, as a member's does.

They are told to nobody by SWIM: to memberlist they would be members, and others would ping them. What is known of them
stands in a map that controllers share, so that the next master of a switch goes on where the last one was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from apps.membership.network import Heard
from apps.membership.options import Options
from apps.membership.places import Place
from apps.swim.agenda import Agenda, Timer
from apps.swim.effects import Kind
from apps.swim.members import State
from apps.swim.suspicion import least_timeout

if TYPE_CHECKING:
    from random import Random

FORGET_LEARNED_S = 600.0
"""A host that was learned is forgotten so long after it has failed."""


class Ask(IntEnum):
    """How widely a host is asked for."""

    ITSELF = 0
    ITS_PORT = 1
    EVERYWHERE = 2


class Record(NamedTuple):
    """What controllers share of a host, by its address as text."""

    name: str
    dpid: int
    port_no: int
    mac: int
    vlan: int
    incarnation: int
    state: int


def read_record(address: object, value: Any) -> Record | None:
    """What another controller has shared of a host; None if it makes no sense."""
    try:
        ip_address(str(address))
        record = Record(*value)
        State(record.state)
    except (TypeError, ValueError):
        return None
    return record if all(isinstance(number, int) for number in record[1:]) else None


@dataclass(slots=True)
class Host:
    """A host that we ask for. One that is configured and has not been heard of has no place and is no member yet."""

    name: str
    ip: bytes
    place: Place | None
    since: float
    configured: bool = False
    incarnation: int = 0
    state: State = State.ALIVE
    rtt_s: float | None = None
    heard: float = 0.0
    asked: float | None = None
    asks: int = 0
    condemned: float = 0.0
    timer: Timer | None = None
    watched: int | None = None

    @property
    def address(self) -> str:
        """As text."""
        return str(ip_address(self.ip))

    @property
    def record(self) -> Record:
        """What is shared of it."""
        place = self.place or Place(0, 0, 0)
        args = place.dpid, place.port_no, place.mac, place.vlan
        return Record(self.name, *args, self.incarnation, int(self.state))


AskFor = Callable[[Host, Ask], None]
Tell = Callable[[Kind, Host], None]


class Passive:
    """The hosts of one controller. `ask` sends a question, `tell` hears what has become of a host."""

    def __init__(
        self,
        options: Options,
        agenda: Agenda,
        rng: Random,
        counters: Counter[str],
        shared: MutableMapping[Any, Any],
        ask: AskFor,
        tell: Tell,
        now: Callable[[], float],
        ours: Callable[[int], bool],
    ) -> None:
        """`ours` says whether a switch is this controller's."""
        config = options.config
        self._options = options
        self._probe_s, self._timeout_s = config.probe_interval_s, config.probe_timeout_s
        self._suspicion_mult = config.suspicion_mult
        self._agenda = agenda
        self._rng = rng
        self._counters = counters
        self._shared = shared
        self._ask = ask
        self._tell = tell
        self._now = now
        self._ours = ours
        self._at_port: Counter[tuple[int, int]] = Counter()
        self.hosts: dict[bytes, Host] = {}
        self.watched: dict[int, set[bytes]] = {}
        """Suspects and failed hosts: the IP addresses of each Ethernet address; any frame of it is of interest."""
        for name, ip in options.passive:
            self._add(Host(name, ip, None, now(), configured=True))

    @property
    def members(self) -> Iterator[Host]:
        """Those that have been heard of."""
        return (host for host in self.hosts.values() if host.place is not None)

    # --- what is heard --------------------------------------------------------------------------

    def heard(self, heard: Heard) -> None:
        """A sign of life; of a host that is not known, it is learned from that."""
        host = self.hosts.get(heard.ip)
        if host is None:
            host = self._learn(heard)
            if host is None:
                return
        now = self._now()
        if heard.answer and host.asked is not None and host.asks == 1:
            host.rtt_s = now - host.asked
        host.heard, host.asked, host.asks = now, None, 0
        moved = self._moved(host, heard)
        if host.incarnation == 0 or host.state is not State.ALIVE:
            self._lives(host)
        elif moved:
            self._changed(Kind.MEMBER_UPDATE, host)

    def _learn(self, heard: Heard) -> Host | None:
        options, place = self._options, heard.place
        if not options.learn or not _of_a_host(heard.ip):
            return None
        known = self._known(heard.ip)
        alive = known is not None and known.state == State.ALIVE
        if known is not None and alive and not heard.direct and not self._ours(known.dpid):
            return None  # it is behind a switch of another controller
        full = self._at_port[place[:2]] >= options.hosts_of_port
        if full or len(self.hosts) >= options.hosts_most:
            self._counters["hosts_refused"] += 1
            return None
        host = Host(str(ip_address(heard.ip)), heard.ip, None, self._now())
        if known is not None:
            host.name, host.incarnation, host.state = known.name, known.incarnation, State.DEAD
        self._add(host)
        return host

    def _known(self, ip: bytes) -> Record | None:
        """What is shared of a host."""
        address = str(ip_address(ip))
        return read_record(address, self._shared.get(address))

    def _moved(self, host: Host, heard: Heard) -> bool:
        """Whether it is somewhere else; only what was sent to us says so of a host whose place is known."""
        place = host.place
        if place == heard.place or (place is not None and not heard.direct):
            return False
        self._put(host, heard.place)
        return place is not None

    def _put(self, host: Host, place: Place | None) -> None:
        """A host is there."""
        if host.place is not None:
            self._at_port[host.place[:2]] -= 1
        host.place = place
        if place is not None:
            self._at_port[place[:2]] += 1

    def _lives(self, host: Host) -> None:
        """It is there, for the first time or again."""
        was = host.state
        first = host.incarnation == 0
        host.incarnation += 1
        host.state, host.since = State.ALIVE, self._now()
        suspected = was is State.SUSPECT and not first
        self._changed(Kind.MEMBER_CLEARED if suspected else Kind.MEMBER_JOIN, host)
        self._again(host, self._options.passive_interval_s)

    # --- asking ---------------------------------------------------------------------------------

    def _add(self, host: Host) -> None:
        self.hosts[host.ip] = host
        self._again(host, self._rng.random() * self._timeout_s)

    def _again(self, host: Host, delay_s: float) -> None:
        if host.timer is not None:
            host.timer.cancel()
        when = self._now() + delay_s
        host.timer = self._agenda.add(when, partial(self._next, host))

    def _next(self, host: Host) -> None:
        """Its turn has come."""
        now, options = self._now(), self._options
        alive = host.state is State.ALIVE and host.incarnation > 0
        since_heard = now - host.heard
        if alive and not host.asks and since_heard < options.passive_interval_s:
            self._again(host, options.passive_interval_s - since_heard)
            return
        if alive and host.asks > Ask.EVERYWHERE:
            self._suspect(host)
        elif host.state is State.SUSPECT and now >= host.condemned:
            self._condemn(host)
        if host.state is State.DEAD and self._forget(host):
            return
        self._question(host)
        self._again(host, self._pause(host))

    def _question(self, host: Host) -> None:
        wide = Ask.EVERYWHERE if host.place is None else Ask(min(host.asks, Ask.EVERYWHERE))
        if host.state is not State.ALIVE:
            wide = Ask.ITS_PORT if host.asks % 2 else Ask.EVERYWHERE
        host.asks += 1
        host.asked = self._now()
        self._ask(host, wide)

    def _pause(self, host: Host) -> float:
        """Until it is asked for again."""
        if host.state is State.DEAD or host.incarnation == 0:
            return self._options.passive_interval_s
        if host.state is State.SUSPECT:
            return min(self._probe_s, max(0.0, host.condemned - self._now()))
        return self._timeout_s

    # --- verdicts -------------------------------------------------------------------------------

    def _suspect(self, host: Host) -> None:
        members = sum(1 for _ in self.members)
        least_s = least_timeout(self._suspicion_mult, members, self._probe_s)
        host.condemned = self._now() + least_s
        host.state, host.since = State.SUSPECT, self._now()
        self._changed(Kind.MEMBER_SUSPECT, host)

    def _condemn(self, host: Host) -> None:
        host.state, host.since = State.DEAD, self._now()
        self._changed(Kind.MEMBER_FAILED, host)

    def _forget(self, host: Host) -> bool:
        """One that was learned, and has been gone for long, is nobody any more."""
        if host.configured or self._now() - host.since < FORGET_LEARNED_S:
            return False
        self._drop(host)
        self._shared.pop(host.address, None)
        return True

    def _changed(self, kind: Kind, host: Host) -> None:
        mac = None if host.place is None else host.place.mac
        self._watch(host, mac if host.state in (State.SUSPECT, State.DEAD) else None)
        self._shared[host.address] = tuple(host.record)
        self._tell(kind, host)

    # --- others who answer for a host -----------------------------------------------------------

    def has_agent(self, ip: bytes) -> None:
        """A member with an agent is at this address: it speaks for itself."""
        host = self.hosts.get(ip)
        if host is not None:
            self._drop(host)
            self._shared.pop(host.address, None)
            if host.incarnation:
                host.state = State.LEFT
                self._tell(Kind.MEMBER_LEAVE, host)

    def adopt(self, dpid: int) -> None:
        """A switch is ours now: ask for the hosts that others have known behind it, from what they knew on."""
        for address, value in list(self._shared.items()):
            record = read_record(address, value)
            if record is None or record.dpid != dpid:
                continue
            ip = ip_address(address).packed
            mine = self.hosts.get(ip)
            if mine is not None and mine.place is not None:
                continue
            place = Place(record.dpid, record.port_no, record.mac, record.vlan)
            host = mine or Host(record.name, ip, None, self._now())
            self._put(host, place)
            host.incarnation = record.incarnation
            host.state, host.since = State(record.state), self._now()
            if host.state is State.SUSPECT:
                host.state = State.ALIVE  # it gets all the time that a suspect has
            self._add(host)
        for host in self.hosts.values():
            if host.place is None:
                host.asks = 0
                self._again(host, self._rng.random() * self._timeout_s)

    def release(self, dpid: int) -> None:
        """A switch is not ours any more: whoever has it now asks for the hosts behind it."""
        for host in list(self.members):
            if host.place is not None and host.place.dpid == dpid:
                self._drop(host)
                if host.configured:
                    self._add(Host(host.name, host.ip, None, self._now(), configured=True))

    def taken(self, address: str, record: Record) -> None:
        """Another controller has heard of a host behind a switch of its own: it asks for it from now on."""
        host = self.hosts.get(ip_address(address).packed)
        if host is not None and not self._ours(record.dpid):
            self._drop(host)

    def _drop(self, host: Host) -> None:
        if host.timer is not None:
            host.timer.cancel()
        if host.place is not None:
            self._at_port[host.place[:2]] -= 1
        self._watch(host, None)
        self.hosts.pop(host.ip, None)

    def _watch(self, host: Host, mac: int | None) -> None:
        """Hear of any frame from this address, or of none."""
        if host.watched is not None and (ips := self.watched.get(host.watched)) is not None:
            ips.discard(host.ip)
            if not ips:
                del self.watched[host.watched]
        host.watched = mac
        if mac is not None:
            self.watched.setdefault(mac, set()).add(host.ip)


def _of_a_host(ip: bytes) -> bool:
    """Whether it is an address that one host may have."""
    address = ip_address(ip)
    return not (address.is_multicast or address.is_unspecified or address.is_loopback)
