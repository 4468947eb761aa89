"""How IP packets get to hosts: where these are is known, or asked for while the packets wait."""

from __future__ import annotations

from apps.membership.context import Context
from apps.membership.network import frames
from apps.membership.network.limits import Bucket
from apps.membership.network.places import Place, Places
from apps.membership.network.station import Station
from apps.membership.network.wire import Wire

_WAITING_OF_EACH, _WAITING_MOST = 8, 256
_ASK_EVERY_S, _ASK_TIMES = 0.3, 4
_FLOODS_A_SECOND = 20.0


class _Waiting:
    """Packets for an address whose place is asked for."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.asked = 0


class Delivery:
    """Packets that wait, and the questions for their hosts."""

    def __init__(self, context: Context, station: Station, places: Places, wire: Wire) -> None:
        self._context = context
        self._counters = context.counters
        self._station = station
        self._places = places
        self._wire = wire
        self._waiting: dict[bytes, _Waiting] = {}
        self._floods = Bucket.full(_FLOODS_A_SECOND, context.now())

    # --- packets --------------------------------------------------------------------------------

    def send(self, ip: bytes, packet: bytes) -> None:
        """Send an IP packet to a host, once it is known where that is."""
        place = self._places.find(ip)
        if place is not None and self._wire.reaches(place):
            self._wire.packet(place, packet)
            return
        waiting = self._waiting.get(ip)
        if waiting is None and len(self._waiting) < _WAITING_MOST:
            waiting = self._waiting[ip] = _Waiting()
            self._ask(ip)
        if waiting is None or len(waiting.packets) >= _WAITING_OF_EACH:
            self._counters["no_place"] += 1
        else:
            waiting.packets.append(packet)

    def found(self, ip: bytes, place: Place) -> None:
        """A host is there: what has waited for that goes."""
        waiting = self._waiting.pop(ip, None)
        for packet in waiting.packets if waiting is not None else ():
            self._wire.packet(place, packet)

    def _ask(self, ip: bytes) -> None:
        """Ask for a host that packets wait for, and some times again."""
        waiting = self._waiting.get(ip)
        if waiting is None:
            return
        if waiting.asked == _ASK_TIMES:
            self._counters["no_place"] += len(waiting.packets)
            del self._waiting[ip]
            return
        waiting.asked += 1
        self.ask_everywhere(ip)
        self._context.after(_ASK_EVERY_S, lambda: self._ask(ip))

    # --- questions ------------------------------------------------------------------------------

    def ask_everywhere(self, ip: bytes) -> None:
        """Ask for a host at all edge ports."""
        station = self._station
        if self._floods.take(self._context.now()):
            source = station.source_for(ip)
            self._wire.flood(frames.question(station.mac, source, ip, station.vlan))
        else:
            self._counters["floods_limited"] += 1

    def ask_at(self, ip: bytes, place: Place, *, all_there: bool = False) -> None:
        """Ask for a host at one port; itself, or everybody there."""
        to, station = None if all_there else place.mac, self._station
        frame = frames.question(station.mac, station.unnamed(ip), ip, place.vlan, to)
        self._wire.frame(place, frame)

    def echo_at(self, ip: bytes, place: Place, number: int) -> None:
        """Send an echo request to a host."""
        payload = number.to_bytes(4, "big") + b"membership"
        self._wire.packet(place, frames.echo(True, self._station.source_for(ip), ip, payload))
