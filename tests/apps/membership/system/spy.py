"""Tells, a line of JSON each time, which flows a switch has to a member that has failed, and every now and then all.

And its meters, and what the app has counted.
"""

from __future__ import annotations

import json
from typing import Any

import openflow as of
from controller import Controller, DatapathJoin, Event, MemberEvent, NotConnected, RequestFailed

requires = ("membership", "learning_switch", "monitor")


async def tell(ctrl: Controller, dpid: int, what: str, **more: Any) -> bool:
    """Write the destinations of all flows that the learning switch has set up; False when they cannot be had."""
    try:
        reply = await ctrl.switch(dpid).request(of.FlowStatsRequest(), timeout=20)
        meters = await meters_of(ctrl, dpid)
    except (NotConnected, RequestFailed, TimeoutError):
        return False
    learned = [entry for entry in reply.body if "eth_src" in entry.match and entry.idle_timeout]
    flows = sorted(f"{entry.match['eth_dst']:012x}" for entry in learned)
    ports = {port.name: number for number, port in ctrl.switch(dpid).ports.items()}
    counters = dict(ctrl.component("membership").counters)
    told = {"what": what, "flows": flows, "ports": ports, "counters": counters, "meters": meters}
    print(json.dumps(told | more), flush=True)
    return True


async def meters_of(ctrl: Controller, dpid: int) -> dict[int, int]:
    """How much each meter of a switch has dropped."""
    if ctrl.switch(dpid).version < of.V1_3:
        return {}
    reply = await ctrl.switch(dpid).request(of.MeterStatsRequest(), timeout=20)
    return {one.meter_id: one.band_stats[0].packet_band_count for one in reply.body}


async def failed(ctrl: Controller, dpid: int, member: MemberEvent) -> None:
    """A member has been given up; the learning switch has heard of it before us."""
    for switch in list(ctrl.switches):
        while switch in ctrl.switches and not await tell(ctrl, switch, "failed", name=member.name):
            await ctrl.sleep(0.3)


async def look(ctrl: Controller, dpid: int) -> None:
    """Tell how things are, again and again."""
    await tell(ctrl, dpid, "look")
    if dpid in ctrl.switches:
        ctrl.post_callback(0.3, look, ctrl, dpid)


def join(ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
    """Begin."""
    ctrl.post_callback(0, look, ctrl, dpid)


def init(ctrl: Controller) -> None:
    """Start."""
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.MEMBER_FAILED, failed)
