"""Frames kept in the switch, and what takes them out again."""

from __future__ import annotations

import pytest

from ofswitch.agent.buffers import KEPT_S, PLACES, PacketBuffers
from ofswitch.frame import Frame
from openflow import (
    NO_BUFFER,
    V1_3,
    BarrierReply,
    BarrierRequest,
    ErrorCode,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowStatsRequest,
    Match,
    OpenFlowError,
    Output,
    PacketIn,
    PacketOut,
    PortNo,
    SetAsync,
)
from tests.ofswitch.agent.world import Controller, World, forward, frame, ports_of, to_controller

A, B = Frame(frame(mark=1)), Frame(frame(mark=2))


def why_not(buffers: PacketBuffers, buffer_id: int) -> ErrorCode:
    """The error for an id that gives nothing."""
    with pytest.raises(OpenFlowError) as caught:
        buffers.get(buffer_id)
    return caught.value.code


def test_a_frame_stays_until_it_is_released() -> None:
    buffers = PacketBuffers()
    one = buffers.keep(A, 3, 0.0)
    assert buffers.get(one) == buffers.get(one) == (A, 3)
    buffers.release(one)
    assert why_not(buffers, one) is ErrorCode.BAD_REQUEST__BUFFER_EMPTY


def test_ids_that_were_never_given_are_unknown() -> None:
    buffers = PacketBuffers()
    buffers.keep(A, 1, 0.0)
    for never in (0, 1, 255, 256 + 1, 512, NO_BUFFER, NO_BUFFER - 1):
        assert why_not(buffers, never) is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN
        buffers.release(never)


def test_an_old_id_never_names_a_newer_frame() -> None:
    buffers = PacketBuffers()
    old = buffers.keep(A, 1, 0.0)
    buffers.release(old)
    newer = [buffers.keep(B, 1, 0.0) for _ in range(PLACES)]
    assert old not in newer
    assert why_not(buffers, old) is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN


def test_a_flood_does_not_overwrite_frames_that_were_just_kept() -> None:
    buffers = PacketBuffers()
    first = [buffers.keep(A, 1, 0.0) for _ in range(PLACES)]
    assert len(set(first)) == PLACES
    assert buffers.keep(B, 1, KEPT_S - 0.01) == NO_BUFFER
    assert all(buffers.get(one) == (A, 1) for one in first)
    assert buffers.keep(B, 1, KEPT_S) != NO_BUFFER
    assert why_not(buffers, first[0]) is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN


def test_the_generations_of_ids_come_round_without_meeting_no_buffer() -> None:
    buffers = PacketBuffers()
    for place in buffers._places:
        place.generation = (1 << 24) - 3
    last = [buffers.keep(A, 1, 0.0) for _ in range(PLACES)]
    for one in last:
        buffers.release(one)
    again = [buffers.keep(A, 1, 0.0) for _ in range(PLACES)]
    assert max(last) < NO_BUFFER
    assert again == [256 + place for place in range(PLACES)]


# --- through the agent ----------------------------------------------------------------------------------------


def buffered(controller: Controller, port: int = 1) -> int:
    """Have a frame buffered; its id."""
    controller.do(to_controller(max_len=20))
    controller.world.arrive(frame(1000), port)
    (message,) = controller.read()
    assert isinstance(message, PacketIn)
    assert message.buffer_id != NO_BUFFER
    return message.buffer_id


def test_packet_out_sends_a_buffered_frame_once(controller: Controller) -> None:
    buffer_id = buffered(controller)
    out = PacketOut(buffer_id, 1, [Output(2)], xid=1)
    controller.do(out)
    (sent,) = controller.world.take()
    assert (sent.port_no, sent.frame) == (2, Frame(frame(1000)))
    assert controller.refused(out) is ErrorCode.BAD_REQUEST__BUFFER_EMPTY
    assert controller.refused(PacketOut(7, 1, xid=2)) is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN


def test_a_packet_out_that_is_refused_does_not_use_the_buffer_up(controller: Controller) -> None:
    buffer_id = buffered(controller)
    bad = PacketOut(buffer_id, 1, [Output(0)], xid=1)
    assert controller.refused(bad) is ErrorCode.BAD_ACTION__BAD_OUT_PORT
    controller.do(PacketOut(buffer_id, 1, [Output(2)], xid=1))
    assert list(ports_of(controller.world.take())) == [2]


def test_a_packet_out_without_actions_drops_the_buffered_frame(controller: Controller) -> None:
    buffer_id = buffered(controller)
    controller.do(PacketOut(buffer_id, 1))
    assert controller.world.take() == []
    again = PacketOut(buffer_id, 1, [Output(2)], xid=1)
    assert controller.refused(again) is ErrorCode.BAD_REQUEST__BUFFER_EMPTY


def test_a_flow_mod_sends_the_buffered_frame_through_the_tables_it_changed(
    controller: Controller,
) -> None:
    buffer_id = buffered(controller, port=3)
    controller.do(forward(2, Match(in_port=3), buffer_id=buffer_id, priority=9))
    assert list(ports_of(controller.world.take())) == [2]
    entries = controller.ask(FlowStatsRequest(match=Match(in_port=3))).body
    assert [entry.packet_count for entry in entries] == [1]


def test_a_flow_mod_with_a_bad_buffer_id_still_changes_the_table(controller: Controller) -> None:
    change = forward(2, Match(in_port=3), buffer_id=0x1234, xid=5)
    error, barrier = controller.send(change, BarrierRequest(xid=6))
    assert isinstance(error, ErrorMsg)
    assert error.error is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN
    assert isinstance(barrier, BarrierReply)
    assert list(ports_of(controller.world.arrive(frame(), 3))) == [2]


def test_a_flow_mod_that_is_refused_does_not_use_the_buffer_up(controller: Controller) -> None:
    buffer_id = buffered(controller)
    assert controller.refused(forward(0, buffer_id=buffer_id, xid=1)) is not None
    controller.do(PacketOut(buffer_id, 1, [Output(2)]))


def test_a_delete_ignores_the_buffer_id(controller: Controller) -> None:
    buffer_id = buffered(controller)
    controller.do(FlowMod(command=FlowModCommand.DELETE, buffer_id=buffer_id))
    controller.do(FlowMod(command=FlowModCommand.DELETE, buffer_id=0x1234))
    controller.do(PacketOut(buffer_id, 1, [Output(2)]))
    assert list(ports_of(controller.world.take())) == [2]


def test_a_buffer_belongs_to_the_controller_that_was_told_of_it(world: World) -> None:
    one, other = Controller(world, V1_3), Controller(world, V1_3)
    late = Controller(world, V1_3)
    late.do(SetAsync())
    buffer_id = buffered(one)
    (copy,) = other.read()
    other.do(PacketOut(copy.buffer_id, 1, [Output(PortNo.IN_PORT)]))
    assert list(ports_of(world.take())) == [1]
    out = PacketOut(buffer_id, 1, [Output(2)], xid=1)
    assert late.refused(out) is ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN
    one.do(out)
    assert list(ports_of(world.take())) == [2]
