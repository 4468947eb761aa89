"""NORMAL: what a learning switch without OpenFlow does (OpenFlow 1.3.5, 4.5; IEEE 802.1Q).

It learns behind which port an address lives from the frames that it sends, separately for each
VLAN, and forgets it some minutes later. The table is bounded: a new address takes the place of the
one that was silent for longest. A switch that has lost its controllers can live on one such entry.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from openflow.addresses import MULTICAST_BIT
from openflow.packet import Packet

_RESERVED_FIRST = 0x0180_C200_0000
_RESERVED_COUNT = 16

Verdict = int | None | Literal["normal_reserved", "too_short"]
"""The port to send to, None to flood, or the name of the reason to drop."""


@dataclass(slots=True)
class _Station:
    port_no: int
    heard: float


class LearningSwitch:
    """Addresses and the ports behind which they live; the one heard last is last."""

    def __init__(self, ports: Container[int], max_macs: int, age_s: float) -> None:
        self._ports = ports
        self._max_macs = max_macs
        self._age_s = age_s
        self._stations: OrderedDict[tuple[int, int], _Station] = OrderedDict()

    def __len__(self) -> int:
        return len(self._stations)

    def forward(self, packet: Packet, in_port: int, now: float) -> Verdict:
        """Learn from a frame and say where it goes."""
        source, destination = packet.eth_src, packet.eth_dst
        if source is None or destination is None:
            return "too_short"
        vlan = (packet.vlan_vid or 0) & 0xFFF
        if in_port in self._ports:
            self.learn(vlan, source, in_port, now)
        if 0 <= destination - _RESERVED_FIRST < _RESERVED_COUNT:
            return "normal_reserved"
        return self.port_of(vlan, destination, now)

    def learn(self, vlan: int, source: int, in_port: int, now: float) -> None:
        """Note that an address was heard of at a port."""
        if source & MULTICAST_BIT:
            return
        key = (vlan, source)
        self._stations[key] = _Station(in_port, now)
        self._stations.move_to_end(key)
        if len(self._stations) > self._max_macs:
            self._stations.popitem(last=False)

    def rehearsal(self) -> LearningSwitch:
        """A switch that knows what this one does, and learns for itself alone."""
        twin = LearningSwitch(self._ports, self._max_macs, self._age_s)
        twin._stations = self._stations.copy()
        return twin

    def port_of(self, vlan: int, address: int, now: float) -> int | None:
        """The port behind which an address was heard of late; None when it is not known."""
        station = self._stations.get((vlan, address))
        if station is None or now - station.heard >= self._age_s:
            return None
        return station.port_no

    def forget_port(self, port_no: int) -> None:
        """Forget all that lives behind a port that is gone or down."""
        for key in [key for key, one in self._stations.items() if one.port_no == port_no]:
            del self._stations[key]

    def expire(self, now: float) -> None:
        """Forget the addresses that were silent for too long."""
        while self._stations:
            oldest = next(iter(self._stations.values()))
            if now - oldest.heard < self._age_s:
                return
            self._stations.popitem(last=False)
