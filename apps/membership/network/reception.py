"""What is done with a frame for us: ARP, neighbour discovery and echo requests are answered, all says who is where.

An ARP or neighbour message is believed at once; other packets only as long as the Ethernet address stays the same. UDP
and TCP go to whoever has set `on_transport`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from apps.membership.context import Context
from apps.membership.network import frames
from apps.membership.network.delivery import Delivery
from apps.membership.network.frames import ETH_ARP, Arp, Echo, Lost, Neighbour, Transport
from apps.membership.network.places import Place, Places
from apps.membership.network.station import Station
from apps.membership.network.wire import Wire
from controller.counters import worth_logging

ALL_NODES = bytes.fromhex("ff02" + "00" * 13 + "01")
"""The multicast address of all IPv6 hosts of a link (RFC 4291, 2.7.1)."""

log = logging.getLogger(__name__)


class Heard(NamedTuple):
    """A sign of life of a host. `direct`: it was sent to us, so the place is where the host is."""

    ip: bytes
    place: Place
    direct: bool
    answer: bool = False


class Reception:
    """`on_heard` is told of each sign of life, `on_transport` of what is for UDP or TCP."""

    def __init__(
        self, context: Context, station: Station, places: Places, wire: Wire, delivery: Delivery
    ) -> None:
        self._counters = context.counters
        self._station = station
        self._places = places
        self._wire = wire
        self._delivery = delivery
        self.on_heard: Callable[[Heard], object] = lambda _: None
        self.on_transport: Callable[[Transport], object] = lambda _: None

    def receive(self, place: Place, read: frames.Read) -> None:
        """A frame for us has come from there."""
        if isinstance(read, Arp):
            self._arp(place, read)
        elif isinstance(read, Neighbour):
            self._neighbour(place, read)
        elif isinstance(read, Lost):
            self._counters[read.reason] += 1
        elif read.target not in (self._station.ip, self._station.link_local):
            self._counters["not_for_us"] += 1
        else:
            self._packet(place, read)

    def _packet(self, place: Place, read: Echo | Transport) -> None:
        self._learn(read.source, place, sure=False)
        if isinstance(read, Transport):
            self.on_transport(read)
        elif read.request:
            answer = frames.echo(False, read.target, read.source, read.payload)
            self._wire.packet(place, answer)
        else:
            self.on_heard(Heard(read.source, place, direct=True, answer=True))

    # --- ARP and neighbour discovery ------------------------------------------------------------

    def _arp(self, place: Place, read: Arp) -> None:
        station = self._station
        if read.sender == station.ip and station.ip:
            self._conflict(place)
            return
        if read.sender != frames.NOBODY and read.sender_mac == place.mac:
            self._is_there(read.sender, place, answer=read.op == frames.ARP_REPLY)
        if read.op == frames.ARP_REQUEST and read.target == station.ip:
            answer = frames.ARP_REPLY, station.mac, station.ip, read.sender_mac, read.sender
            self._wire.payload(place, ETH_ARP, frames.arp(*answer))

    def _neighbour(self, place: Place, read: Neighbour) -> None:
        source = read.source if read.solicit else read.target
        if source == self._station.ip:
            self._conflict(place)
        elif read.solicit:
            self._solicited(place, read)
        elif read.mac in (None, place.mac):
            self._is_there(source, place, answer=True)

    def _solicited(self, place: Place, read: Neighbour) -> None:
        station = self._station
        if read.target not in (station.ip, station.link_local):
            self._counters["not_for_us"] += 1
            return
        named = any(read.source)
        if named:
            self._is_there(read.source, place)
        to = read.source if named else ALL_NODES
        self._wire.packet(place, frames.advertise(read.target, station.mac, to))

    def _conflict(self, place: Place) -> None:
        self._counters["address_conflict"] += 1
        if worth_logging(self._counters["address_conflict"]):
            log.warning(
                "%012x at port %d of switch %016x claims the address of this controller",
                place.mac, place.port_no, place.dpid,
            )  # fmt: skip

    # --- who is where ---------------------------------------------------------------------------

    def _is_there(self, ip: bytes, place: Place, *, answer: bool = False) -> None:
        """A host says where it is."""
        self._learn(ip, place, sure=True)
        self.on_heard(Heard(ip, place, direct=True, answer=answer))

    def _learn(self, ip: bytes, place: Place, *, sure: bool) -> None:
        """Remember where a host is, and send what has waited for that."""
        known = self._places.find(ip)
        if known == place or (known is not None and not sure and known.mac != place.mac):
            return
        if self._places.put(ip, place):
            self._delivery.found(ip, place)
        else:
            self._counters["places_refused"] += 1
