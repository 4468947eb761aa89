"""Several controllers at once: roles, asynchronous messages, how much of them may wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ofswitch.agent.roles import NO_GENERATION
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
    FlowModFlags,
    FlowRemoved,
    FlowStatsReply,
    FlowStatsRequest,
    GetAsyncReply,
    GetAsyncRequest,
    GroupMod,
    Hello,
    Match,
    Message,
    MeterMod,
    MultipartFlags,
    Output,
    PacketIn,
    PacketOut,
    PortConfig,
    PortMod,
    PortStatus,
    RoleReply,
    RoleRequest,
    SetAsync,
    SetConfig,
    TableFeatures,
    TableFeaturesStatsRequest,
    TableMod,
    encode,
)
from tests.ofswitch.agent.world import MAC, Controller, World, forward, frame, to_controller

MASTER, SLAVE, EQUAL = ControllerRole.MASTER, ControllerRole.SLAVE, ControllerRole.EQUAL

WRITES: list[Message] = [
    PacketOut(data=frame(), actions=[Output(1)]),
    forward(1),
    GroupMod(),
    PortMod(1, MAC + 1),
    TableMod(),
    MeterMod(),
    SetConfig(),
    TableFeaturesStatsRequest([TableFeatures()]),
]


# --- roles ----------------------------------------------------------------------------------------------------


def test_everybody_begins_equal(new: Controller) -> None:
    assert new.ask(RoleRequest()) == RoleReply(EQUAL, NO_GENERATION)


def test_a_new_master_makes_the_old_one_a_slave(world: World) -> None:
    one, other, third = (Controller(world, V1_3) for _ in range(3))
    assert one.ask(RoleRequest(MASTER, 1)) == RoleReply(MASTER, 1)
    assert other.ask(RoleRequest(MASTER, 2)) == RoleReply(MASTER, 2)
    assert one.ask(RoleRequest()) == RoleReply(SLAVE, 2)
    assert third.ask(RoleRequest()) == RoleReply(EQUAL, 2)


def test_a_master_that_asks_again_stays_master(new: Controller) -> None:
    new.ask(RoleRequest(MASTER, 1))
    assert new.ask(RoleRequest(MASTER, 1)) == RoleReply(MASTER, 1)


@pytest.mark.parametrize(
    ("last", "asked", "stale"),
    [
        (5, 4, True),
        (5, 5, False),
        (5, 6, False),
        (0, NO_GENERATION, True),
        (NO_GENERATION, 0, False),
        (0, (1 << 63) - 1, False),
        (0, 1 << 63, True),
    ],
)
@pytest.mark.parametrize("role", [MASTER, SLAVE])
def test_generation_ids_are_compared_round_a_circle(
    world: World, last: int, asked: int, stale: bool, role: ControllerRole
) -> None:
    Controller(world, V1_3).ask(RoleRequest(MASTER, last))
    late = Controller(world, V1_3)
    reply = late.ask(RoleRequest(role, asked, xid=1))
    if stale:
        assert reply.error is ErrorCode.ROLE_REQUEST_FAILED__STALE
        assert late.ask(RoleRequest()) == RoleReply(EQUAL, last)
    else:
        assert reply == RoleReply(role, asked, xid=1)


def test_equal_needs_no_generation_id(world: World) -> None:
    controller = Controller(world, V1_3)
    controller.ask(RoleRequest(SLAVE, 9))
    assert controller.ask(RoleRequest(EQUAL, 0)) == RoleReply(EQUAL, 9)


def test_a_role_that_does_not_exist_is_refused(new: Controller) -> None:
    assert new.refused(RoleRequest(17, 1)) is ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE
    assert new.ask(RoleRequest()) == RoleReply(EQUAL, NO_GENERATION)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: type(write).__name__)
def test_a_slave_may_not_write(new: Controller, write: Message) -> None:
    new.ask(RoleRequest(SLAVE, 1))
    assert new.refused(write) is ErrorCode.BAD_REQUEST__IS_SLAVE
    assert new.world.take() == []
    assert new.ask(FlowStatsRequest()).body == []


def test_a_slave_may_ask(new: Controller) -> None:
    new.ask(RoleRequest(SLAVE, 1))
    assert isinstance(new.ask(FlowStatsRequest()), FlowStatsReply)
    assert isinstance(new.ask(BarrierRequest()), BarrierReply)
    assert isinstance(new.ask(EchoRequest()), EchoReply)


# --- asynchronous messages ------------------------------------------------------------------------------------


def happenings(world: World) -> None:
    """Something of every kind happens."""
    world.arrive(frame())
    port = replace(world.datapath.ports()[1], curr_speed=7)
    world.agent.change_ports(lambda: world.datapath.update_port(port), world.now)
    world.later(2)


def kinds(controller: Controller) -> list[type[Message]]:
    """What a controller was told."""
    return [type(message) for message in controller.read()]


def expiring() -> FlowMod:
    """An entry that will be missed in a second."""
    return forward(
        2, Match(in_port=2), hard_timeout=1, flags=FlowModFlags.SEND_FLOW_REM, priority=5
    )


def test_equals_are_all_told_everything(world: World) -> None:
    controllers = [Controller(world, version) for version in (V1_0, V1_3, V1_3)]
    controllers[1].do(to_controller(), expiring())
    happenings(world)
    for controller in controllers:
        assert kinds(controller) == [PacketIn, PortStatus, FlowRemoved]


def test_a_slave_hears_of_ports_only(world: World) -> None:
    master, slave = Controller(world, V1_3), Controller(world, V1_3)
    master.do(to_controller(), expiring())
    slave.ask(RoleRequest(SLAVE, 1))
    happenings(world)
    assert kinds(slave) == [PortStatus]
    assert kinds(master) == [PacketIn, PortStatus, FlowRemoved]


def test_what_a_controller_wants_can_be_asked_for(new: Controller) -> None:
    assert new.ask(GetAsyncRequest()) == GetAsyncReply(
        packet_in_mask_master=0b111,
        port_status_mask_master=0b111,
        port_status_mask_slave=0b111,
        flow_removed_mask_master=0b1111,
    )


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (SetAsync(), []),
        (SetAsync(packet_in_mask_master=1), [PacketIn]),
        (SetAsync(packet_in_mask_master=0b110), []),
        (SetAsync(port_status_mask_master=0b100), [PortStatus]),
        (SetAsync(port_status_mask_master=0b011), []),
        (SetAsync(flow_removed_mask_master=0b0010), [FlowRemoved]),
        (SetAsync(flow_removed_mask_master=0b1101), []),
        (SetAsync(packet_in_mask_slave=7, flow_removed_mask_slave=15), []),
    ],
)
def test_the_masks_are_kept_to(world: World, wanted: SetAsync, told: list[type[Message]]) -> None:
    controller, other = Controller(world, V1_3), Controller(world, V1_3)
    controller.do(to_controller(), expiring(), wanted)
    reply = controller.ask(GetAsyncRequest())
    assert encode(reply, V1_3)[8:] == encode(wanted, V1_3)[8:]
    happenings(world)
    assert kinds(controller) == told
    assert kinds(other) == [PacketIn, PortStatus, FlowRemoved]


def test_a_slave_that_asks_for_packets_gets_them(new: Controller) -> None:
    new.do(to_controller(), SetAsync(packet_in_mask_slave=1))
    new.ask(RoleRequest(SLAVE, 1))
    new.world.arrive(frame())
    assert kinds(new) == [PacketIn]


def test_nothing_is_sent_before_the_hello(world: World) -> None:
    session = world.agent.open_session("silent", world.now)
    session.take_output(1 << 16)
    world.arrive(frame())
    world.add_port(9)
    assert session.take_output(1 << 16) == b""


def test_port_status_reaches_everybody_but_who_took_the_port_down_hears_it_too(
    world: World,
) -> None:
    one, other = Controller(world, V1_0), Controller(world, V1_3)
    one.send(PortMod(1, MAC + 1, PortConfig.PORT_DOWN, PortConfig.PORT_DOWN))
    (status,) = other.read()
    assert isinstance(status, PortStatus)
    assert status.desc.config == PortConfig.PORT_DOWN


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
    assert new.ask(RoleRequest()).role == EQUAL


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


def test_a_second_hello_changes_nothing(controller: Controller) -> None:
    assert controller.send(Hello(), BarrierRequest(xid=1)) == [BarrierReply(xid=1)]


def test_each_controller_speaks_its_own_version(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    old.do(forward(2, Match(in_port=1)))
    new.do(FlowMod(Match(in_port=1), command=FlowModCommand.DELETE, table_id=0))
    assert old.ask(FlowStatsRequest()).body == []
