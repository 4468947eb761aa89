"""Learning switch: sends frames where their destination was last seen, and sets up flows between known hosts.

A flow matches where a frame comes from as well as where it goes. So the first frame that a host sends from another
port matches no flow, comes here, and the flows that are wrong since then are deleted.
"""

from __future__ import annotations

import openflow as of
from controller import Controller, DatapathJoin, DatapathLeave, Event

IDLE_TIMEOUT_S = 60  # a flow ends when it has been idle for so long,
HARD_TIMEOUT_S = 300  # and after this time anyway, so that a host which stays is heard of again
MAX_AGE_S = 600  # a host that has not been heard of is forgotten
MAX_HOSTS = 1 << 17  # of one switch
MULTICAST = 1 << 40  # the bit that tells addresses of groups from those of hosts
LINK_LOCAL = 0x0180_C200_0000  # to 0f: between neighbours (LLDP, spanning tree), never forwarded

Host = tuple[int, int]
"""VLAN and Ethernet address."""


class LearningSwitch:
    """What the switches of one controller have learned: host -> (port, when it was last heard of)."""

    def __init__(self, ctrl: Controller) -> None:
        self.hosts: dict[int, dict[Host, tuple[int, float]]] = {}
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PACKET_IN, self.packet_in)
        ctrl.register_cb(Event.PORT_STATUS, self.port_status)
        ctrl.post_callback(MAX_AGE_S / 10, self.forget_old, ctrl)

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Start with nothing, and have what no flow matches sent up (from OpenFlow 1.3 on it is dropped else)."""
        self.hosts[dpid] = {}
        send_up = of.ApplyActions([of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)])
        ctrl.send(dpid, of.FlowMod(of.Match(), [send_up], priority=0))

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """Forget what the switch had learned."""
        del self.hosts[dpid]

    def packet_in(self, ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        """Learn the frame's source, then send it to its destination."""
        frame = event.packet
        vlan, src, dst = frame.vlan_vid, frame.eth_src, frame.eth_dst
        if vlan is None or src is None or dst is None or dst & ~0xF == LINK_LOCAL:
            output(ctrl, dpid, event, [])
            return
        if not src & MULTICAST:
            self.learn(ctrl, dpid, (vlan, src), event.in_port)
        port, _ = self.hosts[dpid].get((vlan, dst), (of.PortNo.FLOOD, 0.0))
        if port == event.in_port:  # both are behind the same port, and have heard each other
            output(ctrl, dpid, event, [])
        elif port == of.PortNo.FLOOD:
            output(ctrl, dpid, event, [of.Output(port)])
        else:
            match = of.Match(in_port=event.in_port, vlan_vid=vlan, eth_src=src, eth_dst=dst)
            self.connect(ctrl, dpid, event, match, [of.Output(port)])

    def connect(
        self,
        ctrl: Controller,
        dpid: int,
        event: of.PacketIn,
        match: of.Match,
        actions: list[of.Action],
    ) -> None:
        """Set up a flow, and send it the frame: a frame that the switch has kept takes the flow by itself."""
        flow = of.FlowMod(match, [of.ApplyActions(actions)], buffer_id=event.buffer_id)
        flow.idle_timeout, flow.hard_timeout = IDLE_TIMEOUT_S, HARD_TIMEOUT_S
        ctrl.send(dpid, flow)
        if event.buffer_id == of.NO_BUFFER:
            output(ctrl, dpid, event, actions)

    def learn(self, ctrl: Controller, dpid: int, host: Host, port: int) -> None:
        """Remember where a host is; delete the flows to and from where it was."""
        hosts = self.hosts[dpid]
        old, _ = hosts.get(host, (port, 0.0))
        if old != port:
            vlan, mac = host
            to_host = of.Match(vlan_vid=vlan, eth_dst=mac)
            from_host = of.Match(in_port=old, vlan_vid=vlan, eth_src=mac)
            ctrl.send(dpid, of.FlowMod(to_host, command=of.FlowModCommand.DELETE, out_port=old))
            ctrl.send(dpid, of.FlowMod(from_host, command=of.FlowModCommand.DELETE))
        if host in hosts or len(hosts) < MAX_HOSTS:
            hosts[host] = (port, ctrl.now())

    def port_status(self, ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
        """Forget the hosts behind a port that is gone, and delete the flows to them."""
        port, hosts = event.desc.port_no, self.hosts[dpid]
        if event.reason == of.PortReason.DELETE or event.desc.state & of.PortState.LINK_DOWN:
            for host in [host for host, (place, _) in hosts.items() if place == port]:
                del hosts[host]
            ctrl.send(dpid, of.FlowMod(command=of.FlowModCommand.DELETE, out_port=port))

    def forget_old(self, ctrl: Controller) -> None:
        """Forget hosts that have not been heard of, again and again."""
        limit = ctrl.now() - MAX_AGE_S
        for hosts in self.hosts.values():
            for host in [host for host, (_, heard) in hosts.items() if heard < limit]:
                del hosts[host]
        ctrl.post_callback(MAX_AGE_S / 10, self.forget_old, ctrl)


def output(ctrl: Controller, dpid: int, event: of.PacketIn, actions: list[of.Action]) -> None:
    """Send a frame, or the copy that the switch keeps of it; without actions it is dropped."""
    data = event.data if event.buffer_id == of.NO_BUFFER else b""
    if actions or not data:
        ctrl.send(dpid, of.PacketOut(event.buffer_id, event.in_port, actions, data))


def init(ctrl: Controller) -> None:
    """Start the app."""
    LearningSwitch(ctrl)
