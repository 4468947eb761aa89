"""A whole switch in this process: frames, ports, controllers, listeners."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import pytest

from ofswitch.configuration import Address, Configuration, ConfigurationError, FailMode
from ofswitch.frame import Frame
from ofswitch.ports import PortError, memory_pair
from ofswitch.ports.spec import PORT_NO_MAX, parse_spec
from ofswitch.runtime import Switch, dialling
from ofswitch.runtime import switch as switch_module
from ofswitch.runtime.ports import FRAMES_AT_ONCE
from openflow import (
    V1_0,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    EchoReply,
    EchoRequest,
    ErrorMsg,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    FlowModFlags,
    FlowRemoved,
    FlowStatsRequest,
    Hello,
    Match,
    Output,
    PacketIn,
    PacketOut,
    PortConfig,
    PortMod,
    PortNo,
    PortReason,
    PortState,
    PortStatus,
)
from tests.loops import on_a_loop, until
from tests.ofswitch.agent.world import forward, frame, to_controller
from tests.ofswitch.runtime.rig import Peer, arrives, plug, running

LOCALHOST = Address("127.0.0.1", 0)
SECURE = FailMode.SECURE

# --- frames ---------------------------------------------------------------------------------------------------


@on_a_loop
async def test_a_switch_without_controllers_learns_and_forwards() -> None:
    async with running() as switch:
        one, two, three = plug(switch, "p1", "p2", "p3")
        one.send([Frame(frame(mark=1))])
        assert (await arrives(two)).data == (await arrives(three)).data == frame(mark=1)
        back = frame(mark=2)[6:12] + frame(mark=2)[:6] + frame(mark=2)[12:]
        two.send([Frame(back)])
        assert (await arrives(one)).data == back
        assert three.receive(1) == []


@on_a_loop
async def test_a_controller_in_the_same_process_gets_packets_and_sends_them() -> None:
    async with running() as switch:
        one, two = plug(switch, "p1", "p2")
        peer = await Peer.local(switch, V1_0)
        await until(lambda: not switch.agent.standing_alone)
        one.send([Frame(frame())])
        message = await peer.expect(PacketIn)
        peer.send(PacketOut(message.buffer_id, message.in_port, [Output(PortNo.FLOOD)]))
        assert (await arrives(two)).data == frame()


@on_a_loop
async def test_a_barrier_reply_comes_after_the_frames_that_were_sent_before() -> None:
    async with running() as switch:
        one, _ = plug(switch, "p1", "p2")
        peer = await Peer.local(switch)
        peer.send(PacketOut(data=frame(), actions=[Output(1)]), BarrierRequest(xid=3))
        await peer.expect(BarrierReply)
        assert one.receive(1) == [Frame(frame())]


@on_a_loop
async def test_frames_sent_before_a_port_goes_down_leave_it() -> None:
    async with running() as switch:
        one, _ = plug(switch, "p1", "p2")
        peer = await Peer.local(switch)
        hw_addr = switch.ports.get(1).hw_addr  # type: ignore[union-attr]
        peer.send(
            PacketOut(data=frame(), actions=[Output(1)]),
            PortMod(1, hw_addr, PortConfig.PORT_DOWN, PortConfig.PORT_DOWN),
            PacketOut(data=frame(), actions=[Output(1)]),
            BarrierRequest(),
        )
        await peer.expect(BarrierReply)
        assert one.receive(9) == [Frame(frame())]


@on_a_loop
async def test_a_flood_at_one_port_starves_neither_controllers_nor_other_ports() -> None:
    # In the event loop, that is: native threads are through with the flood before anybody asks.
    async with running(fail_mode=SECURE, datapath="reference") as switch:
        flooding, _, other, quiet = plug(switch, "p1", "p2", "p3", "p4")
        peer = await Peer.local(switch)
        peer.send(forward(2, Match(in_port=1)), forward(4, Match(in_port=3)), BarrierRequest())
        await peer.expect(BarrierReply)
        sent = flooding.send([Frame(frame())] * 5000)
        assert sent > 10 * FRAMES_AT_ONCE
        other.send([Frame(frame(mark=3))])
        peer.send(EchoRequest())
        await peer.expect(EchoReply)
        assert (await arrives(quiet)).data == frame(mark=3)
        if switch.agent.identity.datapath == "reference":
            passed = switch.ports.get(1).counters.rx_packets  # type: ignore[union-attr]
            assert passed < sent


@on_a_loop
async def test_entries_expire_by_themselves() -> None:
    async with running() as switch:
        peer = await Peer.local(switch)
        peer.send(forward(1, hard_timeout=1, flags=FlowModFlags.SEND_FLOW_REM))
        assert (await peer.expect(FlowRemoved)).duration_sec >= 1


# --- ports ----------------------------------------------------------------------------------------------------


@on_a_loop
async def test_controllers_hear_of_ports_that_come_and_go() -> None:
    async with running() as switch:
        peer = await Peer.local(switch)
        await peer.expect(Hello)
        peer.send(BarrierRequest())
        await peer.expect(BarrierReply)
        (end,) = plug(switch, "p1")
        status = await peer.expect(PortStatus)
        assert (status.reason, status.desc.name, status.desc.port_no) == (PortReason.ADD, "p1", 1)
        assert status.desc.state == PortState.LIVE
        switch.delete_port(1)
        status = await peer.expect(PortStatus)
        assert (status.reason, status.desc.name) == (PortReason.DELETE, "p1")
        assert await until(lambda: end.receive(1) == [] and end.gone)


@on_a_loop
async def test_a_port_whose_other_end_has_gone_is_removed() -> None:
    async with running() as switch:
        peer = await Peer.local(switch)
        one, two = plug(switch, "p1", "p2")
        one.close()
        await until(lambda: len(switch.ports) == 1)
        while (status := await peer.expect(PortStatus)).reason != PortReason.DELETE:
            pass
        assert status.desc.name == "p1"
        assert two.receive(1) == []


@on_a_loop
async def test_ports_are_numbered_from_1_and_numbers_are_used_again() -> None:
    async with running() as switch:
        plug(switch, "p1", "p2", "p3")
        switch.delete_port(2)
        ours, _ = memory_pair("asked", "x")
        ours.port_no = 77
        assert switch.add_port(ours) == 77
        assert switch.add_port("memory:p4") == 2
        assert [number for number, _ in switch.ports] == [1, 2, 3, 77]


@on_a_loop
async def test_a_port_may_have_the_greatest_number_that_there_is() -> None:
    async with running() as switch:
        ours, one = memory_pair("one", "one-peer")
        ours.port_no = PORT_NO_MAX
        assert switch.add_port(ours) == 0xFEFF
        (two,) = plug(switch, "two")
        two.send([Frame(frame(mark=1))])
        assert (await arrives(one)).data == frame(mark=1)


@on_a_loop
async def test_names_and_numbers_are_not_given_twice() -> None:
    async with running() as switch:
        plug(switch, "p1")
        with pytest.raises(PortError, match="p1 already"):
            switch.add_port("memory:p1")
        with pytest.raises(PortError, match="belongs to another"):
            switch.add_port("memory:p2,no=1")
        high, _ = memory_pair("high", "x")
        high.port_no = PORT_NO_MAX + 1
        with pytest.raises(PortError, match="too high"):
            switch.add_port(high)
        assert len(switch.ports) == 1


@on_a_loop
async def test_a_switch_that_cannot_start_leaves_nothing() -> None:
    specs = (parse_spec("memory:p1"), parse_spec("memory:p1"))
    switch = Switch(Configuration("s1", 1, ports=specs, listen=(LOCALHOST,)))
    with pytest.raises(PortError):
        await switch.start()
    assert len(switch.ports) == 0


# --- controllers ----------------------------------------------------------------------------------------------


@on_a_loop
async def test_a_listener_takes_several_controllers_of_both_versions() -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        peers = [
            await Peer.visit(switch, version)
            for version in (V1_0, *[Peer.__init__.__defaults__[0]] * 2)
        ]  # type: ignore[index]
        for peer in peers:
            peer.send(FeaturesRequest())
            assert isinstance(await peer.expect(FeaturesReply), FeaturesReply)
        assert len(switch.agent.sessions) == 3
        peers[0].close()
        await until(lambda: len(switch.agent.sessions) == 2)


@on_a_loop
async def test_garbage_at_the_listener_costs_no_other_peer_its_connection() -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        good, bad = await Peer.visit(switch), await Peer.visit(switch)
        await good.expect(Hello)
        bad.writer.write(b"\0" * 1000)
        await bad.ends()
        good.send(FeaturesRequest())
        await good.expect(FeaturesReply)


@on_a_loop
async def test_a_fault_of_ours_costs_one_controller_its_connection_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        good, unlucky = await Peer.visit(switch), await Peer.visit(switch)

        def broken(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(switch.agent.datapath, "query", broken)
        unlucky.send(FlowStatsRequest())
        await unlucky.ends()
        good.send(FeaturesRequest())
        await good.expect(FeaturesReply)
    assert "ZeroDivisionError" in caplog.text


@on_a_loop
async def test_too_many_visitors_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch_module, "MOST_VISITORS", 2)
    async with running(listen=(LOCALHOST,)) as switch:
        first, second = await Peer.visit(switch), await Peer.visit(switch)
        await first.expect(Hello)
        await second.expect(Hello)
        third = await Peer.visit(switch)
        await third.ends()
        first.close()
        await until(lambda: len(switch.links) == 1)
        fourth = await Peer.visit(switch)
        await fourth.expect(Hello)


@on_a_loop
async def test_a_controller_that_does_not_read_stops_nobody() -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        one, two = plug(switch, "p1", "p2")
        stuck, good = await Peer.visit(switch), await Peer.visit(switch)
        stuck.writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
        )
        stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
        both = ApplyActions([Output(PortNo.CONTROLLER), Output(2)])
        good.send(FlowMod(instructions=[both]), BarrierRequest())
        await good.expect(BarrierReply)
        for _ in range(400):
            one.send([Frame(frame(60_000))])
            await arrives(two)
            await good.expect(PacketIn)
        assert switch.agent.drops["controller_queue_full"] > 0
        good.send(FeaturesRequest())
        await good.expect(FeaturesReply)


@on_a_loop
async def test_a_flood_of_requests_is_handled_in_turns() -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        busy, other = await Peer.visit(switch), await Peer.visit(switch)
        await other.expect(Hello)
        busy.send(*(forward(1, Match(in_port=n)) for n in range(3000)), BarrierRequest(xid=9))
        await busy.writer.drain()
        other.send(FeaturesRequest())
        await other.expect(FeaturesReply)
        assert (await busy.expect(BarrierReply)).xid == 9


@on_a_loop
async def test_the_switch_dials_until_its_controller_is_there_and_again_when_it_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = Address(*reserved.getsockname())
    async with running(controllers=(address,)) as switch:
        await asyncio.sleep(0.15)
        assert switch.agent.standing_alone
        for _ in range(2):
            came: asyncio.Queue[Peer] = asyncio.Queue()
            server = await asyncio.start_server(
                lambda reader, writer, came=came: came.put_nowait(Peer(reader, writer)),
                address.host,
                address.port,
            )
            async with asyncio.timeout(5):
                peer = await came.get()
            peer.send(FeaturesRequest())
            await peer.expect(FeaturesReply)
            assert not switch.agent.standing_alone
            server.close()
            peer.close()
            await until(lambda: switch.agent.standing_alone)


@on_a_loop
async def test_back_off_doubles_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 9:
            raise asyncio.CancelledError

    monkeypatch.setattr(dialling.asyncio, "sleep", sleep)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = Address(*reserved.getsockname())
    with pytest.raises(asyncio.CancelledError):
        await dialling.dial(dialling.Target(address, 0.0), lambda: None)  # type: ignore[arg-type, return-value]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 8.0, 8.0]


@on_a_loop
async def test_a_listener_that_cannot_be_had_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(ConfigurationError, match=f"{address}: Address already in use$"):
            async with running(listen=(address,)):
                pass


@on_a_loop
async def test_one_controller_cannot_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(listen=(LOCALHOST,)) as switch:
        peer = await Peer.visit(switch)
        await peer.expect(Hello)
        bad = bytes.fromhex("04c8000800000011")
        peer.writer.write(bad * 500)
        for _ in range(500):
            await peer.expect(ErrorMsg)
    assert 5 < sum("bad message" in line for line in caplog.messages) < 20


@on_a_loop
async def test_stopping_says_goodbye_and_closes_everything() -> None:
    async with running(listen=(LOCALHOST,)) as switch:
        (end,) = plug(switch, "p1")
        visitor, local = await Peer.visit(switch), await Peer.local(switch)
        await visitor.expect(Hello)
        await local.expect(Hello)
        await switch.stop()
        await visitor.ends()
        await local.ends()
        assert end.receive(1) == []
        assert end.gone
        assert switch.links == []
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", switch.listeners[0].port)


@on_a_loop
async def test_the_table_miss_entry_of_1_3_asks_the_controller() -> None:
    async with running() as switch:
        (one,) = plug(switch, "p1")
        peer = await Peer.local(switch)
        peer.send(to_controller(), BarrierRequest())
        await peer.expect(BarrierReply)
        one.send([Frame(frame(1500))])
        assert (await peer.expect(PacketIn)).data == frame(1500)
