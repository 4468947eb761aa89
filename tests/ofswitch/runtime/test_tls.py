"""Connections with TLS, made and accepted: who is let in, and what is said about who is not."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials
from console.tls.options import as_options
from ofswitch import report
from ofswitch.cli import main
from ofswitch.configuration import Address
from ofswitch.runtime import Switch, listening
from ofswitch.runtime.commands import commands
from ofswitch.runtime.transport import Refusal
from openflow import EchoReply, EchoRequest, Hello
from tests.certificates import Authority
from tests.loops import on_a_loop, until
from tests.ofswitch.runtime.rig import Peer, running

PSSL = Address("127.0.0.1", 0, tls=True)


class Office:
    """A controller that listens."""

    def __init__(self) -> None:
        self.address: Address
        self.close: Callable[[], None]
        self._came: asyncio.Queue[Peer] = asyncio.Queue()

    async def peer(self) -> Peer:
        """The next switch that was let in."""
        async with asyncio.timeout(30):
            return await self._came.get()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let one in."""
        await self._came.put(Peer(reader, writer))


@asynccontextmanager
async def office(context: ssl.SSLContext | None, port: int = 0) -> AsyncIterator[Office]:
    """A controller that listens, with TLS if there is a context."""
    ours = Office()
    server = await asyncio.start_server(ours.accept, "127.0.0.1", port, ssl=context)
    ours.address = Address(*server.sockets[0].getsockname(), tls=True)
    ours.close = server.close
    try:
        yield ours
    finally:
        server.close()


def accepting(credentials: Credentials) -> ssl.SSLContext:
    """What such a controller listens with."""
    return Contexts(credentials).get(server_side=True)


async def visit(switch: Switch, context: ssl.SSLContext) -> Peer:
    """A controller that came to the switch's first listener."""
    address = switch.listeners[0]
    streams = await asyncio.open_connection(
        address.host, address.port, ssl=context, server_hostname=""
    )
    return Peer(*streams)


async def answers(peer: Peer) -> None:
    """Wait until it answers."""
    await peer.expect(Hello)
    peer.send(EchoRequest())
    await peer.expect(EchoReply)


def shown(switch: Switch) -> str:
    """What `ofswitch show` says."""
    return report.switch(commands(switch)["show"]())


@on_a_loop
async def test_a_controller_is_dialled_with_tls_and_shown(s1, c1) -> None:
    async with (
        office(accepting(c1)) as controller,
        running(controllers=(controller.address,), tls=s1) as switch,
    ):
        await answers(await controller.peer())
        assert f"controller {controller.address.dialled} (" in shown(switch)
        assert "TLSv1.3, certificate of CN=c1, O=ofswitch" in shown(switch)


@on_a_loop
async def test_a_visitor_with_a_certificate_is_let_in(s1, c1) -> None:
    async with running(listen=(PSSL,), tls=s1) as switch:
        address = switch.listeners[0]
        peer = await visit(switch, Contexts(c1).get(server_side=False))
        await answers(peer)
        assert f"listening on pssl:{address.port}:127.0.0.1" in shown(switch)
        assert "connected: ssl:127.0.0.1:" in shown(switch)
        peer.close()


@on_a_loop
async def test_who_is_not_let_in_harms_nobody(ca, other_ca, s1, c1, caplog) -> None:
    async with running(listen=(PSSL,), tls=s1) as switch:
        friend = await visit(switch, Contexts(c1).get(server_side=False))
        await answers(friend)
        nameless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        nameless.check_hostname, nameless.verify_mode = False, ssl.CERT_NONE
        strangers = {
            "showed no certificate": nameless,
            "not signed by the CA that is trusted here": Contexts(
                other_ca.issue("x", trust=ca)
            ).get(server_side=False),
            "certificate has expired": Contexts(ca.issue("old", days=-1)).get(server_side=False),
        }
        for reason, context in strangers.items():
            stranger = await visit(switch, context)
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await stranger.expect(Hello)
            await until(lambda reason=reason: reason in caplog.text, reason)
        plain = await Peer.visit(switch)
        await plain.ends()
        await until(lambda: "the peer does not speak TLS" in caplog.text)
        friend.send(EchoRequest())
        await friend.expect(EchoReply)
        assert len(switch.links) == 1
        friend.close()


@on_a_loop
async def test_who_never_finishes_is_sent_away(s1, caplog, monkeypatch) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE_TIMEOUT_S", 0.05)
    monkeypatch.setattr(listening, "MOST_HANDSHAKES", 1)
    async with running(listen=(PSSL,), tls=s1) as switch:
        address = switch.listeners[0]
        first, _ = await asyncio.open_connection(address.host, address.port)
        assert await first.read() == b""
        await until(lambda: "did not finish the handshake in 0.05 s" in caplog.text)
        monkeypatch.setattr(listening, "HANDSHAKE_TIMEOUT_S", 30.0)
        _, waits = await asyncio.open_connection(address.host, address.port)
        second, _ = await asyncio.open_connection(address.host, address.port)
        assert await second.read() == b""
        assert "connections are at their handshake" in caplog.text
        waits.close()


@on_a_loop
async def test_show_says_why_tls_was_not_agreed_on(ca, other_ca, s1) -> None:
    stranger = other_ca.issue("c2", trust=ca)
    async with (
        office(None) as plain,
        office(accepting(stranger)) as unknown,
    ):
        reasons = {
            plain.address: "the peer does not speak TLS",
            unknown.address: "the peer's certificate is refused: it is not signed by the CA",
        }
        async with running(controllers=tuple(reasons), tls=s1) as switch:
            for address, reason in reasons.items():

                def told(address: Address = address, reason: str = reason) -> bool:
                    lines = shown(switch).splitlines()
                    (line,) = [line for line in lines if address.dialled in line]
                    return reason in line

                await until(told, reason)


@on_a_loop
async def test_show_says_that_the_controller_refuses_the_switchs_certificate(
    ca, other_ca, c1
) -> None:
    stranger = other_ca.issue("s2", trust=ca)
    doorman = listening.Doorman(Contexts(c1), Refusal)
    server = await asyncio.get_running_loop().create_server(doorman.receive, "127.0.0.1", 0)
    address = Address(*server.sockets[0].getsockname(), tls=True)
    async with running(controllers=(address,), tls=stranger) as switch:
        reason = "the peer refused this end's certificate: no CA that it knows has signed it"
        await until(lambda: reason in shown(switch))
    server.close()


@on_a_loop
async def test_a_switch_comes_back_when_the_certificate_was_renewed(ca, s1) -> None:
    expired, renewed = ca.issue("old", days=-1), ca.issue("new")
    async with office(accepting(expired)) as controller:
        address = controller.address
        async with running(controllers=(address,), tls=s1) as switch:
            await until(lambda: "certificate has expired" in shown(switch))
            controller.close()
            async with office(accepting(renewed), address.port) as again:
                await answers(await again.peer())


@pytest.mark.parametrize("cas", [1, 2])
@on_a_loop
async def test_the_ca_of_the_first_controller_is_trusted_for_ever(
    ca, other_ca, s1, c1, tmp_path, caplog, cas: int
) -> None:
    """As Open vSwitch's --bootstrap-ca-cert: the controller shows its CA's certificate behind its own."""
    caplog.set_level(logging.WARNING)
    theirs = ca if cas == 1 else other_ca
    shows = c1 if cas == 1 else with_chain(other_ca.issue("c2", trust=ca), other_ca, tmp_path)
    learned = tmp_path / "learned.pem"
    first = dataclasses.replace(s1, ca_cert=learned, bootstrap=True)
    async with (
        office(accepting(shows)) as controller,
        running(controllers=(controller.address,), tls=first) as switch,
    ):
        await controller.peer()  # who only looks at the certificates, and hangs up
        await answers(await controller.peer())
        assert f"CN=c{cas}" in shown(switch)
    assert learned.read_text().split() == theirs.certificate.read_text().split()
    assert "O=ofswitch is trusted from now on" in caplog.text
    impostor = (other_ca if cas == 1 else ca).issue("evil", trust=ca)
    async with (
        office(accepting(impostor)) as elsewhere,
        running(controllers=(elsewhere.address,), tls=first) as switch,
    ):
        await until(lambda: "not signed by the CA" in shown(switch))


@on_a_loop
async def test_a_ca_that_is_not_shown_cannot_be_learned(ca, other_ca, s1, c1, tmp_path) -> None:
    first = dataclasses.replace(s1, ca_cert=tmp_path / "learned.pem", bootstrap=True)
    particular = dataclasses.replace(c1, ca_cert=other_ca.certificate)
    async with (
        office(accepting(particular)) as controller,
        running(controllers=(controller.address,), listen=(PSSL,), tls=first) as switch,
    ):
        await until(lambda: "does not show its CA's certificate" in shown(switch))
        assert not first.ca_cert.exists()
        visitor = await visit(switch, Contexts(c1).get(server_side=False))
        with pytest.raises((OSError, asyncio.IncompleteReadError)):  # nobody is trusted yet
            await visitor.expect(Hello)


def with_chain(credentials: Credentials, ca: Authority, folder: Path) -> Credentials:
    """The same, with the CA's certificate behind its own."""
    chain = folder / "chain.pem"
    chain.write_text(credentials.certificate.read_text() + ca.certificate.read_text())
    return dataclasses.replace(credentials, certificate=chain)


def test_files_that_do_not_fit_are_told_before_anything_starts(s1, tmp_path) -> None:
    words = as_options(dataclasses.replace(s1, private_key=tmp_path / "key.pem"))
    control = ["--control", str(tmp_path / "s1.sock")]
    words = ["run", "s1", "--listen", "pssl:0", *control, *words]
    ran = CliRunner().invoke(main, words, prog_name="ofswitch")
    assert (ran.exit_code, ran.output) == (
        1,
        f"ofswitch: --private-key {tmp_path / 'key.pem'}: No such file or directory\n",
    )
