"""The two ends of a connection, on a pair of sockets."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials
from console.tls.layer import TlsLayer
from console.tls.reasons import TlsError
from tests.certificates import Authority
from tests.loops import on_a_loop

TIMEOUT_S = 20.0


class Inside(asyncio.Protocol):
    """What is inside notes what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.transport: asyncio.Transport
        self.ended = asyncio.get_running_loop().create_future()
        self.eof = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def eof_received(self) -> None:
        self.eof = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set_result(exc)

    async def hears(self, size: int) -> bytes:
        """So many bytes."""
        async with asyncio.timeout(TIMEOUT_S):
            while len(self.heard) < size:
                await asyncio.sleep(0.001)
        return bytes(self.heard)


@pytest.fixture(scope="module")
def one(ca: Authority) -> Credentials:
    return ca.issue("one")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


async def attach(layer: TlsLayer, sock: socket.socket) -> asyncio.Protocol:
    """Have a socket secured."""
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: layer, sock)
    async with asyncio.timeout(TIMEOUT_S):
        return await layer.established()


def layer(mine: Credentials, *, server_side: bool, timeout_s: float = TIMEOUT_S) -> TlsLayer:
    """One end."""
    context = Contexts(mine).get(server_side=server_side)
    return TlsLayer(context, Inside, server_side=server_side, timeout_s=timeout_s)


async def agreed(
    accepts: Credentials, dials: Credentials, pair: tuple[socket.socket, socket.socket]
) -> tuple[Inside, Inside]:
    """Both protocols."""
    ends = await asyncio.gather(
        attach(layer(accepts, server_side=True), pair[0]),
        attach(layer(dials, server_side=False), pair[1]),
    )
    first, second = ends
    assert isinstance(first, Inside)
    assert isinstance(second, Inside)
    return first, second


@on_a_loop
async def test_what_one_end_writes_the_other_hears(ca, one, pair) -> None:
    server, client = await agreed(one, ca.issue("two"), pair)
    text = bytes(range(256)) * 4096
    server.transport.write(b"hello")
    client.transport.write(text)
    assert await client.hears(5) == b"hello"
    assert await server.hears(len(text)) == text
    assert server.transport.get_extra_info("tls") == "TLSv1.3, certificate of CN=two, O=ofswitch"
    client.transport.close()
    async with asyncio.timeout(TIMEOUT_S):
        await server.ended
    assert server.eof


@on_a_loop
async def test_nothing_is_handed_on_while_reading_is_paused(one, pair) -> None:
    server, client = await agreed(one, one, pair)
    server.transport.pause_reading()
    client.transport.write(b"x" * 100_000)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not server.heard
    server.transport.resume_reading()
    assert len(await server.hears(100_000)) == 100_000
    client.transport.abort()
    server.transport.abort()


@on_a_loop
async def test_a_certificate_of_another_ca_is_refused_and_its_owner_told(
    ca, other_ca, one, pair
) -> None:
    stranger = other_ca.issue("stranger", trust=ca)
    server, client = layer(one, server_side=True), layer(stranger, server_side=False)
    ends = asyncio.gather(attach(server, pair[0]), attach(client, pair[1]), return_exceptions=True)
    refused, inside = await ends
    assert isinstance(refused, TlsError)
    assert "not signed by the CA that is trusted here" in str(refused)
    assert isinstance(inside, Inside)  # with TLS 1.3 a client has agreed before the server has
    async with asyncio.timeout(TIMEOUT_S):
        assert "no CA that it knows has signed it" in str(await inside.ended)


@pytest.mark.parametrize("server_side", [True, False])
@on_a_loop
async def test_an_expired_certificate_is_refused(ca, one, pair, server_side: bool) -> None:
    expired = ca.issue("expired", days=-1)
    ours = layer(one, server_side=server_side)
    theirs = layer(expired, server_side=not server_side)
    ends = asyncio.gather(attach(ours, pair[0]), attach(theirs, pair[1]), return_exceptions=True)
    refused, _ = await ends
    assert str(refused) == "the peer's certificate is refused: certificate has expired"


@pytest.mark.parametrize("server_side", [True, False])
@on_a_loop
async def test_a_peer_that_does_not_speak_tls_is_found_out(one, pair, server_side: bool) -> None:
    pair[1].send(bytes.fromhex("0400000800000001"))
    with pytest.raises(TlsError, match="the peer does not speak TLS"):
        await attach(layer(one, server_side=server_side), pair[0])


@pytest.mark.parametrize("server_side", [True, False])
@on_a_loop
async def test_a_peer_that_goes_away_is_no_fault(one, pair, server_side: bool) -> None:
    pair[1].close()
    with pytest.raises(TlsError, match="during the handshake"):
        await attach(layer(one, server_side=server_side), pair[0])


@on_a_loop
async def test_a_peer_that_never_finishes_is_given_up(one, pair) -> None:
    with pytest.raises(TlsError, match=r"did not finish the handshake in 0\.05 s"):
        await attach(layer(one, server_side=True, timeout_s=0.05), pair[0])


@on_a_loop
async def test_a_peer_that_is_cancelled_leaves_nothing_open(one, pair) -> None:
    task = asyncio.create_task(attach(layer(one, server_side=True), pair[0]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@on_a_loop
async def test_a_failure_that_nobody_waits_for_is_nobodys_fault(one) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    layer(one, server_side=False).connection_lost(None)
    gc.collect()
    assert faults == []


@on_a_loop
async def test_what_is_aborted_before_it_has_begun_does_not_begin(one, pair) -> None:
    aborted = layer(one, server_side=True)
    aborted.abort()
    with pytest.raises(TlsError, match="during the handshake"):
        await attach(aborted, pair[0])


@on_a_loop
async def test_garbage_after_the_handshake_ends_the_connection(one, pair) -> None:
    server, client = await agreed(one, one, pair)
    pair[1].dup().send(b"garbage" * 20)
    async with asyncio.timeout(TIMEOUT_S):
        assert isinstance(await server.ended, TlsError)
        await client.ended


class Drawer(asyncio.Transport):
    """A socket's transport that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.lists(st.binary(min_size=1), min_size=1),
    begins_well=st.booleans(),
    server_side=st.booleans(),
)
def test_any_bytes_end_in_a_reason_or_are_waited_for(
    one: Credentials, chunks: list[bytes], begins_well: bool, server_side: bool
) -> None:
    async def run() -> None:
        ours, theirs = layer(one, server_side=server_side), layer(one, server_side=False)
        drawer, other = Drawer(), Drawer()
        ours.connection_made(drawer)
        if begins_well:
            theirs.connection_made(other)
            ours.data_received(bytes(other.written[:100]))
        for chunk in chunks:
            if not drawer.closed:
                ours.data_received(chunk)
        ours.connection_lost(None)
        with pytest.raises(TlsError, match=r"^(the peer|the connection|TLS failed)"):
            await ours.established()

    asyncio.run(run())
