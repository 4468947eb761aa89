"""Switches that connect with TLS, and what becomes of those that may not."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

import openflow as of
from console.tls.contexts import Contexts
from console.tls.credentials import Credentials, CredentialsError
from controller import Controller, Event, Runtime, Settings
from controller.address import Address
from openflow import native
from tests.controller.fakes import FakeSwitch
from tests.controller.sockets import SocketSwitch
from tests.loops import on_a_loop, until

HELLO = bytes.fromhex("0400000800000001")
TCP, SSL = "tcp:127.0.0.1:0", "ssl:127.0.0.1:0"

ENGINES = pytest.mark.parametrize("engine", ["native", "python"])


def dialling(credentials: Credentials) -> ssl.SSLContext:
    """What a switch connects with."""
    return Contexts(credentials).get(server_side=False)


async def connect(address: Address, dpid: int, context: ssl.SSLContext | None) -> SocketSwitch:
    """A switch that has connected."""
    peer = SocketSwitch(FakeSwitch(dpid))
    where = {"ssl": context, "server_hostname": ""} if context else {}
    peer.reader, peer.writer = await asyncio.open_connection(address.host, address.port, **where)
    peer.start()
    return peer


async def knock(address: Address, context: ssl.SSLContext | None) -> None:
    """Say hello, and wait to be sent away."""
    where = {"ssl": context, "server_hostname": ""} if context else {}
    with suppress(OSError):
        reader, writer = await asyncio.open_connection(address.host, address.port, **where)
        writer.write(HELLO)
        await reader.read()
        writer.close()


async def hears(peer: SocketSwitch, kind: type[of.Message]) -> Any:
    """The one message of this type that it is sent."""
    found: list[of.Message] = []
    await until(lambda: found.extend(peer.switch.of_type(kind)) or found)
    (message,) = found
    return message


def send_back(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
    """Have a switch send the frame that it has sent up."""
    ctrl.send(dpid, of.PacketOut(data=event.data))


@asynccontextmanager
async def office(context: ssl.SSLContext | None, dpid: int) -> AsyncIterator[Address]:
    """Where a switch listens."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = SocketSwitch(FakeSwitch(dpid))
        peer.reader, peer.writer = reader, writer
        peer.start()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield Address(*server.sockets[0].getsockname(), tls=True)
    finally:
        server.close()


@ENGINES
@on_a_loop
async def test_switches_with_tls_and_without_are_served_alike(c1, s1, engine, monkeypatch) -> None:
    if engine == "python":
        monkeypatch.setattr("controller.transport.adopters.wanted", lambda: False)
    elif not native.wanted():
        pytest.skip("there is no native code")
    async with Runtime(Settings(tls=c1)) as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.PACKET_IN, send_back)
        context = dialling(s1)
        plain = await connect(await runtime.listen(TCP), 1, None)
        secure = await connect(await runtime.listen(SSL), 2, context)
        await until(lambda: set(ctrl.switches) == {1, 2})
        assert ctrl.switch(1).address.startswith("tcp:127.0.0.1:")
        assert ctrl.switch(2).address.startswith("ssl:127.0.0.1:")
        for peer in (plain, secure):
            frame = bytes(range(256)) * 100
            peer.send(of.PacketIn(data=frame, in_port=1))
            came = await hears(peer, of.PacketOut)
            assert came.data == frame
        await secure.close()
        await until(lambda: set(ctrl.switches) == {1})


@on_a_loop
async def test_a_controller_dials_a_switch_with_tls(c1, s1) -> None:
    async with (
        office(Contexts(s1).get(server_side=True), 7) as address,
        Runtime(Settings(tls=c1)) as runtime,
    ):
        runtime.connect(address)
        await until(lambda: 7 in runtime.controller.switches)


@on_a_loop
async def test_a_switch_that_cannot_be_dialled_with_tls_is_told_once(c1, caplog) -> None:
    async with office(None, 7) as address, Runtime(Settings(tls=c1)) as runtime:
        runtime.connect(address)
        await until(lambda: runtime.controller.counters["tls_failed"] > 1)
        text = f"cannot connect to {address} (the peer does not speak TLS); trying again"
        assert caplog.text.count(text) == 1


@on_a_loop
async def test_who_is_not_let_in_is_told_counted_and_harms_nobody(
    ca, other_ca, c1, s1, caplog
) -> None:
    nameless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nameless.check_hostname, nameless.verify_mode = False, ssl.CERT_NONE
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.deprecated_call():
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    strangers = {
        "the peer showed no certificate": nameless,
        "not signed by the CA that is trusted here": dialling(other_ca.issue("x", trust=ca)),
        "certificate has expired": dialling(ca.issue("old", days=-1)),
        "speaks no version of TLS that is spoken here": old,
        "the peer does not speak TLS": None,
    }
    async with Runtime(Settings(tls=c1)) as runtime:
        ctrl = runtime.controller
        address = await runtime.listen(SSL)
        friend = await connect(address, 1, dialling(s1))
        await until(lambda: 1 in ctrl.switches)
        for number, (reason, context) in enumerate(strangers.items(), 1):
            await knock(address, context)
            await until(lambda number=number: ctrl.counters["tls_failed"] == number)
            if number <= 3:  # the next line comes at the tenth
                assert reason in caplog.text
        friend.send(of.EchoRequest())
        await hears(friend, of.EchoReply)
        assert set(ctrl.switches) == {1}


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("the peer does not speak TLS", HELLO),
        ("did not finish the handshake in 0.1 s", b""),
        ("did not finish the handshake in 0.1 s", bytes.fromhex("1603010200010001fc")),
    ],
)
@on_a_loop
async def test_who_does_not_shake_hands_is_told_with_the_reason(c1, caplog, reason, sent) -> None:
    async with Runtime(Settings(tls=c1, handshake_timeout_s=0.1)) as runtime:
        address = await runtime.listen(SSL)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(sent)
        await reader.read()
        await until(lambda: reason in caplog.text)
        port = writer.get_extra_info("sockname")[1]
        assert f"ssl:127.0.0.1:{port}: no TLS: the peer " in caplog.text
        writer.close()


@on_a_loop
async def test_handshakes_count_as_connections(c1, s1, caplog) -> None:
    async with Runtime(Settings(tls=c1, max_connections=1)) as runtime:
        address = await runtime.listen(SSL)
        _, waits = await asyncio.open_connection(address.host, address.port)
        reader, _ = await asyncio.open_connection(address.host, address.port)
        assert await reader.read() == b""
        assert runtime.controller.counters["connections_refused"] == 1
        assert "is turned away" in caplog.text
        waits.close()
        await until(lambda: runtime.controller.counters["tls_failed"] == 1)
        await connect(address, 1, dialling(s1))
        await until(lambda: 1 in runtime.controller.switches)


@on_a_loop
async def test_a_tls_switch_at_a_plain_port_is_told_as_what_it_is(c1, s1, caplog) -> None:
    async with Runtime(Settings(tls=c1)) as runtime:
        address = await runtime.listen(TCP)
        await knock(address, dialling(s1))
        text = "did not join: the peer speaks TLS at a port without"
        await until(lambda: text in caplog.text)


@on_a_loop
async def test_closing_sends_away_who_is_at_the_handshake(c1, caplog) -> None:
    caplog.set_level(logging.ERROR)
    async with Runtime(Settings(tls=c1)) as runtime:
        address = await runtime.listen(SSL)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        await asyncio.sleep(0)
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert not caplog.records


@on_a_loop
async def test_an_address_with_tls_needs_credentials() -> None:
    async with Runtime() as runtime:
        with pytest.raises(CredentialsError, match=r"ssl:127\.0\.0\.1:0 needs --private-key"):
            await runtime.listen(SSL)
        with pytest.raises(CredentialsError, match=r"ssl:127\.0\.0\.1:0 needs --private-key"):
            runtime.connect(SSL)
