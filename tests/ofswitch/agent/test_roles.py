"""Who may change the switch: roles, generation ids, what slaves are refused, in each way to ask for a role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ofswitch.agent.roles import NO_GENERATION, Election
from openflow import (
    SUPPORTED,
    V1_0,
    V1_2,
    V1_3,
    V1_4,
    V1_5,
    BarrierReply,
    BarrierRequest,
    ControllerRole,
    ControllerRoleReason,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    FlowModCommand,
    FlowStatsReply,
    FlowStatsRequest,
    GetConfigReply,
    GetConfigRequest,
    GroupMod,
    Match,
    Message,
    MeterMod,
    Output,
    PacketOut,
    PortMod,
    RoleReply,
    RoleRequest,
    RoleStatus,
    SetConfig,
    TableFeatures,
    TableFeaturesStatsRequest,
    TableMod,
    Version,
    encode,
)
from openflow.experimenters import (
    NxRole,
    NxRoleReply,
    NxRoleRequest,
    NxSetAsyncConfig,
    NxSetControllerId,
)
from tests.ofswitch.agent.world import MAC, Controller, World, forward, frame, ports_of

MASTER, SLAVE, EQUAL = ControllerRole.MASTER, ControllerRole.SLAVE, ControllerRole.EQUAL
LATER = (V1_2, V1_3, V1_4, V1_5)

WRITES: dict[Callable[[], Message], Version] = {
    lambda: PacketOut(data=frame(), actions=[Output(1)]): V1_0,
    lambda: forward(1): V1_0,
    lambda: FlowMod(command=FlowModCommand.DELETE): V1_0,
    lambda: PortMod(1, MAC + 1): V1_0,
    lambda: SetConfig(flags=1): V1_0,
    GroupMod: V1_3,
    TableMod: V1_3,
    MeterMod: V1_3,
    lambda: TableFeaturesStatsRequest([TableFeatures()]): V1_3,
}
"""What changes the switch, and the version that has it first, of those that the switch speaks."""


def became(status: RoleStatus) -> tuple[int, int, int]:
    """What a role status says."""
    return status.role, status.reason, status.generation_id


def master(controller: Controller, generation_id: int = 1) -> Any:
    """Ask to be master, in the words that the version has; the reply."""
    if controller.version == V1_0:
        return controller.ask(NxRoleRequest(NxRole.MASTER))
    return controller.ask(RoleRequest(MASTER, generation_id))


def slave(controller: Controller, generation_id: int = 1) -> Any:
    """Ask to be a slave; the reply."""
    if controller.version == V1_0:
        return controller.ask(NxRoleRequest(NxRole.SLAVE))
    return controller.ask(RoleRequest(SLAVE, generation_id))


def role_of(controller: Controller) -> ControllerRole:
    """The role that the switch gave a controller."""
    return controller.session.role


# --- roles ----------------------------------------------------------------------------------------------------


def test_everybody_begins_equal(new: Controller) -> None:
    assert new.ask(RoleRequest()) == RoleReply(EQUAL, NO_GENERATION)


@pytest.mark.parametrize("version", LATER, ids=str)
def test_a_new_master_makes_the_old_one_a_slave(world: World, version: Version) -> None:
    world.agent.versions = frozenset(SUPPORTED)
    one, other, third = (Controller(world, version) for _ in range(3))
    assert one.ask(RoleRequest(MASTER, 1)) == RoleReply(MASTER, 1)
    assert other.ask(RoleRequest(MASTER, 2)) == RoleReply(MASTER, 2)
    told = one.read()
    assert one.ask(RoleRequest()) == RoleReply(SLAVE, 2)
    assert third.ask(RoleRequest()) == RoleReply(EQUAL, 2)
    expected = [] if version == V1_2 else [(SLAVE, ControllerRoleReason.MASTER_REQUEST, 2)]
    assert [became(status) for status in told] == expected


def test_masters_of_any_version_make_each_other_slaves(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    assert master(old) == NxRoleReply(NxRole.MASTER)
    assert master(new, 4) == RoleReply(MASTER, 4)
    assert (role_of(old), role_of(new)) == (SLAVE, MASTER)
    assert old.read() == []
    assert master(old) == NxRoleReply(NxRole.MASTER)
    assert (role_of(old), role_of(new)) == (MASTER, SLAVE)
    (status,) = new.read()
    assert became(status) == (SLAVE, ControllerRoleReason.MASTER_REQUEST, 4)


def test_a_master_that_asks_again_stays_master_and_is_told_nothing_else(new: Controller) -> None:
    master(new)
    assert new.ask(RoleRequest(MASTER, 1)) == RoleReply(MASTER, 1)
    assert new.ask(RoleRequest(MASTER, 2)) == RoleReply(MASTER, 2)


def test_slaves_and_equals_are_not_told_of_a_new_master(world: World) -> None:
    waiting, equal = Controller(world, V1_3), Controller(world, V1_3)
    slave(waiting)
    master(Controller(world, V1_3))
    assert waiting.read() == equal.read() == []


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


def test_the_generation_id_outlives_every_connection(world: World) -> None:
    first = Controller(world, V1_3)
    master(first, 9)
    first.leave()
    late = Controller(world, V1_3)
    assert late.refused(RoleRequest(MASTER, 8)) is ErrorCode.ROLE_REQUEST_FAILED__STALE
    assert late.ask(RoleRequest()) == RoleReply(EQUAL, 9)


def test_equal_needs_no_generation_id(world: World) -> None:
    controller = Controller(world, V1_3)
    controller.ask(RoleRequest(SLAVE, 9))
    assert controller.ask(RoleRequest(EQUAL, 0)) == RoleReply(EQUAL, 9)


def test_a_role_that_does_not_exist_is_refused(new: Controller) -> None:
    assert new.refused(RoleRequest(17, 1)) is ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE
    assert new.ask(RoleRequest()) == RoleReply(EQUAL, NO_GENERATION)


def test_a_refused_request_demotes_nobody(world: World) -> None:
    one, late = Controller(world, V1_3), Controller(world, V1_3)
    master(one, 5)
    for request in (RoleRequest(MASTER, 4), RoleRequest(17, 9)):
        assert isinstance(late.ask(request), ErrorMsg)
    assert (role_of(one), role_of(late)) == (MASTER, EQUAL)
    assert one.ask(RoleRequest()) == RoleReply(MASTER, 5)


# --- Nicira's way ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(NxRole))
def test_each_role_can_be_asked_for_in_niciras_way(controller: Controller, role: NxRole) -> None:
    assert controller.ask(NxRoleRequest(role)) == NxRoleReply(role)
    assert role_of(controller) == role + 1


def test_a_role_that_nicira_does_not_have_is_refused_as_open_vswitch_does(
    controller: Controller,
) -> None:
    slave(controller)
    request = NxRoleRequest(7, xid=5)
    error = controller.ask(request)
    if controller.version == V1_0:
        assert error.error == (0xB0C2, 0)
        said = bytes.fromhex("00002320 0001 0201")
        assert error.data == said + encode(request, V1_0)
    else:
        assert error.error is ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE
    assert role_of(controller) is SLAVE


def test_niciras_request_leaves_the_generation_id_alone(world: World) -> None:
    new, old = Controller(world, V1_3), Controller(world, V1_0)
    master(new, 5)
    master(old)
    assert _last_error(new, RoleRequest(MASTER, 4)) is ErrorCode.ROLE_REQUEST_FAILED__STALE
    assert role_of(old) is MASTER


def _last_error(controller: Controller, request: Message) -> Any:
    """Send a request behind news that wait to be read; the error that comes last."""
    return controller.send(request)[-1].error


# --- what a slave may do --------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", WRITES)
def test_a_slave_may_not_write(controller: Controller, write: Callable[[], Message]) -> None:
    if controller.version < WRITES[write]:
        return
    world = controller.world
    controller.do(forward(3, Match(in_port=3)))
    before = controller.ask(FlowStatsRequest()).body
    slave(controller)
    error = controller.refused(write())
    assert error is _is_slave(controller.version)
    assert controller.ask(FlowStatsRequest()).body == before
    assert controller.ask(GetConfigRequest()).flags == 0
    assert world.take() == []
    assert world.agent.refusals == controller.session.refusals == {"slave_write": 1}


def _is_slave(version: Version) -> ErrorCode:
    """1.0 has no IS_SLAVE; this is what Open vSwitch says there."""
    if version == V1_0:
        return ErrorCode.BAD_REQUEST__EPERM
    return ErrorCode.BAD_REQUEST__IS_SLAVE


def test_writes_that_a_slave_sends_in_one_piece_are_all_refused(controller: Controller) -> None:
    slave(controller)
    adds = [forward(1, Match(in_port=2, eth_src=number), xid=number) for number in range(1, 101)]
    errors = controller.send(*adds)
    assert [error.xid for error in errors] == list(range(1, 101))
    assert controller.ask(FlowStatsRequest()).body == []
    assert controller.session.refusals["slave_write"] == 100


def test_a_slave_may_ask(controller: Controller) -> None:
    slave(controller)
    assert isinstance(controller.ask(FlowStatsRequest()), FlowStatsReply)
    assert isinstance(controller.ask(BarrierRequest()), BarrierReply)
    assert isinstance(controller.ask(EchoRequest()), EchoReply)
    assert isinstance(controller.ask(FeaturesRequest()), FeaturesReply)


def test_a_slave_may_say_how_much_of_a_packet_it_wants(controller: Controller) -> None:
    slave(controller)
    controller.do(SetConfig(miss_send_len=9))
    assert controller.ask(GetConfigRequest()) == GetConfigReply(miss_send_len=9)


def test_who_is_no_slave_any_more_may_write_again(controller: Controller) -> None:
    slave(controller)
    master(controller)
    controller.do(forward(1))
    assert len(controller.ask(FlowStatsRequest()).body) == 1


# --- an old master --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
def test_what_an_old_master_sent_before_it_knew_changes_nothing(
    world: World, version: Version
) -> None:
    """It was paused: what it wrote waited somewhere, and comes when another one is master."""
    old, new = Controller(world, version), Controller(world, version)
    master(old, 1)
    old.do(forward(2, Match(in_port=1)))
    late = [forward(3, Match(in_port=1)), FlowMod(command=FlowModCommand.DELETE)]
    master(new, 2)
    replies = old.send(*late, PacketOut(data=frame(), actions=[Output(3)]))
    errors = [reply.error for reply in replies if isinstance(reply, ErrorMsg)]
    assert errors == [_is_slave(version)] * 3
    assert [entry.match for entry in new.ask(FlowStatsRequest()).body] == [Match(in_port=1)]
    assert list(ports_of(world.arrive(frame()))) == [2]
    assert world.agent.refusals["slave_write"] == 3


def test_what_waits_in_the_switch_when_a_master_is_superseded_is_refused(world: World) -> None:
    old, new = Controller(world, V1_3), Controller(world, V1_3)
    master(old, 1)
    adds = b"".join(encode(GroupMod(group_id=n, xid=n), V1_3) for n in range(1, 101))
    world.agent.receive_from(old.session, adds, world.now, limit=10)
    assert old.session.waiting
    master(new, 2)
    while old.session.waiting:
        world.agent.receive_from(old.session, b"", world.now)
    assert world.agent.refusals["slave_write"] == 90


def test_an_old_master_that_hears_nothing_any_more_cannot_write(world: World) -> None:
    """It was cut off one way: its messages reach the switch, the switch's do not reach it."""
    old, new = Controller(world, V1_3), Controller(world, V1_3)
    master(old, 1)
    master(new, 2)
    for number in range(1000):
        data = encode(forward(1, Match(in_port=number)), V1_3)
        world.agent.receive_from(old.session, data, world.now)
    assert new.ask(FlowStatsRequest()).body == []
    assert world.agent.refusals["slave_write"] == 1000


def test_an_old_master_that_comes_back_on_a_new_connection_stays_superseded(world: World) -> None:
    old, new = Controller(world, V1_3), Controller(world, V1_3)
    master(old, 1)
    old.leave()
    master(new, 2)
    again = Controller(world, V1_3)
    assert again.refused(RoleRequest(MASTER, 1)) is ErrorCode.ROLE_REQUEST_FAILED__STALE
    assert again.refused(RoleRequest(SLAVE, 1)) is ErrorCode.ROLE_REQUEST_FAILED__STALE
    assert role_of(new) is MASTER
    assert world.agent.refusals["stale_generation_id"] == 2
    assert again.session.refusals == {"stale_generation_id": 2}
    assert new.session.refusals == {}


def test_the_master_is_master_until_it_leaves_and_then_nobody_is(world: World) -> None:
    one, other = Controller(world, V1_3), Controller(world, V1_3)
    master(one)
    slave(other)
    one.leave()
    assert role_of(other) is SLAVE
    assert other.refused(forward(1)) is ErrorCode.BAD_REQUEST__IS_SLAVE


# --- Nicira's other messages ----------------------------------------------------------------------------------


def test_output_to_controller_is_for_those_whose_id_is_0(controller: Controller) -> None:
    world = controller.world
    out = PacketOut(data=frame(), actions=[Output(0xFFFFFFFD)])
    assert len(controller.send(out)) == 1
    controller.do(NxSetControllerId(7))
    controller.do(out)
    assert world.agent.drops["no_controller"] == 1
    controller.do(NxSetControllerId(0))
    assert len(controller.send(out)) == 1


def test_a_switch_whose_controllers_have_other_ids_sends_no_misses_up(old: Controller) -> None:
    assert old.world.datapath.misses_wanted
    old.do(NxSetControllerId(7))
    assert not old.world.datapath.misses_wanted


def test_niciras_wishes_do_not_change_the_role(controller: Controller) -> None:
    slave(controller)
    controller.do(NxSetAsyncConfig(7, 7, 7, 7, 7, 7))
    assert role_of(controller) is SLAVE


# --- the election by itself -----------------------------------------------------------------------------------


class Somebody:
    """A session's role."""

    role = EQUAL


def test_there_is_at_most_one_master_whatever_is_asked_for() -> None:
    election, everyone = Election(), [Somebody() for _ in range(3)]
    for turn in range(60):
        asking = everyone[turn * 7 % 3]
        role = list(ControllerRole)[turn * 5 % 4]
        demoted = election.request(asking, RoleRequest(role, turn), everyone)
        masters = [one for one in everyone if one.role is MASTER]
        assert len(masters) <= 1
        assert asking not in demoted
        assert all(one.role is SLAVE for one in demoted)
