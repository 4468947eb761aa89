"""The command `trace` of a running switch: what it tells, in words, on both datapaths."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from rich.console import Console

from console.control import ControlError
from ofswitch.configuration import FailMode
from ofswitch.frame import Frame
from ofswitch.runtime import Switch
from ofswitch.runtime.commands import commands
from ofswitch.trace.request import request
from ofswitch.trace.story import plain
from ofswitch.trace.terminal import show
from openflow import (
    V1_0,
    V1_3,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    Bucket,
    DecNwTtl,
    DropBand,
    FlowMod,
    GotoTable,
    Group,
    GroupMod,
    GroupType,
    Match,
    Message,
    Meter,
    MeterFlags,
    MeterMod,
    Output,
    PortConfig,
    PortMod,
    PortNo,
    PushVlan,
    SetField,
    SetQueue,
    WriteActions,
)
from tests.ofswitch.runtime.rig import Peer, arrives, plug, running

DATAPATHS = ["reference", pytest.param("native", marks=pytest.mark.native)]
IP, ARP = Match(eth_type=0x0800), Match(eth_type=0x0806)

BUCKETS = [Bucket(actions=[Output(2)]), Bucket(actions=[SetQueue(5), Output(3)])]
MARKED = [
    PushVlan(0x8100),
    SetField("vlan_vid", 0x1005),
    SetField("eth_src", 0x0200_0000_0001),
    DecNwTtl(),
]
TABLES: list[Message] = [
    GroupMod(group_id=1, type=GroupType.ALL, buckets=BUCKETS),
    MeterMod(meter_id=1, flags=MeterFlags.PKTPS, bands=[DropBand(100)]),
    FlowMod(match=IP, instructions=[Meter(1), ApplyActions(MARKED), GotoTable(1)]),
    FlowMod(table_id=1, cookie=7, priority=5, instructions=[WriteActions([Group(1)])]),
    FlowMod(match=ARP, priority=9, instructions=[ApplyActions([Output(9), Output(1)])]),
]

PING = "in_port=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2"
TOLD_OF_A_PING = """\
in_port=1, eth_dst=00:00:00:00:00:00, eth_src=02:00:00:00:00:01, eth_type=0x800, ip_proto=1, \
ipv4_src=10.0.0.1, ipv4_dst=10.0.0.2, icmpv4_type=0, icmpv4_code=0, nw_ttl=64
table 0: priority=32768,eth_type=0x800 actions=meter:1,push_vlan:0x8100,\
set_field:0x1005->vlan_vid,set_field:02:00:00:00:00:01->eth_src,dec_ttl,goto_table:1
  meter:1  [within its rates]
  push_vlan:0x8100  [vlan_vid 0x0 -> 0x1000, vlan_pcp=0]
  set_field:0x1005->vlan_vid  [vlan_vid 0x1000 -> 0x1005]
  set_field:02:00:00:00:00:01->eth_src  [changes nothing]
  dec_ttl  [nw_ttl 64 -> 63]
  goto_table:1
table 1: cookie=0x7, priority=5 actions=write_actions(group:1)
  write_actions(group:1)
action set: group:1
  group:1
    bucket 1 of 2
      output:2  -> p2 (2)
    bucket 2 of 2
      set_queue:5
      output:3  -> p3 (3), queue 5
forwarded to p2 (2) and p3 (3)"""


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what is defined in a test."""
    asyncio.run(test())


def apply(switch: Switch, *changes: Message) -> None:
    """Program a switch without a controller."""
    for change in changes:
        switch.agent.datapath.apply(change, V1_3, switch.now())


def ask(switch: Switch, words: str, frame: bytes | None = None) -> Any:
    """What the switch answers on its control socket."""
    asked = request(words, frame)
    return json.loads(json.dumps(commands(switch)["trace"](**asked)))


def tell(switch: Switch, words: str) -> list[str]:
    """The story in lines, but for the packet."""
    return plain(ask(switch, words)).splitlines()[1:]


@pytest.fixture(params=DATAPATHS)
def secure(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How a switch is started that does nothing by itself."""
    return {"datapath": request.param, "fail_mode": FailMode.SECURE}


def test_the_story_has_every_step_with_what_it_changes(secure: dict[str, Any]) -> None:
    async def test() -> None:
        async with running(**secure) as switch:
            plug(switch, "p1", "p2", "p3")
            apply(switch, *TABLES)
            assert plain(ask(switch, PING)) == TOLD_OF_A_PING

    run(test)


def test_each_loss_has_the_name_that_drops_has_for_it(secure: dict[str, Any]) -> None:
    async def test() -> None:
        async with running(**secure) as switch:
            plug(switch, "p1", "p2", "p3")
            apply(switch, *TABLES)
            table, nowhere, back, *summary = tell(switch, "in_port=p1,arp")
            assert table == "table 0: priority=9,eth_type=0x806 actions=output:9,output:1"
            assert nowhere == "  output:9  lost: no_such_port"
            assert back == "  output:1  lost: output_to_in_port"
            assert summary[0] == "dropped: output_to_in_port"
            assert summary[1].startswith("  the packet was to leave through the port it came from")
            assert tell(switch, "in_port=1,mpls") == [
                "table 0: none of 2 entries matches",
                "  not priority=32768,eth_type=0x800, as eth_type is 0x8847",
                "  not priority=9,eth_type=0x806, as eth_type is 0x8847",
                "  lost: table_miss",
                "dropped: table_miss",
                "  the packet matched no entry of a table that has no table-miss entry",
            ]
            mac = switch.ports.get(1)
            assert mac is not None
            down = PortConfig.PORT_DOWN
            apply(switch, PortMod(1, mac.hw_addr, config=down, mask=down))
            assert tell(switch, PING)[:3] == [
                "comes in on p1 (1)",
                "  lost: port_down",
                "dropped: port_down",
            ]

    run(test)


def test_a_packet_for_controllers_names_those_that_would_hear_of_it(
    secure: dict[str, Any],
) -> None:
    async def test() -> None:
        async with running(**secure) as switch:
            plug(switch, "p1")
            apply(switch, FlowMod(instructions=[ApplyActions([Output(PortNo.CONTROLLER, 128)])]))
            lost = ask(switch, PING)
            assert lost["summary"] == "dropped: no_controller"
            assert lost["drop"]["where"] == "agent"
            peer = await Peer.local(switch, V1_3)
            peer.send(BarrierRequest())
            await peer.expect(BarrierReply)
            assert tell(switch, PING)[1:] == [
                "  CONTROLLER:128  -> local (action, its first 128 octets)",
                "to the controller",
            ]

    run(test)


def test_a_miss_is_shown_to_controllers_of_old_and_counts_as_dropped(
    secure: dict[str, Any],
) -> None:
    async def test() -> None:
        async with running(**secure) as switch:
            plug(switch, "p1")
            peer = await Peer.local(switch, V1_0)
            peer.send(BarrierRequest())
            await peer.expect(BarrierReply)
            assert (
                ask(switch, PING)["summary"] == "dropped: table_miss, and shown to the controller"
            )
            peer.send(BarrierRequest())
            assert isinstance(await peer.read(), BarrierReply), "the trace was shown to nobody"

    run(test)


def test_learned_addresses_count_and_none_is_learned(secure: dict[str, Any]) -> None:
    async def test() -> None:
        async with running(datapath=secure["datapath"]) as switch:
            ends = plug(switch, "p1", "p2", "p3")
            there = "in_port=1,eth_src=00:00:00:00:00:01,eth_dst=00:00:00:00:00:02"
            back = "in_port=2,eth_src=00:00:00:00:00:02,eth_dst=00:00:00:00:00:01"
            everywhere = "forwarded to p2 (2) and p3 (3)"
            assert ask(switch, "in_port=1,arp")["summary"] == everywhere
            for _ in range(2):
                assert ask(switch, there)["summary"] == everywhere
            data = bytes.fromhex(request(there)["frame"])
            ends[0].send([Frame(data)])
            await arrives(ends[1])
            assert ask(switch, back)["summary"] == "forwarded to p1 (1)"
            assert ask(switch, "in_port=2", bytes.fromhex(request(back)["frame"]))["outputs"] == [
                {"output": 1, "name": "p1", "queue": 0, "frame": request(back)["frame"]}
            ]

    run(test)


def test_a_port_that_there_is_not_and_a_frame_that_is_none_are_told() -> None:
    async def test() -> None:
        async with running() as switch:
            plug(switch, "p1", "p2")
            with pytest.raises(ControlError, match=r"there is no port 9; there are: p1 \(1\), p2"):
                ask(switch, "in_port=9")
            with pytest.raises(ControlError, match="not in hexadecimal"):
                commands(switch)["trace"](in_port="1", frame="xyz")
            assert ask(switch, "in_port=1", b"")["summary"] == "dropped: too_short"

    run(test)


def test_a_terminal_shows_the_same_lines_as_a_tree() -> None:
    async def test() -> None:
        async with running(fail_mode=FailMode.SECURE) as switch:
            plug(switch, "p1", "p2", "p3")
            apply(switch, *TABLES)
            console = Console(file=io.StringIO(), width=300)
            show(ask(switch, PING), console)
            assert isinstance(console.file, io.StringIO)
            drawn = console.file.getvalue().splitlines()
            words = [line.lstrip("│├└─ ").rstrip() for line in drawn]
            assert words == [line.strip() for line in TOLD_OF_A_PING.splitlines()]
            assert drawn[2] == "├── meter:1  [within its rates]"

    run(test)
