"""A controller with mistakes; a comment says of each line what a type checker has to say."""

from __future__ import annotations

import openflow as of
from controller import Controller, DatapathJoin, Event, listen


def packet_in(ctrl: Controller, dpid: int, event: of.PacketIn) -> None: ...


def port_status(ctrl: Controller, dpid: int, event: of.PortStatus) -> None: ...


def two_arguments(ctrl: Controller, dpid: int) -> None: ...


def text(ctrl: Controller, dpid: int, event: of.PacketIn) -> str:
    return "stop"


async def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    flows = await event.switch.request(of.FlowStatsRequest())
    print(flows.entries)  # error: "FlowStatsReply" has no attribute "entries"
    ports: of.PortStatsReply = await event.switch.request(  # error: Incompatible types
        of.TableStatsRequest()
    )
    print(ports.body[0].rx_octets)  # error: has no attribute "rx_octets"
    ctrl.send(dpid, of.FlowMod(of.Match(eth_typ=0x0800)))  # error: did you mean "eth_type"?
    ctrl.send(dpid, of.FlowMod(of.Match(in_port=(1, 3))))  # error: expected "int | str"
    await event.switch.request("flows")  # error: No overload variant of "request"
    event.switch.ports["eth1"].send(b"")  # error: Invalid index type "str" for "Ports"
    event.switch.ports[1].send("ping")  # error: expected "bytes"
    ctrl.switch("1")  # error: expected "int"
    ctrl.send(of.FlowMod(), dpid)  # error: expected "int" # error: expected "Message"


def init(ctrl: Controller) -> None:
    ctrl.register_cb(Event.PACKET_IN, port_status)  # error: [[Controller, int, PacketIn],
    ctrl.register_cb(Event.DATAPATH_JOIN, packet_in)  # error: [[Controller, int, DatapathJoin],
    ctrl.register_cb(Event.PACKET_IN, two_arguments)  # error: [[Controller, int, PacketIn],
    ctrl.register_cb("link_up", two_arguments)  # error: incompatible type "Callable[[Controller,
    ctrl.register_cb(Event.PACKET_IN, text)  # error: "Callable[[Controller, int, PacketIn], str]"
    ctrl.register_cb(Event.PACKET_INN, packet_in)  # error: has no attribute "PACKET_INN"
    ctrl.register_cb(packet_in, Event.PACKET_IN)  # error: Argument 1 # error: Argument 2
    ctrl.register_packet_cb(of.Match(), port_status)  # error: [[Controller, int, PacketIn],
    ctrl.register_packet_cb("tcp", packet_in)  # error: expected "Match | Mapping[str, Any]"
    ctrl.post_callback(1, packet_in, ctrl)  # error: expected "Callable[[Controller], object]"
    ctrl.post_callback("soon", two_arguments, ctrl, 1)  # error: expected "float"
    ctrl.register_cb(
        Event.PACKET_IN,
        lambda ctrl, dpid, event: print(event.port_no),  # error: no attribute "port_no"
    )


listen("tcp:127.0.0.1:6653", init, two_arguments)  # error: "Callable[[Controller, int], None]"
listen(6653, init)  # error: expected "str"
