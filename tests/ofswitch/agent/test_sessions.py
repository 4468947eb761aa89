"""Several controllers at once: how much may wait for them, silence, garbage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ofswitch.agent.session import OUTPUT_HIGH, OUTPUT_MOST, PACKET_INS_WAIT
from openflow import (
    V1_0,
    V1_3,
    BarrierReply,
    BarrierRequest,
    ControllerRole,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowStatsRequest,
    Hello,
    Match,
    Message,
    MultipartFlags,
    PacketIn,
    PortStatus,
    RoleRequest,
    encode,
)
from tests.ofswitch.agent.world import Controller, World, forward, frame, to_controller


def kinds(controller: Controller) -> list[type[Message]]:
    """What a controller was told."""
    return [type(message) for message in controller.read()]


# --- a controller that does not read --------------------------------------------------------------------------


def test_packet_ins_for_a_controller_that_does_not_read_are_dropped_and_counted(
    world: World,
) -> None:
    reading, stuck = Controller(world, V1_3), Controller(world, V1_3)
    reading.do(to_controller())
    stuck.read()
    count = 2 * PACKET_INS_WAIT // 60_000
    for _ in range(count):
        world.arrive(frame(60_000))
        assert kinds(reading) == [PacketIn]
    assert stuck.session.queued < PACKET_INS_WAIT + 70_000
    kept = kinds(stuck)
    assert len(kept) + world.agent.drops["controller_queue_full"] == count
    assert not stuck.session.closed
    world.arrive(frame())
    assert kinds(stuck) == [PacketIn]


def test_each_controller_gets_as_many_packet_ins_a_second_as_the_user_allows() -> None:
    world = World(packet_in_rate=64)
    one, other = Controller(world, V1_3), Controller(world, V1_3)
    one.do(to_controller())
    other.read()
    world.later(1.0)
    for _ in range(50):
        world.arrive(frame())
    assert len(kinds(one)) == len(kinds(other)) == 6  # the burst: a tenth of a second's
    assert world.agent.drops["packet_in_rate"] == 2 * 44
    for _ in range(50):
        world.later(1 / 128)
        world.arrive(frame())
    assert len(kinds(one)) == len(kinds(other)) == 25
    assert one.ask(EchoRequest(b"still there", xid=7)).data == b"still there"


def test_a_controller_that_does_not_read_gets_no_more_requests_handled(new: Controller) -> None:
    many = b"".join(encode(EchoRequest(bytes(60_000), xid=xid), V1_3) for xid in range(1, 101))
    agent, session, now = new.world.agent, new.session, new.world.now
    for start in range(0, len(many), 1 << 16):
        agent.receive_from(session, many[start : start + (1 << 16)], now, limit=10_000)
    assert OUTPUT_HIGH < session.queued < OUTPUT_HIGH + 70_000
    assert not session.waiting
    replies = new.read()
    while session.waiting:
        agent.receive_from(session, b"", now)
        replies += new.read()
    assert [reply.xid for reply in replies] == list(range(1, 101))


def test_a_long_reply_is_made_as_fast_as_it_is_read_and_comes_before_what_follows(
    new: Controller,
) -> None:
    world = new.world
    count = 20_000
    new.do(*(forward(2, Match(in_port=3, eth_src=number)) for number in range(count)))
    requests = encode(FlowStatsRequest(xid=1), V1_3) + encode(BarrierRequest(xid=2), V1_3)
    world.agent.receive_from(new.session, requests, world.now)
    assert new.session.queued < OUTPUT_HIGH + (1 << 16)
    replies = new.read()
    assert not any(isinstance(reply, BarrierReply) for reply in replies)
    assert new.session.waiting
    world.agent.receive_from(new.session, b"", world.now)
    assert kinds(new) == [BarrierReply]
    assert sum(len(reply.body) for reply in replies) == count
    more = [reply.flags for reply in replies]
    assert more == [MultipartFlags.MORE] * (len(replies) - 1) + [0]
    assert {reply.xid for reply in replies} == {1}


def test_a_controller_that_misses_news_is_given_up(world: World) -> None:
    stuck, reading = Controller(world, V1_3), Controller(world, V1_3)
    stuck.session.queued += OUTPUT_MOST
    world.add_port(4)
    assert "does not read" in stuck.session.closed
    assert not reading.session.closed
    assert kinds(reading) == [PortStatus]


# --- silence, garbage -----------------------------------------------------------------------------------------


def test_a_silent_controller_is_probed_and_then_given_up(world: World) -> None:
    silent, alive = Controller(world, V1_3), Controller(world, V1_3)
    for _ in range(3):
        world.now = world.agent.deadline() or 0.0
        world.later(0.01)
        assert kinds(silent) == [EchoRequest]
        for probe in alive.read():
            alive.send(EchoReply(probe.data, xid=probe.xid))
    world.later(20)
    assert "unanswered" in silent.session.closed
    assert not alive.session.closed


@pytest.mark.parametrize(
    "garbage",
    [
        lambda: bytes(100),
        lambda: b"GET / HTTP/1.1\r\nHost: switch\r\n\r\n" * 4,
        lambda: bytes.fromhex("04000004") + bytes(60),
        lambda: b"\xff" * 70_000,
    ],
    ids=["zeros", "HTTP", "a length below that of a header", "ones"],
)
def test_garbage_costs_nobody_else_anything(new: Controller, garbage: Callable[[], bytes]) -> None:
    world = new.world
    session = world.agent.open_session("hostile", world.now)
    world.agent.receive_from(session, garbage(), world.now)
    world.later(16)  # some garbage looks like the beginning of a long message
    assert session.closed
    assert new.read()  # an echo request
    assert isinstance(new.ask(BarrierRequest()), BarrierReply)
    assert new.ask(RoleRequest()).role == ControllerRole.EQUAL


def test_framing_lost_later_on_is_told_before_the_end(new: Controller) -> None:
    barrier = encode(BarrierRequest(xid=1), V1_3)
    first, error = new.send_bytes(barrier + bytes.fromhex("0414000300000009") + barrier)
    assert isinstance(first, BarrierReply)
    assert isinstance(error, ErrorMsg)
    assert error.error is ErrorCode.BAD_REQUEST__BAD_LEN
    assert "framing" in new.session.closed


def test_no_common_version_is_told(world: World) -> None:
    session = world.agent.open_session("odd", world.now)
    session.take_output(1 << 16)
    world.agent.receive_from(session, bytes.fromhex("0300000800000001"), world.now)
    told = session.take_output(1 << 16)
    assert told[1] == 1
    assert "no common version" in session.closed


def test_a_controller_that_refuses_the_switch_later_on_has_its_reason_kept(new: Controller) -> None:
    why = b"datapath id 7 is connected already"
    assert new.send(ErrorMsg(ErrorCode.HELLO_FAILED__EPERM, why)) == []
    assert new.session.closed == f"refused by the peer: HELLO_FAILED__EPERM {why.decode()}"


def test_any_other_error_of_a_controller_is_logged_by_name(
    new: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    new.do(ErrorMsg(ErrorCode.BAD_ACTION__BAD_OUT_PORT, bytes(8)))
    assert caplog.messages == [f"{new.session}: reports the error BAD_ACTION__BAD_OUT_PORT"]
    assert not new.session.closed


def test_a_second_hello_changes_nothing(controller: Controller) -> None:
    assert controller.send(Hello(), BarrierRequest(xid=1)) == [BarrierReply(xid=1)]


def test_each_controller_speaks_its_own_version(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    old.do(forward(2, Match(in_port=1)))
    new.do(FlowMod(Match(in_port=1), command=FlowModCommand.DELETE, table_id=0))
    assert old.ask(FlowStatsRequest()).body == []
