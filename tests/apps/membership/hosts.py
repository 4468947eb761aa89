"""Hosts in a simulated network: some with an agent, some that only answer ARP and echo requests."""

from __future__ import annotations

from ipaddress import ip_address
from random import Random
from typing import Any

import openflow as of
from apps import learning_switch
from apps.membership import Membership, Options
from apps.membership.context import Context
from apps.membership.exchanges import Exchanges
from apps.membership.network import frames
from apps.membership.network.frames import Arp, Echo, Neighbour, Transport
from apps.swim.address import Address
from apps.swim.config import Config
from apps.swim.core import Core
from apps.swim.effects import Connect, Deliver, Effect, Kind, Send
from apps.swim.members import Identity
from controller import MemberEvent
from openflow.packet import Packet
from openflow.versions import Version
from tests.apps.network import Network

VIRTUAL = ip_address("10.0.0.254").packed
OPTIONS = Options(address=VIRTUAL, preset="fast")


class SimHost:
    """A host that answers for its address; with `agent` it is a member, too."""

    def __init__(self, world: World, name: str, address: str, at: tuple[int, int]) -> None:
        self.world = world
        self.name = name
        self.ip = ip_address(address).packed
        self.mac = 0x0200_0000_0000 | int.from_bytes(self.ip[-3:], "big")
        self.at = at
        self.alive = True
        self.neighbours: dict[bytes, int] = {}
        self.waiting: dict[bytes, list[bytes]] = {}
        self.echoed: list[Echo] = []
        self.asked: list[frames.Read] = []
        self.core: Core | None = None
        self.delivered: list[bytes] = []
        """What applications have broadcast."""

    def start_agent(self, join: bool = True, config: Config | None = None) -> Core:
        """Have it be a member."""
        now = self.world.shell.now
        self.context = context = Context(OPTIONS, now, Random(self.name))
        me = Identity(self.name, self.ip, 7946)
        self.core = core = Core(
            config or self.world.membership.options.config, me, context.rng, now()
        )
        at = Address(self.ip, 7946)
        self.exchanges = Exchanges(context, at, self.send_packet, core.stream, self.carry)
        if join:
            self.join()
        return core

    def join(self) -> None:
        """Join the controller."""
        assert self.core is not None
        self.carry(self.core.join([Address(VIRTUAL, 7946)], self.world.shell.now()))

    def carry(self, effects: list[Effect]) -> None:
        """What the core wants."""
        for effect in effects:
            if isinstance(effect, Send):
                to = effect.to
                self.send_packet(to.ip, frames.udp(self.ip, 7946, to.ip, to.port, effect.data))
            elif isinstance(effect, Connect):
                self.exchanges.open(effect.to, effect.stream)
            elif isinstance(effect, Deliver):
                self.delivered.append(effect.data)

    def advance(self, now: float) -> None:
        """Do what is due."""
        if self.core is not None and self.alive:
            while (action := self.context.agenda.due(now)) is not None:
                action()
            self.carry(self.core.advance(now))

    def send_packet(self, ip: bytes, packet: bytes) -> None:
        """Send an IP packet, asking for the Ethernet address first."""
        mac = self.neighbours.get(ip)
        if mac is not None:
            eth_type = frames.ETH_IPV6 if len(ip) == 16 else frames.ETH_IPV4
            self.put(frames.ethernet(mac, self.mac, 0, eth_type, packet))
            return
        self.waiting.setdefault(ip, []).append(packet)
        self.put(frames.question(self.mac, self.ip, ip, 0))

    def put(self, frame: bytes) -> None:
        """Send a frame, if the host lives and its switch is there."""
        if self.alive and self.at[0] in self.world.switches:
            self.world.switches[self.at[0]].receive(self.at[1], frame)

    def receive(self, data: bytes) -> None:
        """A frame has come."""
        packet = Packet(data)
        if not self.alive or packet.eth_dst == 0 or packet.eth_src == self.mac:
            return
        read = frames.read(packet)
        if isinstance(read, Arp):
            self._receive_arp(packet, read)
        elif isinstance(read, Neighbour):
            self._receive_neighbour(packet, read)
        elif isinstance(read, Echo) and read.target == self.ip:
            if read.request:
                self.send_packet(
                    read.source, frames.echo(False, self.ip, read.source, read.payload)
                )
            else:
                self.echoed.append(read)
        elif isinstance(read, Transport) and read.target == self.ip and self.core is not None:
            self._receive_transport(self.core, read)

    def _receive_arp(self, packet: Packet, read: Arp) -> None:
        if read.target == self.ip or read.op == frames.ARP_REPLY:
            self._know(read.sender, read.sender_mac)
        if read.op == frames.ARP_REQUEST and read.target == self.ip:
            self.asked.append(read)
            body = frames.arp(frames.ARP_REPLY, self.mac, self.ip, read.sender_mac, read.sender)
            self.put(frames.ethernet(read.sender_mac, self.mac, 0, frames.ETH_ARP, body))

    def _receive_neighbour(self, packet: Packet, read: Neighbour) -> None:
        if read.solicit and read.target == self.ip and read.mac is not None:
            self.asked.append(read)
            body = frames.advertise(self.ip, self.mac, read.source)
            self.put(frames.ethernet(read.mac, self.mac, 0, frames.ETH_IPV6, body))
        elif not read.solicit and read.mac is not None:
            self._know(read.target, read.mac)

    def _know(self, ip: bytes, mac: int) -> None:
        if any(ip):
            self.neighbours[ip] = mac
            for waiting in self.waiting.pop(ip, []):
                self.send_packet(ip, waiting)

    def _receive_transport(self, core: Core, read: Transport) -> None:
        if read.proto == frames.TCP:
            self.exchanges.receive(read.source, read.data)
            return
        datagram = frames.datagram(read.data)
        assert datagram is not None
        source = Address(read.source, datagram[0])
        self.carry(core.receive(datagram[2], source, self.world.shell.now()))


class World(Network):
    """Switches with the learning switch and membership, and what is said of the members."""

    membership: Membership

    def __init__(self, options: Options = OPTIONS, version: Version = of.V1_3) -> None:
        class App:
            @staticmethod
            def init(ctrl: Any) -> None:
                self.learning = learning_switch.LearningSwitch(ctrl)
                self.membership = Membership(ctrl, options, Random(1))

        super().__init__(App, version)
        self.hosts: dict[tuple[int, int], SimHost] = {}
        self.said: list[tuple[str, int, MemberEvent]] = []
        for kind in Kind:
            self.controller.register_cb(kind.value, self._note(kind.value))

    def _note(self, event: str) -> Any:
        return lambda ctrl, dpid, value: self.said.append((event, dpid, value))

    def host(self, name: str, address: str, at: tuple[int, int]) -> SimHost:
        """Put a host at a port."""
        self.hosts[at] = SimHost(self, name, address, at)
        return self.hosts[at]

    def lose_switch(self, dpid: int) -> None:
        """A switch is gone."""
        self.controller.switch(dpid).disconnect()
        self.settle()
        del self.switches[dpid]

    def kinds(self, name: str) -> list[str]:
        """What has been said of a member."""
        return [event.removeprefix("member_") for event, _, m in self.said if m.name == name]

    def pass_time(self, seconds: float, step: float = 0.02) -> None:
        """Let time pass, so that frames move meanwhile."""
        end = self.shell.time + seconds
        self._move()
        while self.shell.time < end:
            self.shell.pass_time(step)
            for host in self.hosts.values():
                host.advance(self.shell.time)
            self._move()

    def end(self) -> float:
        """Have the controller asked to end; how long apps take for that."""
        begun, ended = self.shell.time, []

        async def wind_up() -> None:
            await self.controller.wind_up()
            ended.append(self.shell.time)

        self.shell.spawn(wind_up())
        self.pass_time(5)
        return ended[0] - begun

    def _move(self) -> None:
        """Frames and messages, until none is left."""
        self.settle()
        while self.heard:
            heard, self.heard = self.heard, {}
            for at, frames_there in heard.items():
                if at in self.hosts:
                    for frame in frames_there:
                        self.hosts[at].receive(frame)
            self.settle()


def cluster(version: Version = of.V1_3, options: Options = OPTIONS) -> World:
    """Two switches in a row, each with a host that has an agent."""
    world = World(options, version)
    world.link((1, 4), (2, 4))
    for dpid in (1, 2):
        world.add(dpid, 4)
        world.host(f"h{dpid}", f"10.0.0.{dpid}", (dpid, 1)).start_agent()
    world.pass_time(3)
    return world
