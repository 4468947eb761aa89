"""Which messages each controller is sent that it has not asked for: its wishes, in each way to say them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openflow import (
    V1_0,
    V1_3,
    V1_4,
    ControllerRole,
    ErrorCode,
    FlowMod,
    FlowModFlags,
    FlowRemoved,
    GetAsyncReply,
    GetAsyncRequest,
    Match,
    Message,
    PacketIn,
    PortConfig,
    PortMod,
    PortStatus,
    RoleRequest,
    RoleStatus,
    SetAsync,
    encode,
)
from openflow.experimenters import (
    NxAsyncProperty,
    NxRole,
    NxRoleRequest,
    NxSetAsyncConfig,
    NxSetAsyncConfig2,
)
from tests.ofswitch.agent.world import MAC, Controller, World, forward, frame, to_controller

MASTER, SLAVE = ControllerRole.MASTER, ControllerRole.SLAVE


def happenings(world: World) -> None:
    """Something of every kind happens."""
    world.arrive(frame())
    port = world.datapath.ports()[1]
    port = replace(port, curr_speed=port.curr_speed + 7)
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


# --- Nicira's way ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "as_master", "as_slave"),
    [
        (NxSetAsyncConfig(), [], []),
        (NxSetAsyncConfig(packet_in_mask_master=3), [PacketIn], []),
        (NxSetAsyncConfig(packet_in_mask_slave=3), [], [PacketIn]),
        (NxSetAsyncConfig(port_status_mask_master=4), [PortStatus], []),
        (NxSetAsyncConfig(port_status_mask_slave=4), [], [PortStatus]),
        (NxSetAsyncConfig(flow_removed_mask_master=2), [FlowRemoved], []),
        (NxSetAsyncConfig(flow_removed_mask_slave=2), [], [FlowRemoved]),
        (
            NxSetAsyncConfig2([NxAsyncProperty(1, 0), NxAsyncProperty(3, 0)]),
            [FlowRemoved],
            [PortStatus],
        ),
        (NxSetAsyncConfig2([NxAsyncProperty(2, 0), NxAsyncProperty(0, 3)]), None, [PacketIn]),
    ],
)
def test_niciras_masks_are_kept_to_in_each_role(
    controller: Controller,
    wanted: Message,
    as_master: list[type[Message]] | None,
    as_slave: list[type[Message]],
) -> None:
    world, other = controller.world, Controller(controller.world, V1_3)
    controller.do(wanted)
    for role, told in ((NxRole.MASTER, as_master), (NxRole.SLAVE, as_slave)):
        controller.ask(NxRoleRequest(role))
        other.do(to_controller(), expiring())
        happenings(world)
        everything = [PacketIn, PortStatus, FlowRemoved]
        assert kinds(controller) == (everything if told is None else told)
        assert kinds(other) == everything


def test_wishes_for_what_does_not_exist_are_refused_and_nothing_changes(new: Controller) -> None:
    before = new.ask(GetAsyncRequest())
    bad = NxSetAsyncConfig2([NxAsyncProperty(0, 7), NxAsyncProperty(99, 7)])
    assert new.refused(bad) is ErrorCode.BAD_REQUEST__BAD_TYPE
    assert new.ask(GetAsyncRequest()) == before


def test_niciras_wishes_can_be_asked_for_in_the_words_of_1_3(new: Controller) -> None:
    new.do(NxSetAsyncConfig(1, 2, 3, 4, 5, 6), NxSetAsyncConfig2([NxAsyncProperty(7, 0)]))
    assert new.ask(GetAsyncRequest()) == GetAsyncReply(1, 2, 3, 4, 5, 6)


# --- what becomes of one's role -------------------------------------------------------------------------------


def test_who_wants_no_role_status_gets_none(world: World) -> None:
    quiet, other = Controller(world, V1_3), Controller(world, V1_3)
    quiet.do(NxSetAsyncConfig2([NxAsyncProperty(6, 0)]))
    quiet.ask(RoleRequest(MASTER, 1))
    other.ask(RoleRequest(MASTER, 1))
    assert kinds(quiet) == []
    quiet.do(NxSetAsyncConfig2([NxAsyncProperty(6, 1)]))
    quiet.ask(RoleRequest(MASTER, 1))
    other.read()
    other.ask(RoleRequest(MASTER, 1))
    assert kinds(quiet) == [RoleStatus]


def test_a_mask_that_1_4_leaves_out_stays_as_it_was(world: World) -> None:
    world.agent.versions = frozenset({V1_4})
    controller = Controller(world, V1_4)
    nothing_said = dict.fromkeys(
        (
            "packet_in_mask_master",
            "packet_in_mask_slave",
            "port_status_mask_master",
            "port_status_mask_slave",
            "flow_removed_mask_slave",
        )
    )
    controller.do(SetAsync(flow_removed_mask_master=1, **nothing_said))
    reply = controller.ask(GetAsyncRequest())
    assert reply.flow_removed_mask_master == 1
    assert reply.port_status_mask_slave == reply.packet_in_mask_master == 0b111
    assert reply.packet_in_mask_slave == 0
