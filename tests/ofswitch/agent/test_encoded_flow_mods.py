"""Flow-mods that the datapath takes as they came: in their place among other messages, from whom may change it."""

from __future__ import annotations

from typing import Any

import pytest

from ofswitch.datapath import Effect, ReferenceDatapath
from openflow import (
    V1_0,
    V1_3,
    BarrierReply,
    BarrierRequest,
    ControllerRole,
    DecodeError,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowModFlags,
    FlowRemoved,
    FlowRemovedReason,
    Match,
    Message,
    OpenFlowError,
    RoleRequest,
    Version,
    decode,
    encode,
)
from openflow.framing import split
from tests.ofswitch.agent.world import Controller, World, forward


class Eager(ReferenceDatapath):
    """Takes every flow-mod that it can apply and that names no buffer."""

    taken = 0

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        effects: list[Effect] = []
        size = 0
        for one in split(data, 1 << 30)[0]:
            if one[0] != version:
                break
            try:
                change = decode(one)
                if not isinstance(change, FlowMod) or change.buffer_id != 0xFFFF_FFFF:
                    break
                effects += self.apply(change, version, now)
            except (DecodeError, OpenFlowError):
                break
            size += len(one)
            self.taken += 1
        return size, effects


@pytest.fixture
def world() -> World:
    """A switch whose datapath takes flow-mods."""
    return World(datapath=Eager)


def taken(controller: Controller) -> int:
    """How many flow-mods never became messages of the agent."""
    return int(controller.world.datapath.taken)


def entry(number: int, **fields: Any) -> FlowMod:
    """A flow-mod that adds an entry of its own."""
    return forward(2, Match(eth_src=number), **fields)


def test_flow_mods_in_one_piece_are_taken_at_once(controller: Controller) -> None:
    controller.do(*map(entry, range(2000)))
    assert taken(controller) == 2000
    assert not controller.session.connection.backlog


def test_other_messages_keep_their_place_among_flow_mods(controller: Controller) -> None:
    messages: list[Message] = [entry(1), BarrierRequest(xid=1), entry(2), entry(3)]
    found = controller.send(*messages, BarrierRequest(xid=2), EchoRequest(b"x"))
    assert [type(one).__name__ for one in found] == ["BarrierReply", "BarrierReply", "EchoReply"]
    assert taken(controller) == 3


def test_a_flow_mod_in_pieces_is_taken_when_it_is_whole(controller: Controller) -> None:
    data = b"".join(encode(entry(number), controller.version) for number in range(3))
    for at in range(len(data)):
        assert controller.send_bytes(data[at : at + 1]) == []
    assert taken(controller) == 3


def test_a_flow_mod_that_is_refused_is_answered_and_those_behind_it_are_taken(
    new: Controller,
) -> None:
    bad = entry(2, table_id=200, xid=77)
    (error,) = new.send(entry(1), bad, entry(3))
    assert isinstance(error, ErrorMsg)
    assert (error.xid, error.error) == (77, ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID)
    assert taken(new) == 2


def test_a_slave_changes_nothing(new: Controller) -> None:
    new.send(RoleRequest(ControllerRole.SLAVE, 1))
    errors = new.send(entry(1), entry(2))
    assert [one.error for one in errors] == [ErrorCode.BAD_REQUEST__IS_SLAVE] * 2
    assert taken(new) == 0


def test_a_flow_mod_of_another_version_is_refused(world: World) -> None:
    old = Controller(world, V1_0)
    (error,) = old.send_bytes(encode(entry(1), V1_3))
    assert error.error == ErrorCode.BAD_REQUEST__BAD_VERSION


def test_what_flow_mods_bring_about_is_told_before_what_comes_after(controller: Controller) -> None:
    flags = FlowModFlags.SEND_FLOW_REM
    deletion = FlowMod(command=FlowModCommand.DELETE)
    told, barrier = controller.send(entry(1, flags=flags), deletion, BarrierRequest())
    assert isinstance(told, FlowRemoved)
    assert told.reason == FlowRemovedReason.DELETE
    assert isinstance(barrier, BarrierReply)
    assert taken(controller) == 2


def test_bytes_from_a_controller_that_only_changes_flows_show_that_it_lives(
    controller: Controller,
) -> None:
    world = controller.world
    for number in range(5):
        world.later(14.0)
        assert controller.send(entry(number)) == []
    assert taken(controller) == 5


def test_a_flow_mod_before_the_hello_is_no_hello(world: World) -> None:
    session = world.agent.open_session("test", world.now)
    world.agent.receive_from(session, encode(entry(1), V1_3), world.now)
    assert session.closed
    assert world.datapath.taken == 0


def test_a_congested_session_has_nothing_taken(new: Controller) -> None:
    session = new.session
    session.send_all(iter([bytes(2 << 20)]))
    assert session.congested
    data = encode(entry(1), V1_3)
    new.world.agent.receive_from(session, data, new.world.now)
    assert taken(new) == 0
    while session.take_output(1 << 20):
        pass
    new.world.agent.receive_from(session, b"", new.world.now)
    assert taken(new) == 1
