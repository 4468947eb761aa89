"""Whose hosts are whose: each is asked for by the controller of its switch."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from apps.membership.context import Context
from apps.membership.passive.host import Host
from apps.membership.passive.hosts import Hosts
from apps.membership.passive.prober import Prober
from apps.membership.passive.records import Record, Records
from apps.swim.members import State


class Handover:
    """Takes hosts on with their switch, and lets them go with it."""

    def __init__(
        self,
        context: Context,
        hosts: Hosts,
        records: Records,
        prober: Prober,
        ours: Callable[[int], bool],
    ) -> None:
        self._now = context.now
        self._configured = {ip for _, ip in context.options.passive}
        self._hosts = hosts
        self._records = records
        self._prober = prober
        self._ours = ours

    def adopt(self, dpid: int) -> None:
        """A switch is ours now: ask for the hosts that others have known behind it, from what they knew on."""
        for address, record in self._records:
            if record.dpid == dpid:
                self._adopt(ip_address(address).packed, record)
        for host in self._hosts:
            if host.place is None:
                host.asks = 0
                self._prober.soon(host)

    def _adopt(self, ip: bytes, record: Record) -> None:
        now, configured = self._now(), ip in self._configured
        host = self._hosts.find(ip) or Host(record.name, ip, None, now, configured)
        if host.place is not None:
            return
        self._hosts.put(host, record.place)
        host.incarnation, host.state, host.since = record.incarnation, State(record.state), now
        # A suspect gets all the time that one has, once more.
        host.condemned = now + self._prober.suspicion_s
        self._hosts.add(host)
        self._hosts.changed(host)
        self._prober.soon(host)

    def release(self, dpid: int) -> None:
        """A switch is not ours any more: whoever has it now asks for the hosts behind it."""
        for host in self._hosts.members:
            if host.place is not None and host.place.dpid == dpid:
                self._hosts.remove(host)
                if host.configured:
                    again = Host(host.name, host.ip, None, self._now(), configured=True)
                    self._hosts.add(again)
                    self._prober.soon(again)

    def taken(self, address: str, record: Record) -> None:
        """Another controller has heard of a host behind a switch of its own: it asks for it from now on."""
        host = self._hosts.find(ip_address(address).packed)
        if host is not None and not self._ours(record.dpid):
            self._hosts.remove(host)
