"""The hosts that one controller asks for: by address, by port, and those whose frames are watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from apps.membership.network.places import Place
from apps.membership.passive.host import Host


class Hosts:
    """So many at most, and so many of one port."""

    def __init__(self, most: int, of_port_most: int) -> None:
        self._most = most
        self._of_port_most = of_port_most
        self._hosts: dict[bytes, Host] = {}
        self._at_port: Counter[tuple[int, int]] = Counter()
        self.watched: dict[int, set[bytes]] = {}
        """Those that are missed: the IP addresses of each Ethernet address; any frame of it is of interest."""

    def __iter__(self) -> Iterator[Host]:
        return iter(list(self._hosts.values()))

    @property
    def members(self) -> list[Host]:
        """Those that have been heard of."""
        return [host for host in self if host.place is not None]

    def find(self, ip: bytes) -> Host | None:
        """The host at an address."""
        return self._hosts.get(ip)

    def has_room(self, place: Place) -> bool:
        """Whether one more may be there."""
        full = self._at_port[place[:2]] >= self._of_port_most
        return not full and len(self._hosts) < self._most

    def add(self, host: Host) -> None:
        """Know a host from now on."""
        self._hosts[host.ip] = host

    def remove(self, host: Host) -> None:
        """Nobody asks for it any more."""
        if host.timer is not None:
            host.timer.cancel()
        if host.place is not None:
            self._at_port[host.place[:2]] -= 1
        self._watch(host, None)
        self._hosts.pop(host.ip, None)

    def put(self, host: Host, place: Place) -> None:
        """A host is there."""
        if host.place is not None:
            self._at_port[host.place[:2]] -= 1
        host.place = place
        self._at_port[place[:2]] += 1

    def changed(self, host: Host) -> None:
        """A host is missed, or is not any more."""
        place = host.place if host.missed else None
        self._watch(host, None if place is None else place.mac)

    def _watch(self, host: Host, mac: int | None) -> None:
        if host.watched is not None and (ips := self.watched.get(host.watched)) is not None:
            ips.discard(host.ip)
            if not ips:
                del self.watched[host.watched]
        host.watched = mac
        if mac is not None:
            self.watched.setdefault(mac, set()).add(host.ip)
