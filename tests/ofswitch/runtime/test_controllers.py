"""Several controllers on sockets: each has a session of its own, and none can harm another or the switch."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from ofswitch import report
from ofswitch.configuration import Address, FailMode
from ofswitch.frame import Frame
from ofswitch.runtime import Switch, dialling
from ofswitch.runtime.commands import commands
from openflow import (
    V1_0,
    V1_3,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    ControllerRole,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    FlowMod,
    FlowStatsReply,
    FlowStatsRequest,
    Hello,
    Match,
    Output,
    PacketIn,
    PacketOut,
    PortNo,
    RoleReply,
    RoleRequest,
    RoleStatus,
    Version,
)
from tests.loops import on_a_loop, until
from tests.ofswitch.agent.world import forward, frame, to_controller
from tests.ofswitch.runtime.rig import Peer, arrives, plug, running

LOCALHOST = Address("127.0.0.1", 0)
SECURE = FailMode.SECURE
MASTER, SLAVE = ControllerRole.MASTER, ControllerRole.SLAVE


class Office:
    """A place where a controller waits for its switch; it may close, and open again."""

    def __init__(self, version: Version) -> None:
        self.version = version
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            self.address = Address(*reserved.getsockname())
        self._came: asyncio.Queue[Peer] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self.peers: list[Peer] = []

    async def open(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_server(
            self._accept, self.address.host, self.address.port
        )

    def close(self) -> None:
        """Accept no more, and hang up."""
        if self._server is not None:
            self._server.close()
        for peer in self.peers:
            peer.close()
        self.peers.clear()

    async def peer(self) -> Peer:
        """The next connection."""
        async with asyncio.timeout(30):
            return await self._came.get()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, self.version)
        self.peers.append(peer)
        self._came.put_nowait(peer)


@asynccontextmanager
async def controlled(*versions: Version, **settings: Any) -> AsyncIterator[tuple[Switch, Any]]:
    """A switch that was told of a controller for each of these versions, all of them open."""
    offices = [Office(version) for version in versions]
    async with AsyncExitStack() as stack:
        for office in offices:
            await office.open()
            stack.callback(office.close)
        addresses = tuple(office.address for office in offices)
        settings = {"fail_mode": SECURE, "controllers": addresses, **settings}
        yield await stack.enter_async_context(running(**settings)), offices


def shown(switch: Switch) -> str:
    """What `ofswitch show` prints."""
    return report.switch(commands(switch)["show"]())


async def ask(peer: Peer, request: Any, kind: type[Any]) -> Any:
    """Send a request; the next message of the reply's kind."""
    peer.send(request)
    return await peer.expect(kind)


async def entries(peer: Peer) -> list[Any]:
    """The flow entries."""
    return list((await ask(peer, FlowStatsRequest(), FlowStatsReply)).body)


@on_a_loop
async def test_each_controller_has_a_session_of_its_own() -> None:
    async with controlled(V1_0, V1_3, listen=(LOCALHOST,)) as (switch, offices):
        one, _ = plug(switch, "p1", "p2")
        old, new = [await office.peer() for office in offices]
        visitor = await Peer.visit(switch)
        await visitor.expect(Hello)
        await until(lambda: len(switch.agent.sessions) == 3)
        for peer in (old, new, visitor):
            peer.send(EchoRequest(b"there?", xid=77))
            assert (await peer.expect(EchoReply)).xid == 77
        new.send(to_controller(max_len=20), BarrierRequest())
        await new.expect(BarrierReply)
        one.send([Frame(frame(500))])
        for peer in (old, new, visitor):
            packet_in = await peer.expect(PacketIn)
            peer.send(PacketOut(packet_in.buffer_id, 1, [Output(PortNo.IN_PORT)]))
            assert (await arrives(one)).data == frame(500)


@on_a_loop
async def test_the_switch_stands_alone_only_when_all_its_controllers_are_gone() -> None:
    async with controlled(V1_3, V1_3, fail_mode=FailMode.STANDALONE) as (switch, offices):
        peers = [await office.peer() for office in offices]
        await until(lambda: all(target.connected for target in switch.targets))
        await until(lambda: not switch.agent.standing_alone)
        peers[1].send(forward(1, Match(in_port=2)))
        offices[0].close()
        await until(lambda: not switch.targets[0].connected)
        assert not switch.agent.standing_alone
        assert len(await entries(peers[1])) == 1
        offices[1].close()
        await until(lambda: switch.agent.standing_alone)


@on_a_loop
async def test_each_controller_is_dialled_again_by_itself() -> None:
    async with controlled(V1_3, V1_3) as (switch, offices):
        peers = [await office.peer() for office in offices]
        await ask(peers[1], RoleRequest(MASTER, 7), RoleReply)
        offices[0].close()
        await until(lambda: switch.targets[0].attempts > 0)
        assert "not connected for" in shown(switch)
        assert switch.targets[0].reason == "Connection refused"
        assert (await ask(peers[1], RoleRequest(), RoleReply)).role == MASTER
        await offices[0].open()
        again = await offices[0].peer()
        error = await ask(again, RoleRequest(MASTER, 6), ErrorMsg)
        assert error.error is ErrorCode.ROLE_REQUEST_FAILED__STALE
        assert switch.targets[0].connected
        assert "generation id 7" in shown(switch)


@on_a_loop
async def test_show_tells_who_is_what_and_who_was_refused() -> None:
    async with controlled(V1_3, V1_0, listen=(LOCALHOST,)) as (switch, offices):
        new, old = [await office.peer() for office in offices]
        visitor = await Peer.visit(switch)
        await until(lambda: len(switch.agent.sessions) == 3)
        assert "no generation id yet" in shown(switch)
        await ask(new, RoleRequest(MASTER, 3), RoleReply)
        await ask(visitor, RoleRequest(SLAVE, 3), RoleReply)
        await ask(visitor, forward(1), ErrorMsg)
        await ask(visitor, forward(1), ErrorMsg)
        await ask(visitor, RoleRequest(SLAVE, 2), ErrorMsg)
        await old.expect(Hello)
        lines = shown(switch).splitlines()
        (first,) = [line for line in lines if str(offices[0].address) in line]
        (second,) = [line for line in lines if str(offices[1].address) in line]
        (third,) = [line for line in lines if "connected: 127.0.0.1" in line]
        assert "(OpenFlow13, master for" in first
        assert "(OpenFlow10, equal for" in second
        assert "(OpenFlow13, slave for" in third
        assert third.endswith(", 2 slave_write, 1 stale_generation_id")
        assert "  refused: 2 slave_write, 1 stale_generation_id" in lines
        visitor.close()
        await until(lambda: len(switch.agent.sessions) == 2)
        assert "  refused: 2 slave_write, 1 stale_generation_id" in shown(switch).splitlines()


# --- those that say nothing -----------------------------------------------------------------------------------


@on_a_loop
async def test_a_controller_that_answers_no_probe_is_given_up_and_dialled_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with controlled(V1_3, probe_interval_s=0.2) as (_, offices):
        silent = await offices[0].peer()
        await ask(silent, RoleRequest(MASTER, 1), RoleReply)
        await offices[0].peer()
        assert "echo requests unanswered" in caplog.text


@on_a_loop
async def test_a_controller_that_accepts_but_says_nothing_is_given_up_sooner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stopped:
        address = Address(*stopped.getsockname())
        settings = {"controllers": (address,), "probe_interval_s": 0.2, "fail_mode": SECURE}
        async with running(**settings) as switch:
            await until(lambda: "no hello" in switch.targets[0].reason)


@on_a_loop
async def test_one_who_hangs_up_before_its_hello_is_perhaps_no_controller_and_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    came: list[asyncio.StreamWriter] = []

    def hang_up(_: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        came.append(out)
        out.write_eof()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as other:
        address = Address(*other.sockets[0].getsockname())
        async with running(controllers=(address,)):
            await until(lambda: len(came) > 2)
    why = "cannot connect, will keep trying: closed by the peer, before it said hello"
    assert [text for text in caplog.messages if str(address) in text] == [f"tcp:{address}: {why}"]


# --- old masters ----------------------------------------------------------------------------------------------


@on_a_loop
async def test_an_old_master_that_hears_nothing_any_more_cannot_write() -> None:
    """It is cut off one way, and so goes on as if it were master."""
    async with controlled(V1_3, V1_3) as (switch, offices):
        old, new = [await office.peer() for office in offices]
        await ask(old, RoleRequest(MASTER, 1), RoleReply)
        old.send(forward(1, Match(in_port=1)), BarrierRequest())
        await old.expect(BarrierReply)
        await ask(new, RoleRequest(MASTER, 2), RoleReply)
        before = [entry.match for entry in await entries(new)]
        old.send(*(forward(1, Match(in_port=number)) for number in range(2, 300)))
        old.send(FlowMod(command=3), PacketOut(data=frame(), actions=[Output(1)]))
        await until(lambda: switch.agent.refusals["slave_write"] == 300)
        assert [entry.match for entry in await entries(new)] == before
        # What it would have heard:
        assert (await old.expect(RoleStatus)).role == SLAVE
        assert (await old.expect(ErrorMsg)).error is ErrorCode.BAD_REQUEST__IS_SLAVE


@on_a_loop
async def test_an_old_master_whose_socket_is_full_costs_the_new_one_nothing() -> None:
    """It does not read, and asks so much that the switch stops to listen to it."""
    async with controlled(V1_3, V1_3) as (switch, offices):
        one, two = plug(switch, "p1", "p2")
        stuck, new = [await office.peer() for office in offices]
        await ask(stuck, RoleRequest(MASTER, 1), RoleReply)
        stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
        stuck.send(*(EchoRequest(bytes(60_000)) for _ in range(200)))
        stuck.send(*(forward(1, Match(in_port=number)) for number in range(2, 100)))
        session = next(one for one in switch.agent.sessions if one.role is MASTER)
        await until(lambda: session.congested)
        await ask(new, RoleRequest(MASTER, 2), RoleReply)
        both = ApplyActions([Output(PortNo.CONTROLLER), Output(2)])
        new.send(FlowMod(instructions=[both]), BarrierRequest())
        await new.expect(BarrierReply)
        for mark in range(50):
            one.send([Frame(frame(60_000, mark))])
            await arrives(two)
            await new.expect(PacketIn)
        assert len(await entries(new)) == 1
        stuck.writer.transport.resume_reading()  # type: ignore[attr-defined]
        while not isinstance(message := await stuck.read(), ErrorMsg):
            pass
        assert message.error is ErrorCode.BAD_REQUEST__IS_SLAVE
        await until(lambda: switch.agent.refusals["slave_write"] == 98)
        assert len(await entries(new)) == 1


# --- bounds ---------------------------------------------------------------------------------------------------


def test_why_a_connection_failed_is_said_in_a_few_words() -> None:
    assert dialling._why(TimeoutError()) == "no answer"
    assert dialling._why(ConnectionRefusedError(111, "Connect call failed")) == "Connection refused"
    assert dialling._why(socket.gaierror(-2, "Name or service not known")) == (
        "Name or service not known"
    )
    assert dialling._why(OSError("Multiple exceptions")) == "Multiple exceptions"
