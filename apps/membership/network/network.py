"""Our end of the data network: which packet-ins are for us, and how much of them is taken."""

from __future__ import annotations

from collections.abc import Callable

import openflow as of
from apps.membership.context import Context
from apps.membership.network import frames
from apps.membership.network.delivery import Delivery
from apps.membership.network.flows import HIGHEST, Flows
from apps.membership.network.frames import ETH_ARP, Transport
from apps.membership.network.limits import Limits
from apps.membership.network.places import Place, Places
from apps.membership.network.reception import Heard, Reception
from apps.membership.network.station import Station
from apps.membership.network.wire import Wire
from controller import STOP, Controller, DatapathJoin, DatapathLeave, Disposition, Event
from openflow import PacketIn
from openflow.packet import Packet

_MULTICAST = 1 << 40


class Network:
    """Whoever uses it gets signs of life by `heard`, and UDP and TCP by `transport`; it sends by `delivery`."""

    def __init__(
        self,
        ctrl: Controller,
        context: Context,
        station: Station,
        heard: Callable[[Heard], object],
        transport: Callable[[Transport], object],
    ) -> None:
        options = context.options
        self.station = station
        self.places = Places()
        self.watched: dict[int, set[bytes]] = {}
        """Hosts of which any frame is of interest, by Ethernet address: their IP addresses."""
        wire = Wire(ctrl, station, context.counters)
        self.delivery = Delivery(context, station, self.places, wire)
        self._reception = Reception(context, station, self.places, wire, self.delivery)
        self._reception.on_heard, self._reception.on_transport = heard, transport
        self._heard = heard
        self._ctrl = ctrl
        self._counters = context.counters
        self._flows = Flows(ctrl, station, options)
        self._limits = Limits(options.port_rate, options.rate, ctrl.now())
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PORT_STATUS, self.port_status)
        ctrl.register_cb(Event.PACKET_IN, self.packet_in, priority=HIGHEST)

    # --- switches -------------------------------------------------------------------------------

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Have a switch send up what is for us."""
        self._flows.join(dpid)

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """Nobody is behind a switch that is gone."""
        self.places.forget(dpid)
        self._limits.forget(dpid)
        self._flows.leave(dpid)

    def port_status(self, ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
        """Nor behind a port that is down."""
        port = ctrl.switch(dpid).ports.get(event.desc.port_no)
        if port is None or not port.up:
            self.places.forget(dpid, event.desc.port_no)

    # --- what comes -----------------------------------------------------------------------------

    def packet_in(self, ctrl: Controller, dpid: int, event: PacketIn) -> Disposition | None:
        """Take what is for us; of the rest, only look who is there."""
        frame = event.packet
        if self.watched and (ips := self.watched.get(frame.eth_src or 0)):
            self._saw(ips, dpid, event)
        if frame.eth_dst == self.station.mac or self.station.is_asked(frame):
            self._take(dpid, event)
            return STOP
        if frame.eth_type == ETH_ARP:
            self._overhear(dpid, event)
        return None

    def _saw(self, ips: set[bytes], dpid: int, event: PacketIn) -> None:
        """A frame of hosts that are watched."""
        direct = event.packet.eth_dst == self.station.mac
        for ip in tuple(ips):
            self._heard(Heard(ip, _place(dpid, event), direct))

    def _take(self, dpid: int, event: PacketIn) -> None:
        if event.buffer_id != of.NO_BUFFER:
            self._ctrl.send(dpid, of.PacketOut(event.buffer_id, event.in_port))
        refused = self._limits.refuse((dpid, event.in_port), self._ctrl.now())
        if refused:
            self._refuse(refused, dpid, event.in_port)
        elif self._is_forged(event.packet):
            self._counters["address_conflict"] += 1
        else:
            self._reception.receive(_place(dpid, event), frames.read(event.packet))

    def _refuse(self, refused: str, dpid: int, port_no: int) -> None:
        if refused == "ports_cut" and not self._flows.restrain(dpid, port_no):
            refused = "port_limited"
        self._counters[refused] += 1

    def _is_forged(self, frame: Packet) -> bool:
        source = frame.eth_src or 0
        return source == self.station.mac or bool(source & _MULTICAST)

    def _overhear(self, dpid: int, event: PacketIn) -> None:
        """An ARP message between others shows that its sender is there."""
        frame, place = event.packet, _place(dpid, event)
        sender = frame.arp_spa
        if sender and frame.arp_sha == place.mac and place.mac != self.station.mac:
            self._heard(Heard(sender.to_bytes(4, "big"), place, direct=False))


def _place(dpid: int, event: PacketIn) -> Place:
    frame = event.packet
    return Place(dpid, event.in_port, frame.eth_src or 0, frame.vlan_vid or 0)
