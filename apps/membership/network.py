"""The data network, for a member that has no interface in it: frames leave by packet-outs, and come by packet-ins.

Every switch gets a few flow entries of the highest priority, the same on every version of OpenFlow: what is sent to our
Ethernet address comes up, as do the questions for our IP address, and nobody else may send from our address. What comes
is answered here where it is ARP, neighbour discovery or an echo request; UDP and TCP go to who has registered for them.

Where a host is is learned from what it sends to us; an ARP or neighbour message is believed at once, other packets only
as long as the Ethernet address stays the same. A packet for somebody whose place is not known waits while the question
goes out of all edge ports: those that the app `discovery`, if it runs, has not found to lead to another switch.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import openflow as of
from apps.membership import frames
from apps.membership.frames import (
    ETH_ARP,
    ETH_IPV4,
    ETH_IPV6,
    Arp,
    Lost,
    Neighbour,
    Transport,
)
from apps.membership.limits import CUT_S, Bucket, Limits
from apps.membership.options import Options
from apps.membership.places import Place, Places
from apps.swim.agenda import Agenda
from controller import (
    STOP,
    Controller,
    DatapathJoin,
    DatapathLeave,
    Disposition,
    Event,
    NoComponent,
)
from controller.counters import worth_logging
from openflow import PacketIn
from openflow.packet import Packet

CONTROLLERS = "membership/controllers"
"""The shared map of the Ethernet and IP addresses of all controllers of a cluster, by name."""

HIGHEST = 0xFFFF
_OURS, _FORGED, _CUT = HIGHEST - 3, HIGHEST - 2, HIGHEST - 1
_COOKIE = 0x6F66_6D65_6D62_6572

_WAITING_OF_EACH, _WAITING_MOST = 8, 256
_ASK_EVERY_S, _ASK_TIMES = 0.3, 4
_FLOODS_A_SECOND = 20.0
_VID_PRESENT = 0x1000
_MULTICAST = 1 << 40

log = logging.getLogger(__name__)


@of.template
def _send(port: int, data: bytes) -> of.PacketOut:
    return of.PacketOut(actions=[of.Output(port)], data=data)


def _matches(mac: int, address: bytes) -> Iterator[of.Match]:
    """What is to come up, for a controller with these addresses."""
    yield of.Match(eth_dst=mac)
    if len(address) == 4:
        yield of.Match(eth_type=ETH_ARP, arp_tpa=int.from_bytes(address, "big"))
    elif len(address) == 16:
        yield of.Match(eth_dst=frames.multicast_mac(frames.solicited_node(address)))


class Heard(NamedTuple):
    """A sign of life of a host. `direct`: it was sent to us, so the place is where the host is."""

    ip: bytes
    place: Place
    direct: bool
    answer: bool = False


class _Waiting:
    """Packets for an address whose place is asked for."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.asked = 0


class Network:
    """Our end of the data network. Whoever uses it sets `on_heard`, `on_transport` and `on_echo`."""

    def __init__(
        self, ctrl: Controller, options: Options, agenda: Agenda, counters: Counter[str], mac: int
    ) -> None:
        self.ctrl = ctrl
        self.options = options
        self.agenda = agenda
        self.counters = counters
        self.places = Places()
        self.mac = mac
        self.address = options.address
        self.link_local = frames.link_local(mac)
        self.watched: dict[int, set[bytes]] = {}
        """Hosts of which any frame is of interest, by Ethernet address: their IP addresses."""
        self.on_heard: Callable[[Heard], object] = lambda _: None
        self.on_transport: Callable[[Transport], object] = lambda _: None
        self._vlan = options.vlan | _VID_PRESENT if options.vlan else 0
        self._limits = Limits(options.port_rate, options.rate, ctrl.now())
        self._floods = Bucket.full(_FLOODS_A_SECOND, ctrl.now())
        self._waiting: dict[bytes, _Waiting] = {}
        self._group = self._group_mac()
        ctrl.shared(CONTROLLERS)[options.name] = (mac, self.address)
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PORT_STATUS, self.port_status)
        ctrl.register_cb(Event.PACKET_IN, self.packet_in, priority=HIGHEST)

    def _group_mac(self) -> int | None:
        """Where hosts ask for our address, if that is one of IPv6."""
        if len(self.address) != 16:
            return None
        return frames.multicast_mac(frames.solicited_node(self.address))

    # --- switches -------------------------------------------------------------------------------

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Have a switch send up what is for us, and not any more what was for its last controller."""
        for mac, address in self._others():
            for match in _matches(mac, address):
                self._flow(dpid, match, _OURS, command=of.FlowModCommand.DELETE_STRICT)
            forged = of.Match(eth_src=mac)
            self._flow(dpid, forged, _FORGED, command=of.FlowModCommand.DELETE_STRICT)
        up = [of.ApplyActions([of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)])]
        for match in _matches(self.mac, self.address):
            self._flow(dpid, match, _OURS, instructions=up)
        self._flow(dpid, of.Match(eth_src=self.mac), _FORGED)

    def _flow(self, dpid: int, match: of.Match, priority: int, **more: Any) -> None:
        self.ctrl.send(dpid, of.FlowMod(match, priority=priority, cookie=_COOKIE, **more))

    def _others(self) -> Iterator[tuple[int, bytes]]:
        """The addresses that other controllers of our cluster have, or have had."""
        for value in self.ctrl.shared(CONTROLLERS).values():
            match value:
                case (int() as mac, bytes() as address) if mac != self.mac and mac >> 48 == 0:
                    yield mac, address

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """Nobody is behind a switch that is gone."""
        self.places.forget(dpid)
        self._limits.forget(dpid)

    def port_status(self, ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
        """Nor behind a port that is down."""
        port = ctrl.switch(dpid).ports.get(event.desc.port_no)
        if port is None or not port.up:
            self.places.forget(dpid, event.desc.port_no)

    def _cut(self, dpid: int, port_no: int) -> None:
        """Have a switch drop what a port sends to us, for a while."""
        log.warning("port %d of switch %016x sends too much; cut for %d s", port_no, dpid, CUT_S)
        for match in _matches(self.mac, self.address):
            self._flow(dpid, of.Match({**match, "in_port": port_no}), _CUT, hard_timeout=CUT_S)

    # --- what comes -----------------------------------------------------------------------------

    def packet_in(self, ctrl: Controller, dpid: int, event: PacketIn) -> Disposition | None:
        """Take what is for us; of the rest, only look who is there."""
        frame = event.packet
        if self.watched and (ips := self.watched.get(frame.eth_src or 0)):
            for ip in tuple(ips):
                self.on_heard(Heard(ip, self._place(dpid, event), direct=frame.eth_dst == self.mac))
        if frame.eth_dst == self.mac or (frame.eth_dst == self._group and self._is_asked(frame)):
            return self._take(dpid, event)
        if frame.eth_type == ETH_ARP:
            address = int.from_bytes(self.address, "big")
            if len(self.address) == 4 and frame.arp_tpa == address:
                return self._take(dpid, event)
            self._overhear(dpid, event)
        return None

    def _is_asked(self, frame: Packet) -> bool:
        """Whether a question is about our address, and not about another whose end is the same."""
        return frame.ipv6_nd_target == int.from_bytes(self.address, "big")

    def _take(self, dpid: int, event: PacketIn) -> Disposition:
        if event.buffer_id != of.NO_BUFFER:
            self.ctrl.send(dpid, of.PacketOut(event.buffer_id, event.in_port))
        refused = self._limits.refuse((dpid, event.in_port), self.ctrl.now())
        if refused:
            self.counters[refused] += 1
            if refused == "ports_cut":
                self._cut(dpid, event.in_port)
        elif event.packet.eth_src == self.mac or (event.packet.eth_src or 0) & _MULTICAST:
            self.counters["address_conflict"] += 1
        else:
            self._receive(self._place(dpid, event), frames.read(event.packet))
        return STOP

    def _receive(self, place: Place, read: frames.Read) -> None:
        if isinstance(read, Arp):
            self._receive_arp(place, read)
        elif isinstance(read, Neighbour):
            self._receive_neighbour(place, read)
        elif isinstance(read, Lost):
            self.counters[read.reason] += 1
        elif read.target not in (self.address, self.link_local):
            self.counters["not_for_us"] += 1
        else:
            self._learn(read.source, place, sure=False)
            if isinstance(read, Transport):
                self.on_transport(read)
            elif read.request:
                answer = frames.echo(False, read.target, read.source, read.payload)
                self._out(place, answer)
            else:
                self.on_heard(Heard(read.source, place, direct=True, answer=True))

    def _receive_arp(self, place: Place, read: Arp) -> None:
        if read.sender in (self.address, frames.NOBODY):
            if read.sender == self.address and self.address:
                self._conflict(place)
                return
        elif read.sender_mac == place.mac:
            self._learn(read.sender, place, sure=True)
            answer = read.op == frames.ARP_REPLY
            self.on_heard(Heard(read.sender, place, direct=True, answer=answer))
        if read.op == frames.ARP_REQUEST and read.target == self.address:
            args = frames.ARP_REPLY, self.mac, self.address, read.sender_mac, read.sender
            body = frames.arp(*args)
            self._out_frame(place, ETH_ARP, body)

    def _receive_neighbour(self, place: Place, read: Neighbour) -> None:
        source = read.source if read.solicit else read.target
        if source == self.address:
            self._conflict(place)
        elif not read.solicit:
            if read.mac in (None, place.mac):
                self._learn(source, place, sure=True)
                self.on_heard(Heard(source, place, direct=True, answer=True))
        elif read.target in (self.address, self.link_local):
            if any(source):
                self._learn(source, place, sure=True)
                self.on_heard(Heard(source, place, direct=True))
            to = source if any(source) else bytes.fromhex("ff02" + "00" * 13 + "01")
            self._out(place, frames.advertise(read.target, self.mac, to))
        else:
            self.counters["not_for_us"] += 1

    def _conflict(self, place: Place) -> None:
        self.counters["address_conflict"] += 1
        if worth_logging(self.counters["address_conflict"]):
            log.warning(
                "%012x at port %d of switch %016x claims the address of this controller",
                place.mac, place.port_no, place.dpid,
            )  # fmt: skip

    def _overhear(self, dpid: int, event: PacketIn) -> None:
        """An ARP message between others shows that its sender is there."""
        frame, place = event.packet, self._place(dpid, event)
        sender = frame.arp_spa
        if sender and frame.arp_sha == place.mac and place.mac != self.mac:
            self.on_heard(Heard(sender.to_bytes(4, "big"), place, direct=False))

    def _place(self, dpid: int, event: PacketIn) -> Place:
        frame = event.packet
        return Place(dpid, event.in_port, frame.eth_src or 0, frame.vlan_vid or 0)

    def _learn(self, ip: bytes, place: Place, *, sure: bool) -> None:
        """Remember where a host is, and send what has waited for that."""
        known = self.places.find(ip)
        if known == place or (known is not None and not sure and known.mac != place.mac):
            return
        if not self.places.put(ip, place):
            self.counters["places_refused"] += 1
            return
        waiting = self._waiting.pop(ip, None)
        for packet in waiting.packets if waiting is not None else ():
            self._out(place, packet)

    # --- what goes ------------------------------------------------------------------------------

    def send(self, ip: bytes, packet: bytes) -> None:
        """Send an IP packet to a host, once it is known where that is."""
        place = self.places.find(ip)
        if place is not None and place.dpid in self.ctrl.switches:
            self._out(place, packet)
            return
        waiting = self._waiting.get(ip)
        if waiting is None and len(self._waiting) < _WAITING_MOST:
            waiting = self._waiting[ip] = _Waiting()
            self._ask(ip)
        if waiting is None or len(waiting.packets) >= _WAITING_OF_EACH:
            self.counters["no_place"] += 1
        else:
            waiting.packets.append(packet)

    def _ask(self, ip: bytes) -> None:
        """Ask for a host that packets wait for, and some times again."""
        waiting = self._waiting.get(ip)
        if waiting is None:
            return
        if waiting.asked == _ASK_TIMES:
            self.counters["no_place"] += len(waiting.packets)
            del self._waiting[ip]
            return
        waiting.asked += 1
        self.flood_question(ip)
        self.agenda.add(self.ctrl.now() + _ASK_EVERY_S, lambda: self._ask(ip))

    def flood_question(self, ip: bytes) -> None:
        """Ask for a host at all edge ports."""
        if not self._floods.take(self.ctrl.now()):
            self.counters["floods_limited"] += 1
            return
        source = self.address if len(self.address) == len(ip) else self.unnamed(ip)
        frame = frames.question(self.mac, source, ip, self._vlan)
        for dpid, port_no in self.edge_ports():
            self.ctrl.send(dpid, _send(port_no, frame))

    def ask_at(self, ip: bytes, place: Place, *, all_there: bool = False) -> None:
        """Ask for a host at one port; itself, or everybody there."""
        to = None if all_there else place.mac
        frame = frames.question(self.mac, self.unnamed(ip), ip, place.vlan, to)
        self._out_bytes(place, frame)

    def echo_at(self, ip: bytes, place: Place, number: int) -> None:
        """Send an echo request to a host."""
        source = self.address if len(self.address) == len(ip) else self.unnamed(ip)
        payload = number.to_bytes(4, "big") + b"membership"
        self._out(place, frames.echo(True, source, ip, payload))

    def unnamed(self, ip: bytes) -> bytes:
        """What a question comes from that does not tell our address, as hosts of any subnet answer it (RFC 5227)."""
        return frames.NOBODY if len(ip) == 4 else self.link_local

    def edge_ports(self) -> Iterator[tuple[int, int]]:
        """The ports behind which hosts may be."""
        try:
            links = self.ctrl.component("discovery").links
        except NoComponent:
            links = set()
        inner = {link[:2] for link in links} | {link[2:] for link in links}
        for dpid, switch in self.ctrl.switches.items():
            for port_no, port in switch.ports.items():
                if port.physical and port.up and (dpid, port_no) not in inner:
                    yield dpid, port_no

    def _out(self, place: Place, packet: bytes) -> None:
        self._out_frame(place, ETH_IPV6 if packet[0] >> 4 == 6 else ETH_IPV4, packet)

    def _out_frame(self, place: Place, eth_type: int, payload: bytes) -> None:
        frame = frames.ethernet(place.mac, self.mac, place.vlan, eth_type, payload)
        self._out_bytes(place, frame)

    def _out_bytes(self, place: Place, frame: bytes) -> None:
        if place.dpid in self.ctrl.switches:
            self.ctrl.send(place.dpid, _send(place.port_no, frame))
        else:
            self.counters["no_place"] += 1
