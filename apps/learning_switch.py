"""Learning switch: sends frames where their destination was last seen, and sets up flows between known hosts.

A flow matches where a frame comes from as well as where it goes. So the first frame that a host sends from another
port matches no flow, comes here, and the flows that are wrong since then are deleted.
"""

from __future__ import annotations

from collections import defaultdict

import openflow as of
from controller import Controller, DatapathJoin, DatapathLeave, Event, MemberEvent, SharedMap
from openflow import NO_BUFFER

IDLE_TIMEOUT_S = 60  # a flow ends when it has been idle for so long,
HARD_TIMEOUT_S = 300  # and after this time anyway, so that a host which stays is heard of again
MAX_AGE_S = 900  # a host that has not been heard of is forgotten after this time, or up to half of it earlier
MAX_HOSTS = 1 << 17  # that one switch learns in half of that time
MULTICAST = 1 << 40  # the bit that tells addresses of groups from those of hosts
LINK_LOCAL = 0x0180_C200_0000  # to 0f: between neighbours (LLDP, spanning tree), never forwarded
LAST_LOCAL = LINK_LOCAL | 0xF
FLOOD = of.PortNo.FLOOD


@of.template
def forward(in_port: int, vlan: int, src: int, dst: int, port: int, buffer_id: int) -> of.FlowMod:
    """Set up a flow from one host to another; a frame that the switch has kept takes it by itself."""
    match = of.Match(in_port=in_port, vlan_vid=vlan, eth_src=src, eth_dst=dst)
    flow = of.FlowMod(match, [of.ApplyActions([of.Output(port)])], buffer_id=buffer_id)
    flow.idle_timeout, flow.hard_timeout = IDLE_TIMEOUT_S, HARD_TIMEOUT_S
    return flow


@of.template
def send(in_port: int, port: int, data: bytes) -> of.PacketOut:
    """Send a frame."""
    return of.PacketOut(NO_BUFFER, in_port, [of.Output(port)], data)


@of.template
def release(in_port: int, port: int, buffer_id: int) -> of.PacketOut:
    """Send a frame that the switch has kept."""
    return of.PacketOut(buffer_id, in_port, [of.Output(port)])


@of.template
def discard(in_port: int, buffer_id: int) -> of.PacketOut:
    """Drop a frame that the switch has kept."""
    return of.PacketOut(buffer_id, in_port)


class Hosts:
    """The ports behind which a switch has seen hosts, by VLAN and Ethernet address: lately, and some time before.

    In a cluster it starts with what the switch's last master has `shared`, and shares what is new.
    """

    def __init__(self, shared: SharedMap | None = None) -> None:
        self.lately: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self.before: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self.heard = 0
        self.shared = shared
        for (vlan, mac), port in shared.items() if shared else ():
            self.before[vlan][mac] = port

    def find(self, vlan: int, mac: int) -> int | None:
        """The port behind which a host is, if it is known."""
        return self.lately[vlan].get(mac) or self.before[vlan].get(mac)

    def add(self, vlan: int, mac: int, port: int) -> None:
        """Remember where a host is."""
        self.before[vlan].pop(mac, None)
        new = mac not in self.lately[vlan]
        if not new or self.heard < MAX_HOSTS:
            self.lately[vlan][mac] = port
            self.heard += new
        if self.shared is not None and self.shared.get((vlan, mac)) != port:
            self.shared[vlan, mac] = port

    def age(self) -> None:
        """Forget those that have not been heard of lately, unless they are heard of before this is called again."""
        for vlan, hosts in self.before.items():
            for mac in hosts:
                self.unshare(vlan, mac)
        self.before, self.lately, self.heard = self.lately, defaultdict(dict), 0

    def unshare(self, vlan: int, mac: int) -> None:
        """Nobody needs to know where a host was."""
        if self.shared is not None:
            self.shared.pop((vlan, mac), None)

    def forget(self, mac: int) -> list[tuple[int, int]]:
        """Forget a host; the VLANs that it was in, with its ports."""
        vlans = [v for v in {*self.lately, *self.before} if self.find(v, mac) is not None]
        places = [(vlan, self.find(vlan, mac) or 0) for vlan in vlans]
        for vlan in vlans:
            self.lately[vlan].pop(mac, None)
            self.before[vlan].pop(mac, None)
            self.unshare(vlan, mac)
        return places

    def forget_port(self, port: int) -> None:
        """Forget all hosts behind a port."""
        for vlan, hosts in (*self.lately.items(), *self.before.items()):
            for mac in [mac for mac, place in hosts.items() if place == port]:
                del hosts[mac]
                self.unshare(vlan, mac)


class LearningSwitch:
    """What the switches of one controller have learned."""

    def __init__(self, ctrl: Controller) -> None:
        self.hosts: dict[int, Hosts] = {}
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PACKET_IN, self.packet_in)
        ctrl.register_cb(Event.PORT_STATUS, self.port_status)
        ctrl.register_cb(Event.MEMBER_FAILED, self.member_failed)
        ctrl.post_callback(MAX_AGE_S / 2, self.age, ctrl)

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Have what no flow matches sent up (from OpenFlow 1.3 on it is dropped else), and leave all flows as they are.

        It starts with nothing, but in a cluster.
        """
        self.hosts[dpid] = Hosts(ctrl.shared(f"hosts/{dpid:016x}") if ctrl.clustered else None)
        send_up = of.ApplyActions([of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)])
        ctrl.send(dpid, of.FlowMod(of.Match(), [send_up], priority=0))

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """Forget what the switch had learned."""
        del self.hosts[dpid]

    def packet_in(self, ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        """Learn the frame's source, then send it to its destination."""
        frame, in_port, buffer_id = event.packet, event.in_port, event.buffer_id
        vlan, src, dst = frame.vlan_vid, frame.eth_src, frame.eth_dst
        port: int | None
        if vlan is None or src is None or dst is None or LINK_LOCAL <= dst <= LAST_LOCAL:
            drop(ctrl, dpid, event)
            return
        lately = self.hosts[dpid].lately[vlan]
        try:
            known, port = lately[src] == in_port, lately[dst]
        except KeyError:  # one of them has not been heard of lately
            known, port = False, None
        if not known:
            self.learn(ctrl, dpid, vlan, src, in_port)
        if port is None:
            port = self.hosts[dpid].find(vlan, dst)
        if port == in_port:  # both are behind the same port, and have heard each other
            drop(ctrl, dpid, event)
        elif port is None:
            output(ctrl, dpid, event, FLOOD)
        else:
            ctrl.send(dpid, forward(in_port, vlan, src, dst, port, buffer_id))
            if buffer_id == NO_BUFFER:
                output(ctrl, dpid, event, port)

    def learn(self, ctrl: Controller, dpid: int, vlan: int, mac: int, port: int) -> None:
        """Remember where a host is; delete the flows to and from where it was."""
        old = self.hosts[dpid].find(vlan, mac)
        if old is not None and old != port:
            delete_flows(ctrl, dpid, vlan, mac, old)
        if not mac & MULTICAST:
            self.hosts[dpid].add(vlan, mac, port)

    def port_status(self, ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
        """Forget the hosts behind a port that is gone, and delete the flows to them."""
        port = event.desc.port_no
        if event.reason == of.PortReason.DELETE or event.desc.state & of.PortState.LINK_DOWN:
            self.hosts[dpid].forget_port(port)
            ctrl.send(dpid, of.FlowMod(command=of.FlowModCommand.DELETE, out_port=port))

    def member_failed(self, ctrl: Controller, _: int, event: MemberEvent) -> None:
        """Forget a host that is given up, and delete the flows to and from it; it is learned again when it is back."""
        mac = event.mac
        if mac is None:
            return
        for dpid, hosts in self.hosts.items():
            for vlan, port in hosts.forget(mac):
                delete_flows(ctrl, dpid, vlan, mac, port)

    def age(self, ctrl: Controller) -> None:
        """Forget hosts that have not been heard of, again and again."""
        for hosts in self.hosts.values():
            hosts.age()
        ctrl.post_callback(MAX_AGE_S / 2, self.age, ctrl)


def delete_flows(ctrl: Controller, dpid: int, vlan: int, mac: int, port: int) -> None:
    """Delete the flows to and from a host that was behind a port."""
    to_host = of.Match(vlan_vid=vlan, eth_dst=mac)
    from_host = of.Match(in_port=port, vlan_vid=vlan, eth_src=mac)
    ctrl.send(dpid, of.FlowMod(to_host, command=of.FlowModCommand.DELETE, out_port=port))
    ctrl.send(dpid, of.FlowMod(from_host, command=of.FlowModCommand.DELETE))


def output(ctrl: Controller, dpid: int, event: of.PacketIn, port: int) -> None:
    """Send a frame, or the copy that the switch keeps of it."""
    if event.buffer_id == NO_BUFFER:
        ctrl.send(dpid, send(event.in_port, port, event.data))
    else:
        ctrl.send(dpid, release(event.in_port, port, event.buffer_id))


def drop(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    """Do nothing with a frame; the switch need not keep it."""
    if event.buffer_id != NO_BUFFER:
        ctrl.send(dpid, discard(event.in_port, event.buffer_id))


def init(ctrl: Controller) -> None:
    """Start the app."""
    LearningSwitch(ctrl)
