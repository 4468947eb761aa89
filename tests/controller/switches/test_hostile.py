"""Callbacks and switches that behave badly: the rest of the network does not notice, and it is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

import openflow as of
from controller import Controller, Event, Runtime, Settings
from controller.address import Address
from openflow.versions import V1_0
from tests.controller.fakes import FakeSwitch
from tests.controller.sockets import SocketSwitch
from tests.loops import until

ANYWHERE = "tcp:127.0.0.1:0"
ENGINES = ("native", "python")


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a coroutine as a test, on the native connections and on asyncio's."""

    @pytest.mark.parametrize("engine", ENGINES)
    @wraps(test)
    def run(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OFSWITCH_ENGINE", engine)
        asyncio.run(test())

    del run.__wrapped__  # type: ignore[attr-defined]
    return run


class Network:
    """A controller whose app answers packet-ins, a switch to be watched, and another one."""

    def __init__(self, runtime: Runtime) -> None:
        self.ctrl = runtime.controller
        self.runtime = runtime
        self.address: Address
        self.good: SocketSwitch
        self.bad: SocketSwitch

    @classmethod
    async def start(cls, runtime: Runtime, version: of.Version = of.V1_3) -> Network:
        """Let both switches join."""
        self = cls(runtime)
        self.address = await runtime.listen(ANYWHERE)
        self.good = await SocketSwitch.connect(self.address, FakeSwitch(1, version))
        self.bad = await SocketSwitch.connect(self.address, FakeSwitch(2, version))
        await until(lambda: len(self.ctrl.switches) == 2)
        self.ctrl.register_cb(Event.PACKET_IN, answer)
        return self

    async def good_is_served(self, frame: bytes) -> None:
        """The good switch gets an answer."""
        self.good.send(of.PacketIn(data=frame, in_port=1))
        await until(lambda: any(m.data == frame for m in self.good.switch.of_type(of.PacketOut)))


def answer(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    """Send frames back."""
    ctrl.send(dpid, of.PacketOut(data=event.data, in_port=event.in_port))


@in_loop
async def test_a_callback_that_raises_costs_nobody_anything() -> None:
    async with Runtime() as runtime:
        runtime.controller.register_cb(Event.PACKET_IN, lambda c, d, e: 1 / 0)
        network = await Network.start(runtime)
        for number in range(5):
            await network.good_is_served(bytes([number]) * 60)
        assert network.ctrl.counters["callback_failed"] == 5


@in_loop
async def test_a_callback_that_sends_nonsense_sends_nothing() -> None:
    nonsense: list[Any] = [
        None,
        b"bytes",
        of.PacketIn,
        of.FlowMod(priority=-1),
        of.FlowMod(priority=1 << 70),
        of.PacketOut(actions=[of.GotoTable(1)]),  # type: ignore[list-item]
        of.PacketOut(data="text"),  # type: ignore[arg-type]
        of.FlowMod(match={"in_port": 1}),  # type: ignore[arg-type]
        of.FlowMod(xid=1 << 40),
        of.GroupMod(),
    ]

    def talk(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        ctrl.send(dpid, nonsense[event.in_port])

    async with Runtime() as runtime:
        network = await Network.start(runtime, V1_0)
        network.ctrl.register_cb(Event.PACKET_IN, talk, priority=1)
        network.good.switch.received.clear()
        for number in range(len(nonsense)):
            network.good.send(of.PacketIn(data=bytes([number]) * 60, in_port=number))
        await until(lambda: len(network.good.switch.received) == len(nonsense))
        sent = network.good.switch.of_type(of.PacketOut)
        assert [message.data[0] for message in sent] == list(range(len(nonsense)))
        assert network.ctrl.counters["callback_failed"] == len(nonsense)
        assert not network.good.switch.malformed


@in_loop
async def test_a_callback_may_send_to_whom_it_likes() -> None:
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        network.ctrl.register_cb(Event.PACKET_IN, lambda c, d, e: void(c.send(77, of.FlowMod())))
        await network.good_is_served(bytes(60))
        assert network.ctrl.counters["callback_failed"] == 1
        with pytest.raises(ConnectionError, match="switch 0000000000000000 is not connected"):
            network.ctrl.send(0, of.FlowMod())
        with pytest.raises(ConnectionError):
            network.ctrl.send(1 << 63, of.FlowMod())


@in_loop
async def test_a_callback_that_floods_a_switch_that_does_not_read_is_bounded() -> None:
    def flood(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        for _ in range(2000):
            ctrl.send(2, of.PacketOut(data=bytes(1400)))

    async with Runtime(Settings(high_water=50_000, output_limit=1 << 20)) as runtime:
        network = await Network.start(runtime)
        network.bad.stop_reading()
        network.ctrl.register_cb(Event.PACKET_IN, flood)
        for number in range(12):
            await network.good_is_served(bytes([number]) * 60)
        assert network.ctrl.counters["packet_out_dropped"] > 0
        assert 2 in network.ctrl.switches


@in_loop
async def test_replies_to_a_switch_that_sends_and_does_not_read_are_dropped() -> None:
    async with Runtime(Settings(high_water=50_000, output_limit=1 << 20)) as runtime:
        network = await Network.start(runtime)
        network.bad.stop_reading()
        while not network.ctrl.counters["packet_out_dropped"]:
            network.bad.send(*[of.PacketIn(data=bytes(1400))] * 100)
            await network.good_is_served(bytes(60))
        assert 2 in network.ctrl.switches
        network.bad.transport.resume_reading()
        network.bad.start()
        frame = b"read again".ljust(60)
        await until(lambda: network.ctrl.send(2, of.PacketOut(data=frame)))
        await until(lambda: any(m.data == frame for m in network.bad.switch.of_type(of.PacketOut)))


@in_loop
async def test_a_malformed_packet_in_is_answered_and_the_next_is_served() -> None:
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        frame = of.encode(of.PacketIn(data=b"x" * 60, in_port=1), of.V1_3)
        network.bad.writer.write(frame[:24] + b"\0\2" + frame[26:] + frame)  # no OXM match
        network.bad.writer.write(bytes([4, 10, 0, 20]) + bytes(16) + frame)  # too short
        await until(lambda: len(network.bad.switch.of_type(of.PacketOut)) == 2 or None)
        assert network.ctrl.counters["malformed"] == 2
        errors = [error.error for error in network.bad.switch.of_type(of.ErrorMsg)]
        assert errors == [of.ErrorCode.BAD_MATCH__BAD_TYPE, of.ErrorCode.BAD_REQUEST__BAD_LEN]
        await network.good_is_served(bytes(60))


@in_loop
async def test_garbage_behind_packet_ins_ends_the_connection_after_them() -> None:
    left: list[str] = []
    heard: list[int] = []
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        network.ctrl.register_cb(Event.DATAPATH_LEAVE, lambda c, d, e: left.append(e.reason))
        network.ctrl.register_cb(Event.PACKET_IN, lambda c, d, e: heard.append(d), priority=1)
        network.bad.writer.write(network.bad.switch.send(of.PacketIn(data=bytes(60))) + bytes(99))
        await until(lambda: left)
        assert "framing lost" in left[0]
        assert heard == [2]
        await network.good_is_served(bytes(60))


@in_loop
async def test_a_switch_that_goes_in_the_middle_of_a_message_leaves() -> None:
    left: list[str] = []
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        network.ctrl.register_cb(Event.DATAPATH_LEAVE, lambda c, d, e: left.append(e.reason))
        network.bad.writer.write(network.bad.switch.send(of.PacketIn(data=bytes(60)))[:30])
        await network.bad.writer.drain()
        await asyncio.sleep(0.02)
        await network.bad.close()
        await until(lambda: left)
        assert left == ["closed by the peer 30 bytes into a message"]
        await network.good_is_served(bytes(60))


@in_loop
async def test_a_switch_with_the_datapath_id_of_another_is_refused() -> None:
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        stranger = await SocketSwitch.connect(network.address, FakeSwitch(1))
        await until(lambda: stranger.switch.lost)
        assert network.ctrl.counters["duplicate_refused"] == 1
        await network.good_is_served(bytes(60))


@in_loop
async def test_a_dead_connection_is_replaced_and_packets_go_to_the_new_one() -> None:
    async with Runtime(Settings(duplicate_timeout_s=0.05)) as runtime:
        network = await Network.start(runtime)
        network.good.switch.silent = True
        network.good = await SocketSwitch.connect(network.address, FakeSwitch(1))
        await until(lambda: network.ctrl.counters["duplicate_replaced"] == 1)
        await until(lambda: 1 in network.ctrl.switches)
        await network.good_is_served(bytes(60))


@in_loop
async def test_messages_keep_their_order_whatever_way_they_take() -> None:
    heard: list[Any] = []
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        for event in (Event.PACKET_IN, Event.PORT_STATUS, Event.ECHO_REQUEST):
            network.ctrl.register_cb(event, lambda c, d, e: heard.append(type(e)))
        kinds = [of.PacketIn, of.PortStatus, of.PacketIn, of.PacketIn, of.EchoRequest] * 20
        for kind in kinds:
            network.bad.send(kind())
        await until(lambda: len(heard) == len(kinds))
        assert heard == kinds


@in_loop
async def test_what_is_sent_outside_of_a_turn_goes_out_soon() -> None:
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        network.ctrl.send(1, of.PacketOut(data=b"from a task"))
        await until(lambda: network.good.switch.of_type(of.PacketOut))
        network.ctrl.post_callback(0, network.ctrl.send, 1, of.PacketOut(data=b"from a timer"))
        await until(lambda: network.good.switch.of_type(of.PacketOut))


@in_loop
async def test_a_packet_in_that_is_kept_stays_as_it_is() -> None:
    kept: list[of.PacketIn] = []
    async with Runtime() as runtime:
        network = await Network.start(runtime)
        network.ctrl.register_cb(Event.PACKET_IN, lambda c, d, e: keep_some(kept, e))
        for number in range(200):
            network.bad.send(of.PacketIn(data=bytes([number]) * 60, in_port=number, total_len=60))
        await until(lambda: len(kept) == 100)
        assert [event.in_port for event in kept] == list(range(0, 200, 2))
        assert [event.packet.eth_src for event in kept] == [
            int.from_bytes(bytes([number]) * 6) for number in range(0, 200, 2)
        ]
        assert all(type(event) is of.PacketIn for event in kept)


def keep_some(kept: list[of.PacketIn], event: of.PacketIn) -> None:
    """Keep every other packet-in, and look at all."""
    assert event.packet.eth_dst is not None
    if event.in_port % 2 == 0:
        kept.append(event)


def void(_: Any) -> None:
    """Make a lambda return None."""
