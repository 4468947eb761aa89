"""How frames leave: by packet-outs, at the port behind which a host is, or at all behind which one may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import openflow as of
from apps.membership.network import frames
from apps.membership.network.frames import ETH_IPV4, ETH_IPV6
from apps.membership.network.places import Place
from apps.membership.network.station import Station
from controller import Controller, NoComponent


@of.template
def _send(port: int, data: bytes) -> of.PacketOut:
    return of.PacketOut(actions=[of.Output(port)], data=data)


class Wire:
    """The ports of all switches."""

    def __init__(self, ctrl: Controller, station: Station, counters: Counter[str]) -> None:
        self._ctrl = ctrl
        self._station = station
        self._counters = counters

    def packet(self, place: Place, packet: bytes) -> None:
        """Send an IP packet to whoever is there."""
        self.payload(place, ETH_IPV6 if packet[0] >> 4 == 6 else ETH_IPV4, packet)

    def payload(self, place: Place, eth_type: int, payload: bytes) -> None:
        """Send something else to whoever is there."""
        mac = self._station.mac
        self.frame(place, frames.ethernet(place.mac, mac, place.vlan, eth_type, payload))

    def frame(self, place: Place, frame: bytes) -> None:
        """Send a frame by the port of a place."""
        if self.reaches(place):
            self._ctrl.send(place.dpid, _send(place.port_no, frame))
        else:
            self._counters["no_place"] += 1

    def flood(self, frame: bytes) -> None:
        """Send a frame by all edge ports."""
        for dpid, port_no in self.edge_ports():
            self._ctrl.send(dpid, _send(port_no, frame))

    def reaches(self, place: Place) -> bool:
        """Whether its switch is connected."""
        return place.dpid in self._ctrl.switches

    def edge_ports(self) -> Iterator[tuple[int, int]]:
        """The ports behind which hosts may be."""
        try:
            links = self._ctrl.component("discovery").links
        except NoComponent:
            links = set()
        inner = {link[:2] for link in links} | {link[2:] for link in links}
        for dpid, switch in self._ctrl.switches.items():
            for port_no, port in switch.ports.items():
                if port.physical and port.up and (dpid, port_no) not in inner:
                    yield dpid, port_no
