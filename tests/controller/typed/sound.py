"""A controller as somebody writes it who has a type checker, and nothing in it to complain of."""

from __future__ import annotations

from typing import TypeVar, assert_type

import openflow as of
from controller import (
    STOP,
    Change,
    Controller,
    DatapathJoin,
    DatapathLeave,
    Disposition,
    Event,
    EventType,
    MemberEvent,
    Registration,
    Shutdown,
    Switch,
    Timer,
    listen,
)

Reply = TypeVar("Reply", bound=of.Message)


class Firewall:
    """Drops what nobody has asked for, and counts it."""

    def __init__(self, ctrl: Controller) -> None:
        self.timers: dict[int, Timer] = {}
        self.dropped = ctrl.shared("dropped")
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PACKET_IN, self.packet_in, priority=10)
        ctrl.register_cb(Event.FLOW_REMOVED, self.heard)
        ctrl.register_cb(Event.ERROR, self.heard)
        ctrl.register_cb("dropped", self.has_dropped)
        self.dropped.on_change(self.changed)

    async def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        switch = event.switch
        flows = await switch.request(of.FlowStatsRequest())
        assert_type(flows, of.FlowStatsReply)
        assert_type(flows.body[0].priority, int)
        assert_type(await switch.request(of.BarrierRequest(), timeout=2), of.BarrierReply)
        match = of.Match(in_port=1, eth_type=0x0800, ipv4_src="10.0.0.0/8", reg0=(1, 0xFF))
        assert_type(await switch.request(of.FlowMod(match)), of.Message)
        ports = await self.asked(switch, of.PortStatsRequest())
        assert_type(ports.body[0].rx_packets, int)
        await ctrl.sleep(1)
        self.timers[dpid] = ctrl.post_callback(2.5, self.poll, ctrl, switch)

    async def asked(self, switch: Switch, request: of.Request[Reply]) -> Reply:
        return await switch.request(request)

    async def poll(self, ctrl: Controller, switch: Switch) -> None:
        for port in switch.ports.values():
            print(port.name, port.speed_kbps if port.up else "down")

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        self.timers.pop(dpid).cancel()

    def packet_in(self, ctrl: Controller, dpid: int, event: of.PacketIn) -> Disposition | None:
        if event.packet.eth_type != 0x0800:
            return None
        ctrl.post_event("dropped", event.in_port, dpid=dpid)
        return STOP

    def heard(self, ctrl: Controller, dpid: int, event: of.Message) -> None:
        print(event.xid)

    def has_dropped(self, ctrl: Controller, dpid: int, in_port: int) -> None:
        self.dropped[dpid] = in_port

    def changed(self, change: Change) -> None:
        print(change.key, change.value)


def shutdown(ctrl: Controller, dpid: int, event: Shutdown) -> None:
    print(event.reason)


def web(ctrl: Controller, dpid: int, event: of.PacketIn) -> int:
    return ctrl.send(dpid, of.PacketOut(actions=[of.Output(of.PortNo.FLOOD)], data=event.data))


def failed(ctrl: Controller, dpid: int, event: MemberEvent) -> None:
    print(event.name, event.address)


def init(ctrl: Controller) -> None:
    handle = ctrl.register_cb(Event.SHUTDOWN, shutdown)
    assert_type(handle, Registration)
    assert_type(Event.PACKET_IN, EventType[of.PacketIn])
    ctrl.register_packet_cb({"eth_type": 0x0800, "tcp_dst": 80}, web)
    ctrl.register_cb(Event.PACKET_IN, lambda ctrl, dpid, event: print(event.in_port))
    ctrl.register_cb(Event.MEMBER_FAILED, failed)
    ctrl.post_callback(60, ctrl.unregister_cb, handle)
    assert_type(ctrl.component(Firewall), Firewall)


if __name__ == "__main__":
    listen("tcp:0.0.0.0:6653", init, Firewall)
