"""An app that does the same with every switch and tells what came of it, a line of JSON each time.

It knows nothing of versions. Run it with ofcontroller; the lines go to its output, between those of the log.
"""

from __future__ import annotations

import json
from typing import Any

import openflow as of
from apps.discovery import LINK_UP, Link
from controller import Controller, DatapathJoin, Event, RequestFailed, SwitchPort

CANNOT_BE_SAID_EVERYWHERE = {
    "goto_table": of.FlowMod(instructions=[of.GotoTable(1)], priority=99),
    "ipv6_flabel": of.FlowMod(of.Match(eth_type=0x86DD, ipv6_flabel=1), priority=99),
    "meter": of.FlowMod(instructions=[of.Meter(1)], priority=99),
    "enqueue": of.PacketOut(actions=[of.Enqueue(1, 2)]),
}
requires = ("discovery", "learning_switch")
WEB = of.FlowMod(
    of.Match(eth_type=0x0800, ipv4_dst="10.9.0.0/16", ip_proto=6, tcp_dst=80), priority=10
)


def tell(ctrl: Controller, dpid: int, what: str, **more: Any) -> None:
    """Write a line."""
    version = str(ctrl.switch(dpid).version)
    print(json.dumps({"what": what, "version": version, **more}), flush=True)


async def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    """Ask whatever every version can answer, and try what not every one can say."""
    switch = event.switch
    names = sorted(port.name for port in switch.ports.values() if port.physical)
    tell(ctrl, dpid, "join", ports=names, up=[p.up for p in switch.ports.values() if p.physical])
    await switch.request(WEB)
    aggregate = await switch.request(of.AggregateStatsRequest())
    description = await switch.request(of.DescStatsRequest())
    counters = await switch.request(of.PortStatsRequest())
    numbers = sorted(stats.port_no for stats in counters.body if stats.port_no < of.PortNo.MAX)
    tell(ctrl, dpid, "asked", maker=description.mfr_desc, flows=aggregate.flow_count, ports=numbers)
    refused = {name: refusal(ctrl, dpid, m) for name, m in CANNOT_BE_SAID_EVERYWHERE.items()}
    again = await switch.request(of.AggregateStatsRequest())
    tell(ctrl, dpid, "unsaid", refused=refused, more_flows=again.flow_count - aggregate.flow_count)
    try:
        await switch.request(of.PacketOut(buffer_id=12345))
    except RequestFailed as error:
        tell(ctrl, dpid, "failed", error=str(error.error))


def refusal(ctrl: Controller, dpid: int, message: of.Message) -> str | None:
    """What is said when a message cannot be; None for one that can, and that is not sent."""
    try:
        of.encode(message, ctrl.switch(dpid).version)
    except of.Unsupported:
        pass
    else:
        return None
    try:
        ctrl.send(dpid, message)
    except of.Unsupported as error:
        return str(error)
    return "was sent"


def arp(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    """Tell of a request."""
    ctrl.post_event("arp_seen", event.packet.fields()["arp_tpa"], dpid=dpid)


def arp_seen(ctrl: Controller, dpid: int, target: int) -> None:
    """Tell that the event came."""
    tell(ctrl, dpid, "arp", target=target)


def link_up(ctrl: Controller, dpid: int, link: Link) -> None:
    """Tell of a link that `discovery` has found."""
    tell(ctrl, dpid, "link", source=str(ctrl.switch(link.src_dpid).version))


def port_status(ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
    """Tell how the port is now."""
    port: SwitchPort = ctrl.switch(dpid).ports[event.desc.port_no]
    tell(ctrl, dpid, "port", name=port.name, up=port.up)


def init(ctrl: Controller) -> None:
    """Start the app."""
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.PORT_STATUS, port_status)
    ctrl.register_packet_cb(of.Match(eth_type=0x0806, arp_op=1), arp, priority=10)
    ctrl.register_cb("arp_seen", arp_seen)
    ctrl.register_cb(LINK_UP, link_up)
