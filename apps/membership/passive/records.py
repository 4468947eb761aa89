"""What controllers share of hosts without an agent."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from apps.membership.network.places import Place
from apps.membership.passive.host import Host
from apps.swim.effects import Kind
from apps.swim.members import State


class Record(NamedTuple):
    """What is shared of a host, by its address as text."""

    name: str
    dpid: int
    port_no: int
    mac: int
    vlan: int
    incarnation: int
    state: int

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.dpid, self.port_no, self.mac, self.vlan)


def record_of(host: Host) -> Record:
    """What is shared of a host."""
    place = host.place or Place(0, 0, 0)
    args = place.dpid, place.port_no, place.mac, place.vlan
    return Record(host.name, *args, host.incarnation, int(host.state))


def read_record(address: object, value: Any) -> Record | None:
    """What another controller has shared of a host; None if it makes no sense."""
    try:
        ip_address(str(address))
        name, *numbers = value
        record = Record(name, *numbers)
        State(record.state)
    except (TypeError, ValueError):
        return None
    fits = isinstance(name, str) and all(isinstance(number, int) for number in numbers)
    return record if fits else None


def news(old: Record | None, new: Record) -> Kind | None:
    """What has happened to a host between two records; None for nothing of interest."""
    was = None if old is None else State(old.state)
    now = State(new.state)
    if now is not was and now in _NEWS:
        cleared = now is State.ALIVE and was is State.SUSPECT
        return Kind.MEMBER_CLEARED if cleared else _NEWS[now]
    moved = old is not None and old.place != new.place
    return Kind.MEMBER_UPDATE if moved else None


_NEWS = {
    State.ALIVE: Kind.MEMBER_JOIN,
    State.SUSPECT: Kind.MEMBER_SUSPECT,
    State.DEAD: Kind.MEMBER_FAILED,
}


class Records:
    """The shared map of them."""

    def __init__(self, shared: MutableMapping[Any, Any]) -> None:
        self._shared = shared

    def __iter__(self) -> Iterator[tuple[str, Record]]:
        for address, value in list(self._shared.items()):
            record = read_record(address, value)
            if record is not None:
                yield str(address), record

    def find(self, ip: bytes) -> Record | None:
        """What is shared of a host."""
        address = str(ip_address(ip))
        return read_record(address, self._shared.get(address))

    def put(self, host: Host) -> None:
        """Share what is known of a host."""
        self._shared[host.address] = tuple(record_of(host))

    def remove(self, host: Host) -> None:
        """It is nobody any more."""
        self._shared.pop(host.address, None)
