"""Bundles (OpenFlow 1.4.1, 6.9 and 7.3.9; on 1.3 as ONF has them, EXT-230)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ofswitch.agent import bundles
from openflow import (
    V1_3,
    ApplyActions,
    BarrierRequest,
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    BundleFlags,
    ControllerRole,
    ErrorCode,
    ErrorMsg,
    Experimenter,
    ExperimenterBundleProperty,
    FlowMod,
    FlowModCommand,
    FlowRemoved,
    FlowStatsRequest,
    Group,
    GroupMod,
    Match,
    Message,
    MeterMod,
    Output,
    PacketOut,
    PortConfig,
    PortMod,
    PortNo,
    PortStatus,
    RoleRequest,
    encode,
)
from openflow.connection import PROBE_AFTER_S
from openflow.vendors import ONF
from tests.frames import FRAMES
from tests.ofswitch.agent.world import MAC, Controller, World

OPEN, CLOSE = BundleControlType.OPEN_REQUEST, BundleControlType.CLOSE_REQUEST
COMMIT, DISCARD = BundleControlType.COMMIT_REQUEST, BundleControlType.DISCARD_REQUEST
ORDERED = BundleFlags.ATOMIC | BundleFlags.ORDERED
EXPERIMENTER, ONF_ERRORS = 0xFFFF, 2300
BAD_ID, CLOSED, OUT_OF_BUNDLES, BAD_TYPE, BAD_FLAGS = 2, 4, 5, 6, 7
BAD_XID, UNSUP, TOO_MANY, FAILED, TIMEOUT = 9, 10, 12, 13, 14
FRAME = FRAMES["IPv4 TCP"]


def flow(out_port: int = 2, **fields: Any) -> FlowMod:
    return FlowMod(instructions=[ApplyActions([Output(out_port)])], **fields)


def control(step: int, bundle_id: int = 1, flags: int = ORDERED, xid: int = 0x77) -> BundleControl:
    return BundleControl(bundle_id, step, flags, xid=xid)


def adds(*messages: Message, bundle_id: int = 1, flags: int = ORDERED) -> list[BundleAddMessage]:
    """Put messages into a bundle; their transaction ids are 1, 2, ..."""
    return [
        BundleAddMessage(bundle_id, flags, replace(message, xid=xid), xid=xid)
        for xid, message in enumerate(messages, start=1)
    ]


def bundle_error(message: Any) -> int:
    """The code of an error of ONF's about bundles."""
    assert isinstance(message, ErrorMsg)
    assert isinstance(message.error, tuple)
    kind, code = message.error
    assert (kind, message.data[:4]) == (EXPERIMENTER, ONF.to_bytes(4, "big"))
    return code - ONF_ERRORS


def refused(controller: Controller, message: Message) -> int:
    """Send what is answered with an error about bundles; its code."""
    reply = controller.ask(message)
    assert reply.data[4:] == encode(message, V1_3)[:64]
    return bundle_error(reply)


def step(controller: Controller, which: int, bundle_id: int = 1, flags: int = ORDERED) -> None:
    """Go a step with a bundle."""
    reply = controller.ask(control(which, bundle_id, flags))
    assert (type(reply), reply.type, reply.bundle_id) == (BundleControl, which + 1, bundle_id)


def flows(controller: Controller) -> list[int]:
    """The entries' cookies, by falling priority."""
    return [entry.cookie for entry in controller.ask(FlowStatsRequest(xid=9)).body]


def test_a_bundle_takes_effect_when_it_is_committed(new: Controller) -> None:
    step(new, OPEN)
    new.do(*adds(flow(cookie=1), GroupMod(group_id=5), FlowMod(priority=1, cookie=2)))
    step(new, CLOSE)
    assert flows(new) == []
    step(new, COMMIT)
    assert flows(new) == [1, 2]
    assert refused(new, control(COMMIT)) == BAD_ID


def test_one_may_commit_without_closing_and_add_without_opening(new: Controller) -> None:
    new.do(*adds(flow(cookie=1)))
    step(new, COMMIT)
    assert flows(new) == [1]


def test_an_empty_bundle_changes_nothing(new: Controller) -> None:
    step(new, OPEN)
    step(new, COMMIT)
    assert flows(new) == []


def test_what_is_discarded_never_happens(new: Controller) -> None:
    step(new, OPEN)
    new.do(*adds(flow()))
    step(new, DISCARD)
    assert refused(new, control(COMMIT)) == BAD_ID
    assert flows(new) == []


def test_a_message_that_fails_is_named_and_nothing_has_happened(new: Controller) -> None:
    new.do(flow(cookie=1))
    wrong = FlowMod(instructions=[ApplyActions([Group(99)])])
    new.do(*adds(FlowMod(command=FlowModCommand.DELETE), flow(cookie=2), wrong, flow(cookie=3)))
    about_message, about_commit = new.send(control(COMMIT))
    assert (about_message.xid, about_message.error) == (3, ErrorCode.BAD_ACTION__BAD_OUT_GROUP)
    assert about_message.data == encode(replace(wrong, xid=3), V1_3)[:64]
    assert (about_commit.xid, bundle_error(about_commit)) == (0x77, FAILED)
    assert flows(new) == [1]
    assert refused(new, control(COMMIT)) == BAD_ID


def test_ports_and_packets_are_in_bundles_too(new: Controller) -> None:
    down = PortMod(3, MAC + 3, PortConfig.PORT_DOWN, PortConfig.PORT_DOWN)
    packet = PacketOut(in_port=PortNo.CONTROLLER, actions=[Output(PortNo.TABLE)], data=FRAME)
    new.do(*adds(flow(2), packet, flow(1), packet, down))
    new.world.take()
    status, reply = new.send(control(COMMIT))
    assert (type(status), status.desc.config) == (PortStatus, PortConfig.PORT_DOWN)
    assert isinstance(reply, BundleControl)
    assert [effect.port_no for effect in new.world.take()] == [2, 1]


def test_others_hear_what_comes_of_it(new: Controller, old: Controller) -> None:
    old.do(flow(cookie=4, flags=1))
    new.do(*adds(FlowMod(command=FlowModCommand.DELETE)))
    new.send(control(COMMIT))
    (gone,) = old.read()
    assert (type(gone), gone.cookie) == (FlowRemoved, 4)


def test_bundles_belong_to_their_connection(new: Controller) -> None:
    other = Controller(new.world, V1_3)
    step(new, OPEN)
    assert refused(other, control(COMMIT)) == BAD_ID
    step(other, OPEN)
    new.do(*adds(flow(cookie=1)))
    step(other, COMMIT)
    assert flows(other) == []
    step(new, COMMIT)
    assert flows(other) == [1]


def test_several_bundles_are_open_at_once(new: Controller) -> None:
    new.do(*adds(flow(cookie=1), bundle_id=1), *adds(flow(cookie=2, priority=9), bundle_id=2))
    step(new, COMMIT, 2)
    assert flows(new) == [2]
    step(new, DISCARD, 1)


def test_what_is_wrong_with_a_bundle_ends_it(new: Controller) -> None:
    for wrong, code in [
        (control(OPEN), BAD_ID),
        (control(CLOSE, flags=0), BAD_FLAGS),
        (control(COMMIT, flags=0), BAD_FLAGS),
        (adds(flow(), flags=0)[0], BAD_FLAGS),
    ]:
        step(new, OPEN)
        assert refused(new, wrong) == code
        assert refused(new, control(DISCARD)) == BAD_ID


@pytest.mark.parametrize("after", [control(CLOSE), *adds(flow())], ids=["close", "add"])
def test_nothing_follows_a_close_but_a_commit(new: Controller, after: Message) -> None:
    step(new, OPEN)
    step(new, CLOSE)
    assert refused(new, after) == CLOSED
    assert refused(new, control(COMMIT)) == BAD_ID


def test_what_may_not_be_in_a_bundle_is_left_out_of_it(new: Controller) -> None:
    step(new, OPEN)
    for message in (
        BarrierRequest(),
        MeterMod(),
        FlowStatsRequest(),
        PacketOut(buffer_id=7),
        FlowMod(buffer_id=7),
    ):
        assert refused(new, *adds(message)) == UNSUP
    stranger = BundleAddMessage(1, ORDERED, flow(xid=5), xid=6)
    assert refused(new, stranger) == BAD_XID
    vendors = ExperimenterBundleProperty(0xACE, 1)
    assert refused(new, BundleAddMessage(1, ORDERED, flow(xid=5), [vendors], xid=5)) == UNSUP
    new.do(*adds(flow(cookie=1), FlowMod(command=FlowModCommand.DELETE_STRICT, buffer_id=7)))
    step(new, COMMIT)
    assert flows(new) == []


def test_steps_and_flags_that_there_are_not(new: Controller) -> None:
    for kind in (BundleControlType.OPEN_REPLY, BundleControlType.DISCARD_REPLY, 99):
        assert refused(new, control(kind)) == BAD_TYPE
    assert refused(new, control(OPEN, flags=BundleFlags.TIME)) == BAD_FLAGS
    assert refused(new, adds(flow(), flags=8)[0]) == BAD_FLAGS
    for which in (CLOSE, COMMIT, DISCARD):
        assert refused(new, control(which)) == BAD_ID


def test_a_message_of_another_version_is_refused(new: Controller) -> None:
    data = bytearray(encode(adds(flow())[0], V1_3))
    data[24] = 1
    (error,) = new.send_bytes(bytes(data))
    assert error.error is ErrorCode.BAD_REQUEST__BAD_VERSION


def test_1_0_knows_no_bundles(old: Controller) -> None:
    request = Experimenter(ONF, 0, (2300).to_bytes(4, "big") + bytes(8))
    assert old.refused(request) is ErrorCode.BAD_REQUEST__BAD_EXPERIMENTER


def test_a_slave_has_no_bundles_and_cannot_commit_what_it_began(new: Controller) -> None:
    new.do(*adds(flow(cookie=1)))
    master = Controller(new.world, V1_3)
    new.ask(RoleRequest(ControllerRole.SLAVE, 1, xid=2))
    master.ask(RoleRequest(ControllerRole.MASTER, 1, xid=2))
    slave = ErrorCode.BAD_REQUEST__IS_SLAVE
    for request in (control(COMMIT), control(OPEN, 2), *adds(flow())):
        assert new.refused(request) is slave
    assert flows(master) == []
    new.ask(RoleRequest(ControllerRole.EQUAL, xid=2))
    step(new, COMMIT)
    assert flows(master) == [1]


def test_too_many_bundles_and_messages_are_refused(
    new: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MESSAGES_MOST", 3)
    monkeypatch.setattr(bundles, "BUNDLES_MOST", 2)
    other = Controller(new.world, V1_3)
    other.do(*adds(flow(cookie=7, priority=7)))
    new.do(*adds(flow(), flow(cookie=8)))
    assert refused(new, *adds(flow())) == TOO_MANY
    step(new, OPEN, 2)
    assert refused(new, control(OPEN, 3)) == OUT_OF_BUNDLES
    step(new, COMMIT)
    new.do(*adds(flow(priority=6), flow(priority=5)))
    assert refused(other, *adds(flow())) == TOO_MANY
    new.leave()
    other.do(*adds(flow(priority=4), flow(priority=3)))
    monkeypatch.setattr(bundles, "OCTETS_MOST", 300)
    assert refused(other, *adds(flow())) == TOO_MANY


def test_the_bundles_of_a_controller_that_has_left_are_gone(world: World) -> None:
    for _ in range(3):
        controller = Controller(world, V1_3)
        controller.do(*adds(*(flow(match=Match(in_port=1)) for _ in range(10))))
        assert len(world.agent.bundles) == 10
        controller.leave()
        assert len(world.agent.bundles) == 0


def test_an_idle_bundle_ends_and_who_opened_it_is_told(new: Controller) -> None:
    step(new, OPEN)
    new.do(*adds(flow(cookie=1)))
    new.world.later(bundles.IDLE_S - 0.1)
    assert new.read() == []
    new.world.later(0.1)
    (error,) = new.read()
    assert (bundle_error(error), error.xid) == (TIMEOUT, 0x77)
    assert error.data[4:] == encode(control(OPEN), V1_3)
    assert len(new.world.agent.bundles) == 0
    assert refused(new, control(COMMIT)) == BAD_ID
    assert flows(new) == []


def test_a_bundle_that_is_used_goes_on(new: Controller) -> None:
    opened, added = adds(flow(cookie=1), flow(cookie=2, priority=1))
    for message in (opened, added, control(CLOSE), control(COMMIT)):
        assert all(isinstance(reply, BundleControl) for reply in new.send(message))
        new.world.later(bundles.IDLE_S - 0.1)
    assert flows(new) == [1, 2]


def test_idle_bundles_end_each_at_its_time(world: World) -> None:
    one, other = Controller(world, V1_3), Controller(world, V1_3)
    began = world.now
    step(one, OPEN, 1)
    world.later(1)
    step(other, OPEN, 2)
    world.later(1)
    one.do(*adds(flow()))
    assert world.agent.bundles.deadline() == began + 1 + bundles.IDLE_S
    world.later(bundles.IDLE_S - 1)
    assert (len(one.read()), len(other.read())) == (0, 1)
    world.later(1)
    assert (len(one.read()), len(other.read())) == (1, 0)
    assert world.agent.bundles.deadline() is None


def test_the_switch_wakes_up_for_idle_bundles(new: Controller) -> None:
    world = new.world
    assert world.agent.deadline() == world.now + PROBE_AFTER_S
    step(new, OPEN)
    assert world.agent.deadline() == world.now + bundles.IDLE_S
