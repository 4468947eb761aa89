"""Simple switch: learns where hosts are, in few lines to learn from; what Ryu calls simple_switch_13, on every version.

It remembers behind which port it has seen each address. A frame for an address that it knows gets a flow entry and goes
there, any other goes everywhere. `apps.learning_switch` is the one to use: it also notices hosts that move.
"""

from __future__ import annotations

from controller import Controller, DatapathJoin, Event
from openflow import (
    CONTROLLER_NO_BUFFER,
    ApplyActions,
    FlowMod,
    Match,
    Output,
    PacketIn,
    PacketOut,
    PortNo,
)

LLDP = 0x88CC

ports: dict[tuple[int, int], int] = {}
"""Where addresses are: by switch and address, the port."""


def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    """Have a new switch send up what no flow entry matches."""
    send_up = ApplyActions([Output(PortNo.CONTROLLER, CONTROLLER_NO_BUFFER)])
    ctrl.send(dpid, FlowMod(Match(), [send_up], priority=0))


def packet_in(ctrl: Controller, dpid: int, event: PacketIn) -> None:
    """Learn where a frame came from, and send it where it has to go."""
    src, dst = event.packet.eth_src, event.packet.eth_dst
    if src is None or dst is None or event.packet.eth_type == LLDP:
        return  # no whole Ethernet header, or for whoever looks for links
    ports[dpid, src] = event.in_port
    out_port = ports.get((dpid, dst), PortNo.FLOOD)
    if out_port != PortNo.FLOOD:
        match = Match(in_port=event.in_port, eth_dst=dst, eth_src=src)
        ctrl.send(dpid, FlowMod(match, [ApplyActions([Output(out_port)])], priority=1))
    ctrl.send(dpid, PacketOut(in_port=event.in_port, actions=[Output(out_port)], data=event.data))


def init(ctrl: Controller) -> None:
    """Start the app."""
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.PACKET_IN, packet_in)
