"""The controller on real sockets of the loopback interface."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

import openflow as of
from controller import (
    Controller,
    Event,
    EventType,
    NotConnected,
    RequestFailed,
    Runtime,
    Settings,
    Switch,
)
from controller.address import Address
from controller.runtime import ListenError
from openflow.versions import V1_0, V1_3, Version
from tests.controller.fakes import FakeSwitch
from tests.controller.sockets import SocketSwitch
from tests.loops import on_a_loop, until

VERSIONS = pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
ENGINES = pytest.mark.parametrize(
    "engine", [pytest.param("native", marks=pytest.mark.native), "python"]
)
ANYWHERE = "tcp:127.0.0.1:0"


def note(heard: list[Any], event: EventType[Any], ctrl: Controller, dpid: int, value: Any) -> None:
    """Note that an event was raised."""
    heard.append(event)


@VERSIONS
@on_a_loop
async def test_a_switch_joins_asks_and_leaves(version: Version) -> None:
    heard: list[Any] = []
    async with Runtime() as runtime:
        ctrl = runtime.controller
        for event in (Event.DATAPATH_JOIN, Event.PACKET_IN, Event.DATAPATH_LEAVE):
            ctrl.register_cb(event, partial(note, heard, event))
        address = await runtime.listen(ANYWHERE)
        peer = await SocketSwitch.connect(address, FakeSwitch(5, version))
        await until(lambda: 5 in ctrl.switches)
        assert ctrl.switch(5).version is version
        assert ctrl.switch(5).address.startswith("tcp:127.0.0.1:")
        peer.send(of.PacketIn(data=bytes(60), in_port=1))
        await until(lambda: len(heard) == 2)
        await peer.close()
        await until(lambda: 5 not in ctrl.switches)
    assert heard == [Event.DATAPATH_JOIN, Event.PACKET_IN, Event.DATAPATH_LEAVE]


@VERSIONS
@on_a_loop
async def test_requests_end_in_a_reply_an_error_or_a_time_out(version: Version) -> None:
    switch = FakeSwitch(1, version)
    switch.answers[of.DescStatsRequest] = lambda _: [of.DescStatsReply(dp_desc="s1")]
    switch.answers[of.FlowMod] = lambda _: [
        of.ErrorMsg(of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, b"")
    ]
    async with Runtime() as runtime:
        address = await runtime.listen(ANYWHERE)
        await SocketSwitch.connect(address, switch)
        await until(lambda: runtime.controller.switches)
        handle = runtime.controller.switch(1)
        assert (await handle.request(of.DescStatsRequest())).dp_desc == "s1"
        with pytest.raises(RequestFailed, match="TABLE_FULL"):
            await handle.request(of.FlowMod())
        with pytest.raises(TimeoutError, match=r"TableStatsRequest: no answer within 0\.05 s"):
            await handle.request(of.TableStatsRequest(), timeout=0.05)


@on_a_loop
async def test_many_requests_at_once_find_their_replies() -> None:
    switch = FakeSwitch(1)
    switch.answers[of.PortStatsRequest] = lambda r: [
        of.PortStatsReply(body=[of.PortStats(port_no=r.port_no)])
    ]
    async with Runtime() as runtime:
        await SocketSwitch.connect(await runtime.listen(ANYWHERE), switch)
        await until(lambda: runtime.controller.switches)
        handle = runtime.controller.switch(1)
        asked = [handle.request(of.PortStatsRequest(port_no=n)) for n in range(1, 301)]
        replies = await asyncio.gather(*asked)
    assert [reply.body[0].port_no for reply in replies] == list(range(1, 301))


@on_a_loop
async def test_an_async_callback_may_ask_the_switch() -> None:
    switch = FakeSwitch(1)
    switch.answers[of.DescStatsRequest] = lambda _: [of.DescStatsReply(dp_desc="s1")]
    described: list[str] = []

    async def join(ctrl: Controller, dpid: int, event: Any) -> None:
        reply = await ctrl.switch(dpid).request(of.DescStatsRequest())
        described.append(reply.dp_desc)

    async with Runtime() as runtime:
        runtime.controller.register_cb(Event.DATAPATH_JOIN, join)
        await SocketSwitch.connect(await runtime.listen(ANYWHERE), switch)
        await until(lambda: described)
    assert described == ["s1"]


@on_a_loop
async def test_timers_run_on_the_loops_clock_and_can_be_cancelled() -> None:
    calls: list[str] = []
    async with Runtime() as runtime:
        ctrl = runtime.controller
        ctrl.post_callback(0.02, calls.append, "second")
        ctrl.post_callback(0.01, calls.append, "first")
        ctrl.post_callback(0.01, calls.append, "never").cancel()
        await until(lambda: len(calls) == 2)
    assert calls == ["first", "second"]


@on_a_loop
async def test_garbage_from_one_switch_does_not_disturb_another() -> None:
    frames: list[int] = []
    async with Runtime() as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.PACKET_IN, lambda c, d, e: frames.append(d))
        address = await runtime.listen(ANYWHERE)
        good = await SocketSwitch.connect(address, FakeSwitch(1))
        bad = await SocketSwitch.connect(address, FakeSwitch(2))
        await until(lambda: len(ctrl.switches) == 2)
        bad.writer.write(bytes([4, 10, 0, 16]) + b"nonsense" + bytes(4))
        bad.writer.write(b"\xff" * 100)
        good.send(of.PacketIn(data=bytes(60)))
        await until(lambda: frames == [1])
        await until(lambda: ctrl.counters["malformed"] >= 1)
        bad.writer.write(b"GET / HTTP/1.1\r\n\r\n" + bytes(70000))
        await until(lambda: 2 not in ctrl.switches)
        good.send(of.PacketIn(data=bytes(60)))
        await until(lambda: frames == [1, 1])


@on_a_loop
async def test_a_browser_at_the_port_is_let_go() -> None:
    async with Runtime() as runtime:
        address = await runtime.listen(ANYWHERE)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: controller\r\n\r\n" + bytes(30000))
        await asyncio.wait_for(reader.read(), 5)
        assert runtime.controller.counters["handshake_failed"] == 1
        writer.close()


@on_a_loop
async def test_half_a_message_and_then_a_reset() -> None:
    left: list[str] = []
    async with Runtime() as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.DATAPATH_LEAVE, lambda c, d, e: left.append(e.reason))
        peer = await SocketSwitch.connect(await runtime.listen(ANYWHERE), FakeSwitch(1))
        await until(lambda: ctrl.switches)
        peer.writer.write(peer.switch.send(of.PacketIn(data=bytes(60)))[:30])
        await peer.writer.drain()
        await asyncio.sleep(0.02)
        peer.writer.transport.abort()
        await until(lambda: left)
    assert len(left) == 1


@on_a_loop
async def test_a_switch_that_stops_reading_neither_fills_memory_nor_stalls_others() -> None:
    settings = Settings(high_water=50_000, output_limit=400_000)
    async with Runtime(settings) as runtime:
        ctrl = runtime.controller
        address = await runtime.listen(ANYWHERE)
        slow = await SocketSwitch.connect(address, FakeSwitch(1))
        good = await SocketSwitch.connect(address, FakeSwitch(2))
        await until(lambda: len(ctrl.switches) == 2)
        slow.stop_reading()
        frame = bytes(1400)
        while not ctrl.counters["packet_out_dropped"]:
            ctrl.send(1, of.PacketOut(data=frame))
            await asyncio.sleep(0)
        ctrl.send(2, of.PacketOut(data=frame))
        await until(lambda: good.switch.of_type(of.PacketOut))
        assert ctrl.switch(1).connected
        flows = (ctrl.send(1, of.FlowMod()) for _ in range(100_000))
        with pytest.raises(NotConnected):
            list(flows)
        await until(lambda: 1 not in ctrl.switches)
        assert ctrl.counters["output_limit"] == 1
        slow.writer.close()


@on_a_loop
async def test_a_slow_switch_gets_packets_again_once_it_has_read() -> None:
    async with Runtime(Settings(high_water=50_000)) as runtime:
        ctrl = runtime.controller
        peer = await SocketSwitch.connect(await runtime.listen(ANYWHERE), FakeSwitch(1))
        await until(lambda: ctrl.switches)
        peer.transport.pause_reading()
        while ctrl.send(1, of.PacketOut(data=bytes(1400))):
            pass
        peer.transport.resume_reading()
        await until(lambda: ctrl.send(1, of.PacketOut(data=b"at last")))
        await until(lambda: any(m.data == b"at last" for m in peer.switch.of_type(of.PacketOut)))


@ENGINES
@on_a_loop
async def test_a_switch_that_is_back_is_another_object_and_the_old_one_sends_nothing(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFSWITCH_ENGINE", engine)
    async with Runtime() as runtime:
        ctrl = runtime.controller
        address = await runtime.listen(ANYWHERE)
        first = await SocketSwitch.connect(address, FakeSwitch(7))
        await until(lambda: 7 in ctrl.switches)
        before = ctrl.switch(7)
        before.send(of.FlowMod(priority=1))
        await until(lambda: first.switch.of_type(of.FlowMod))
        await first.close()
        await until(lambda: 7 not in ctrl.switches)
        again = await SocketSwitch.connect(address, FakeSwitch(7))
        await until(lambda: 7 in ctrl.switches)
        with pytest.raises(NotConnected):
            before.send(of.FlowMod(priority=2))
        ctrl.switch(7).send(of.FlowMod(priority=3))
        await until(lambda: [mod.priority for mod in again.switch.of_type(of.FlowMod)] == [3])


class Lenient:
    """A warden that keeps what it is given."""

    def __init__(self) -> None:
        self.held: list[Switch] = []

    def arrived(self, switch: Switch, /) -> None:
        self.held.append(switch)

    def heard(self, switch: Switch, event: EventType[Any], message: of.Message, /) -> None: ...

    def left(self, switch: Switch, /) -> None: ...


@ENGINES
@on_a_loop
async def test_a_warden_sends_to_a_switch_that_stands_by_and_apps_do_not(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFSWITCH_ENGINE", engine)
    async with Runtime() as runtime:
        ctrl, warden = runtime.controller, Lenient()
        ctrl.watched_by(warden)
        peer = await SocketSwitch.connect(await runtime.listen(ANYWHERE), FakeSwitch(7))
        await until(lambda: warden.held)
        warden.held[0].send(of.FlowMod(priority=1))
        ctrl.admit(7)
        apps = ctrl.switch(7)
        apps.send(of.FlowMod(priority=2))
        ctrl.stand_by(7, "for a test")
        with pytest.raises(NotConnected, match="for a test"):
            apps.send(of.FlowMod(priority=3))
        warden.held[0].send(of.FlowMod(priority=4))
        await until(lambda: len(peer.switch.received) > 3)
        assert [mod.priority for mod in peer.switch.of_type(of.FlowMod)] == [1, 2, 4]


@on_a_loop
async def test_the_controller_connects_to_a_switch_that_listens_and_comes_back() -> None:
    accepted: list[SocketSwitch] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = SocketSwitch(FakeSwitch(3))
        peer.reader, peer.writer = reader, writer
        peer.start()
        accepted.append(peer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with Runtime() as runtime:
        runtime.connect(Address(host, port))
        await until(lambda: 3 in runtime.controller.switches)
        await accepted[0].close()
        await until(lambda: len(accepted) == 2)
        await until(lambda: 3 in runtime.controller.switches)
    server.close()


@on_a_loop
async def test_the_controller_tries_until_the_switch_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()
    async with Runtime() as runtime:
        runtime.connect(Address(host, port))
        await until(lambda: "trying again until it works" in caplog.text)


@on_a_loop
async def test_a_switch_in_the_same_process_needs_no_socket() -> None:
    async with Runtime() as runtime:
        switch = FakeSwitch(8)
        end, _ = runtime.controller.local_connect()

        def read() -> None:
            end.write(switch.take(end.read()))

        end.on_readable = read
        end.write(switch.connection.take_output())
        await until(lambda: 8 in runtime.controller.switches)


@on_a_loop
async def test_a_port_in_use_is_explained() -> None:
    async with Runtime() as first, Runtime() as second:
        address = await first.listen(ANYWHERE)
        with pytest.raises(ListenError, match="the port is in use, probably by another controller"):
            await second.listen(address)


@on_a_loop
async def test_an_address_of_another_machine_is_explained() -> None:
    async with Runtime() as runtime:
        with pytest.raises(ListenError, match="this machine does not have that address"):
            await runtime.listen("tcp:192.0.2.1:0")


@on_a_loop
async def test_closing_lets_the_switches_leave_and_ends_what_runs() -> None:
    left: list[str] = []
    cancelled: list[bool] = []

    async def forever(ctrl: Controller, dpid: int, event: Any) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.append(True)

    async with Runtime() as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.DATAPATH_JOIN, forever)
        ctrl.register_cb(Event.DATAPATH_LEAVE, lambda c, d, e: left.append(e.reason))
        peer = await SocketSwitch.connect(await runtime.listen(ANYWHERE), FakeSwitch(1))
        await until(lambda: ctrl.switches)
        await asyncio.sleep(0)
    assert left == ["the controller is shutting down"]
    await until(lambda: peer.switch.lost and cancelled)


@on_a_loop
async def test_a_hundred_switches_join() -> None:
    async with Runtime() as runtime:
        address = await runtime.listen(ANYWHERE)
        peers = [await SocketSwitch.connect(address, FakeSwitch(n)) for n in range(1, 101)]
        await until(lambda: len(runtime.controller.switches) == 100)
        for peer in peers:
            await peer.close()
        await until(lambda: not runtime.controller.switches)
