"""`Swim` on real sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, closing
from dataclasses import replace

import pytest

from apps.swim import StartFailed, Swim
from apps.swim.config import FAST
from apps.swim.effects import Answered, Deliver, Effect, Event, Kind, Shared
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.packet import Envelope
from apps.swim.transport import feed
from tests.apps.swim.transport.members import ANY_PORT, CALM, Diary, member, sees
from tests.loopback import free_port
from tests.loops import on_a_loop, until


@on_a_loop
async def test_two_find_each_other_and_one_leaves() -> None:
    async with member("a") as a:
        diary = Diary(a)
        async with member("b", a, meta=b"web") as b:
            assert sees(b, a=State.ALIVE)
            await until(lambda: sees(a, b=State.ALIVE))
            assert a.members["b"].meta == b"web"
            assert a.members["b"].at == b.address == b.me.at
        await until(lambda: sees(a, b=State.LEFT))
        assert diary.kinds("b") == [Kind.MEMBER_JOIN, Kind.MEMBER_LEAVE]


@on_a_loop
async def test_a_late_joiner_learns_everyone_over_sockets() -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(member("m0"))
        for number in range(1, 8):
            await stack.enter_async_context(member(f"m{number}", first))
        late = await stack.enter_async_context(member("late", first))
        await until(lambda: sees(late, **{f"m{n}": State.ALIVE for n in range(8)}))


@on_a_loop
async def test_who_goes_without_a_word_has_failed() -> None:
    async with (
        member("a", config=FAST) as a,
        member("b", a, config=FAST) as b,
        member("c", a, b, config=FAST),
    ):
        await until(lambda: len(a.members) == 3)
        await b.close()
        await until(lambda: a.members["b"].state is State.DEAD)


@on_a_loop
async def test_whoever_shares_a_key_and_a_label_is_a_cluster() -> None:
    def config(label: bytes, key: bytes) -> Envelope:
        return Envelope(label, Keyring(key))

    ours = replace(CALM, envelope=config(b"blue", b"k" * 32))
    for other in (CALM, replace(CALM, envelope=config(b"blue", b"x" * 32))):
        async with member("a", config=ours) as a, member("b", a, config=ours) as b:
            async with member("stranger", a, config=other) as stranger:
                assert await stranger.join([str(a.address)]) == 0
                assert sees(stranger)
            assert sees(a, b=State.ALIVE)
            assert sees(b, a=State.ALIVE)
            assert a.counters["not_decryptable"] + a.counters["wrong_label"] > 0


@on_a_loop
async def test_metadata_messages_and_shared_bytes_reach_the_others() -> None:
    async with member("a", config=FAST) as a, member("b", a, config=FAST) as b:
        diary = Diary(b)
        a.update(b"new")
        await until(lambda: b.members["a"].meta == b"new")
        a.send("b", b"to you")
        await until(lambda: Deliver(b"to you") in diary.effects)
        a.broadcast(b"to all")
        await until(lambda: Deliver(b"to all") in diary.effects)
        a.shared = b"all that I know"
        assert a.shared == b"all that I know"
        assert await b.join([str(a.address)]) == 1
        assert Shared(b"all that I know", True) in diary.effects
        await until(lambda: any(isinstance(e, Answered) for e in diary.effects))


@on_a_loop
async def test_more_than_fits_is_refused_where_it_is_given() -> None:
    async with member("a") as a:
        with pytest.raises(ValueError, match="metadata"):
            a.update(bytes(600))
        with pytest.raises(ValueError, match="fit a datagram"):
            a.broadcast(bytes(2000))
        with pytest.raises(KeyError):
            a.send("nobody", b"hi")


@on_a_loop
async def test_join_counts_those_that_answer() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    async with member("a") as a, member("b") as b, member("c") as c:
        assert await c.join([str(a.address), nobody, "no.such.host.invalid"]) == 1
        assert await c.join(str(b.address)) == 1
        await until(lambda: len(a.members) == 3)
        with pytest.raises(ValueError, match="a port is a number"):
            await c.join(["10.0.0.1:http"])


@on_a_loop
async def test_who_is_alone_at_first_finds_the_others_when_they_come() -> None:
    later = f"127.0.0.1:{free_port()}"
    async with (
        Swim("a", FAST, bind=ANY_PORT, join=[later]) as a,
        Swim("b", FAST, bind=later),
    ):
        await until(lambda: sees(a, b=State.ALIVE))


@on_a_loop
async def test_two_of_one_name_are_a_conflict() -> None:
    async with member("a") as a, member("b", a) as b:
        diary = Diary(a)
        async with member("b", a) as other:
            await until(lambda: Kind.MEMBER_CONFLICT in diary.kinds("b"))
            conflict = next(e for e in diary.effects if isinstance(e, Event))
            assert (conflict.member.at, conflict.other) == (b.address, other.address)
            await other.close()
        assert a.members["b"].at == b.address


@on_a_loop
async def test_events_come_in_order_and_end_with_the_member() -> None:
    async with member("a") as a:
        events = a.events()
        async with member("b", a):
            pass
    told = [effect async for effect in events if isinstance(effect, Event)]
    assert [(event.kind, event.member.name) for event in told] == [
        (Kind.MEMBER_JOIN, "b"),
        (Kind.MEMBER_LEAVE, "b"),
        (Kind.MEMBER_LEAVE, "a"),
    ]
    assert [effect async for effect in a.events()] == []


@on_a_loop
async def test_a_slow_reader_loses_the_oldest_and_that_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "MOST", 2)
    async with member("a") as a:
        events = a.events()
        for number in range(3):
            a._news.tell(Deliver(bytes([number])))
        assert [await anext(events) for _ in range(2)] == [Deliver(b"\1"), Deliver(b"\2")]
        assert a.counters["events_lost"] == 1


@on_a_loop
async def test_what_waits_for_a_slow_reader_is_bounded_in_bytes_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "BYTES_MOST", 10)
    async with member("a") as a:
        events = a.events()
        for size in (4, 4, 4, 100):
            a._news.tell(Deliver(bytes(size)))
            if size == 4:
                a._news.tell(Shared(b"", False))
        assert [await anext(events) for _ in range(1)] == [Deliver(bytes(100))]
        a._news.tell(Deliver(bytes(10)))
        assert await anext(events) == Deliver(bytes(10))
        assert a.counters["events_lost"] == 6


@on_a_loop
async def test_a_listener_that_raises_hurts_nobody() -> None:
    def broken(effect: Effect) -> None:
        raise RuntimeError

    async with member("a") as a:
        stop = a.listen(broken)
        diary = Diary(a)
        a.update(b"1")
        stop()
        stop()
        a.update(b"2")
        assert diary.kinds("a") == [Kind.MEMBER_UPDATE] * 2
        assert a.counters["listeners_failed"] == 1


@on_a_loop
async def test_forged_datagrams_and_streams_change_nothing_and_are_counted() -> None:
    async with member("a") as a, member("b", a):
        await until(lambda: len(a.members) == 2)
        before = dict(a.members)
        host, port = "127.0.0.1", a.address.port
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as forger:
            for data in (b"", b"\x63", b"\x04\xc1", bytes(60_000)):
                forger.sendto(data, (host, port))
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x63")
        assert b"no message type 99" in await reader.read()
        writer.close()
        await until(lambda: a.counters["malformed"] >= 4)
        assert dict(a.members) == before


@on_a_loop
async def test_a_connection_that_says_nothing_ends_at_its_time() -> None:
    config = replace(FAST, stream_timeout_s=0.2)
    async with member("a", config=config) as a:
        reader, writer = await asyncio.open_connection("127.0.0.1", a.address.port)
        assert await reader.read() == b""
        writer.close()
        await until(lambda: a.counters["streams_failed"] == 1)


@on_a_loop
async def test_streams_are_bounded_both_ways() -> None:
    config = replace(FAST, streams_most=1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        async with member("a", config=config) as a:
            ends = [await asyncio.open_connection("127.0.0.1", a.address.port) for _ in "12"]
            await until(lambda: a.counters["streams_refused"] == 1)
            for _, writer in ends:
                writer.close()
            assert await a.join([place, place, place]) == 0
            assert a.counters["streams_not_opened"] >= 2


@on_a_loop
async def test_ipv6_works_and_a_socket_for_everything_reaches_ipv4_too() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    async with (
        Swim("a", CALM, bind="[::1]:0") as a,
        Swim("b", CALM, bind="[::]:0", join=[str(a.address)]) as b,
    ):
        assert (str(a.address)[:6], str(b.address)[:6]) == ("[::1]:", "[::1]:")
        await until(lambda: sees(a, b=State.ALIVE))
        async with Swim("c", CALM, bind=ANY_PORT) as c:
            assert await b.join([str(c.address)]) == 1


@on_a_loop
async def test_who_listens_at_ipv4_is_not_joined_with_ipv6(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with member("a") as a, member("b") as b:
        assert await a.join(["::1", str(b.address)]) == 1
    assert "cannot join [::1]:7946: we listen at an IPv4 address" in caplog.text


@on_a_loop
async def test_who_joins_others_from_an_address_of_this_host_alone_is_warned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with member("a") as a, Swim("b", FAST, bind=ANY_PORT, join=[str(a.address)]):
        assert not caplog.text
    async with Swim("c", FAST, bind=ANY_PORT, join=["192.0.2.1"], wait=False) as c:
        assert f"only this host reaches us at {c.address}: " in caplog.text


@on_a_loop
async def test_an_unspecified_address_is_advertised_as_the_routing_table_has_it() -> None:
    async with member("a") as a:
        async with Swim("b", FAST, bind="0.0.0.0:0", join=[str(a.address)]) as b:
            assert str(b.address).startswith("127.0.0.1:")
        async with Swim("c", FAST, bind="0.0.0.0:0") as c:
            assert any(c.address.ip)
        async with Swim("d", FAST, bind=ANY_PORT, advertise="192.0.2.7:99") as d:
            assert str(d.address) == "192.0.2.7:99"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"bind": "192.0.2.7"}, "cannot listen at 192.0.2.7:7946: this host does not have"),
        ({"bind": "no.such.host.invalid"}, "cannot listen at no.such.host.invalid: "),
        ({"join": ["no.such.host.invalid"]}, "cannot reach any of no.such.host.invalid"),
        ({"join": ["::1"]}, "cannot reach any of ::1"),
        ({"bind": "224.0.0.1:0"}, "cannot listen at 224.0.0.1:0: it is the address of no single"),
        ({"advertise": "0.0.0.0"}, "cannot advertise 0.0.0.0:"),
        ({"advertise": "255.255.255.255"}, "cannot advertise 255.255.255.255:"),
        ({"bind": "fe80::1%nosuch0"}, "there is no interface 'nosuch0'"),
    ],
)
@on_a_loop
async def test_what_cannot_be_started_says_why(options: dict[str, object], text: str) -> None:
    with pytest.raises(StartFailed) as raised:
        async with Swim("a", FAST, **{"bind": ANY_PORT, **options}):  # type: ignore[arg-type]
            pass
    assert text in str(raised.value)


@on_a_loop
async def test_a_port_in_use_is_said_to_be() -> None:
    async with member("a") as a:
        with pytest.raises(StartFailed, match="another program has this port"):
            async with Swim("b", FAST, bind=str(a.address)):
                pass


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": "n" * 256},
        {"meta": bytes(513)},
        {"bind": "10.0.0.1:http"},
        {"bind": "[::1"},
        {"join": ["10.0.0.1:0"]},
        {"join": [""]},
        {"advertise": "[::1]x"},
    ],
)
def test_what_can_never_work_is_refused_at_once(options: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Swim(**{"name": "a", **options})  # type: ignore[arg-type]


def test_it_says_how_it_is_used() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        _ = Swim("a").members
