"""What is heard of hosts without an agent, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from apps.membership.context import Context
from apps.membership.passive.handover import Handover
from apps.membership.passive.host import Ask, Host
from apps.membership.passive.hosts import Hosts
from apps.membership.passive.prober import Prober
from apps.membership.passive.records import Records
from apps.swim.effects import Kind
from apps.swim.members import State

if TYPE_CHECKING:
    from apps.membership.network.reception import Heard


class Passive:
    """The hosts of one controller. `ask` sends a question, `tell` hears what has become of a host."""

    def __init__(
        self,
        context: Context,
        records: Records,
        ask: Callable[[Host, Ask], None],
        tell: Callable[[Kind, Host], None],
        ours: Callable[[int], bool],
    ) -> None:
        """`ours` says whether a switch is this controller's."""
        options = context.options
        self._context = context
        self._learns = options.learn
        self._records = records
        self._tell = tell
        self._ours = ours
        self.hosts = Hosts(options.hosts_most, options.hosts_of_port)
        self._prober = Prober(context, self.hosts, ask, self._changed, self._forget)
        self.handover = Handover(context, self.hosts, records, self._prober, ours)
        for name, ip in options.passive:
            self._add(Host(name, ip, None, context.now(), configured=True))

    def heard(self, heard: Heard) -> None:
        """A sign of life; of a host that is not known, it is learned from that."""
        host = self.hosts.find(heard.ip) or self._learn(heard)
        if host is None:
            return
        now = self._context.now()
        host.hear(now, answer=heard.answer)
        moved = self._moves(host, heard)
        if not host.alive:
            self._changed(host.live(now), host)
            self._prober.later(host)
        elif moved:
            self._changed(Kind.MEMBER_UPDATE, host)

    def has_agent(self, ip: bytes) -> None:
        """A member with an agent is at this address: it speaks for itself."""
        host = self.hosts.find(ip)
        if host is not None:
            self._forget(host)
            if host.incarnation:
                host.state = State.LEFT
                self._tell(Kind.MEMBER_LEAVE, host)

    def stop(self) -> None:
        """Ask for nobody any more."""
        self._learns = False
        for host in self.hosts:
            self.hosts.remove(host)

    def _learn(self, heard: Heard) -> Host | None:
        if not self._learns or not _of_a_host(heard.ip):
            return None
        known = self._records.find(heard.ip)
        alive = known is not None and known.state == State.ALIVE
        if known is not None and alive and not heard.direct and not self._ours(known.dpid):
            return None  # it is behind a switch of another controller
        if not self.hosts.has_room(heard.place):
            self._context.counters["hosts_refused"] += 1
            return None
        host = Host(str(ip_address(heard.ip)), heard.ip, None, self._context.now())
        if known is not None:
            host.name, host.incarnation, host.state = known.name, known.incarnation, State.DEAD
        self._add(host)
        return host

    def _moves(self, host: Host, heard: Heard) -> bool:
        """Whether it was somewhere else; only what was sent to us says so of a host whose place is known."""
        place = host.place
        if place == heard.place or (place is not None and not heard.direct):
            return False
        self.hosts.put(host, heard.place)
        return place is not None

    def _add(self, host: Host) -> None:
        self.hosts.add(host)
        self._prober.soon(host)

    def _forget(self, host: Host) -> None:
        self.hosts.remove(host)
        self._records.remove(host)

    def _changed(self, kind: Kind, host: Host) -> None:
        self.hosts.changed(host)
        self._records.put(host)
        self._tell(kind, host)


def _of_a_host(ip: bytes) -> bool:
    """Whether it is an address that one host may have."""
    address = ip_address(ip)
    return not (address.is_multicast or address.is_unspecified or address.is_loopback)
