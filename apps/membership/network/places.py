"""Where hosts are: behind which port of which switch, and with which Ethernet address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PLACES_MOST = 1 << 16


class Place(NamedTuple):
    """Where a host was heard of; `vlan` is as in `Packet.vlan_vid`."""

    dpid: int
    port_no: int
    mac: int
    vlan: int = 0


class Places:
    """By IP address. Of one that is not there any more it is still known where it was."""

    def __init__(self) -> None:
        self._places: dict[bytes, Place] = {}
        self._gone: set[bytes] = set()

    def find(self, ip: bytes) -> Place | None:
        """Where a host is, if that is known."""
        return None if ip in self._gone else self._places.get(ip)

    def last(self, ip: bytes) -> Place | None:
        """Where it is, or was."""
        return self._places.get(ip)

    def put(self, ip: bytes, place: Place) -> bool:
        """Remember it; False when there are too many."""
        if ip not in self._places and len(self._places) >= PLACES_MOST and not self._make_room():
            return False
        self._places[ip] = place
        self._gone.discard(ip)
        return True

    def forget(self, dpid: int, port_no: int | None = None) -> None:
        """A switch is gone, or one port of it."""
        self._gone.update(
            ip
            for ip, place in self._places.items()
            if place.dpid == dpid and port_no in (None, place.port_no)
        )

    def lose(self, ip: bytes) -> None:
        """A host is not where it was."""
        if ip in self._places:
            self._gone.add(ip)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._places)

    def _make_room(self) -> bool:
        for ip in self._gone:
            del self._places[ip]
        self._gone.clear()
        return len(self._places) < PLACES_MOST
