"""Frames that go up to controllers: which, to whom, how much of them, and finished."""

from __future__ import annotations

import pytest
from scapy.layers import inet
from scapy.layers.l2 import Ether

from ofswitch.datapath import Effect, Transmit
from ofswitch.frame import GSO_TCPV4, NEEDS_CSUM, Frame, Offload
from ofswitch.offload import segment
from openflow import (
    NO_BUFFER,
    V1_0,
    V1_3,
    ApplyActions,
    FlowMod,
    GotoTable,
    Match,
    Output,
    PacketIn,
    PacketInReason,
    PacketOut,
    PortNo,
    SetConfig,
    WriteMetadata,
)
from tests.frames import ETHER, IPV4, TCP, build
from tests.ofswitch.agent.world import Controller, World, frame, to_controller

_L4 = 14 + 20
_UNFINISHED = Offload(NEEDS_CSUM, csum_start=_L4, csum_offset=16)


def unfinished(payload: bytes) -> bytes:
    """A TCP frame as a host gives it to its card: the checksum holds the pseudo-header's sum."""
    whole = bytearray(build(ETHER / IPV4 / TCP / payload))
    pseudo = whole[26:34] + b"\0\6" + (len(whole) - _L4).to_bytes(2, "big")
    words = (int.from_bytes(pseudo[at : at + 2], "big") for at in range(0, len(pseudo), 2))
    whole[_L4 + 16 : _L4 + 18] = (sum(words) % 65535).to_bytes(2, "big")
    return bytes(whole)


def test_a_miss_goes_to_1_0_and_not_to_1_3(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    world.arrive(frame(60), 2)
    (message,) = old.read()
    assert isinstance(message, PacketIn)
    assert (message.in_port, message.reason) == (2, PacketInReason.NO_MATCH)
    assert new.read() == []
    assert world.agent.drops == {}


def test_a_miss_that_nobody_hears_of_is_counted_once_by_the_datapath(world: World) -> None:
    Controller(world, V1_3)
    world.arrive(frame())
    assert world.datapath.drops == {"table_miss": 1}
    assert not +world.agent.drops


def test_a_miss_is_cut_to_miss_send_len_and_kept(old: Controller) -> None:
    old.do(SetConfig(miss_send_len=40))
    old.world.arrive(frame(1000))
    (message,) = old.read()
    assert (message.total_len, message.data) == (1000, frame(1000)[:40])
    assert message.buffer_id != NO_BUFFER


def test_a_miss_send_len_without_limit_sends_whole_frames_without_keeping_them(
    old: Controller,
) -> None:
    old.do(SetConfig(miss_send_len=0xFFFF))
    old.world.arrive(frame(1000))
    (message,) = old.read()
    assert (message.buffer_id, message.data) == (NO_BUFFER, frame(1000))


@pytest.mark.parametrize("max_len", [0, 1, 59, 60, 128, 0xFFE5])
def test_an_action_cuts_to_its_max_len(controller: Controller, max_len: int) -> None:
    controller.do(to_controller(max_len, cookie=77))
    controller.world.arrive(frame(60))
    (message,) = controller.read()
    assert (message.total_len, message.data) == (60, frame(60)[:max_len])
    assert message.buffer_id != NO_BUFFER
    if controller.version == V1_3:
        assert (message.cookie, message.table_id) == (77, 0)


def test_no_buffer_asks_for_the_whole_frame(new: Controller) -> None:
    new.do(to_controller())
    new.world.arrive(frame(1500))
    (message,) = new.read()
    assert (message.buffer_id, message.data) == (NO_BUFFER, frame(1500))


def test_the_table_miss_entrys_reason_is_no_match_and_to_1_0_an_action(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    new.do(to_controller())
    world.arrive(frame())
    assert new.read()[0].reason == PacketInReason.NO_MATCH
    assert old.read()[0].reason == PacketInReason.ACTION


def test_pipeline_fields_come_along(new: Controller) -> None:
    up = ApplyActions([Output(PortNo.CONTROLLER)])
    new.do(
        FlowMod(instructions=[WriteMetadata(0xABC), GotoTable(2)], priority=5),
        FlowMod(instructions=[up], table_id=2, priority=5, cookie=3),
    )
    new.world.arrive(frame(), 3)
    (message,) = new.read()
    assert (message.in_port, message.match) == (3, Match(metadata=0xABC))
    assert (message.table_id, message.cookie, message.reason) == (2, 3, PacketInReason.ACTION)


def test_when_every_place_is_taken_frames_go_up_whole(new: Controller) -> None:
    new.do(to_controller(max_len=20))
    for _ in range(256):
        new.world.arrive(frame(500))
    kept = new.read()
    assert len({message.buffer_id for message in kept}) == 256
    assert {len(message.data) for message in kept} == {20}
    new.world.arrive(frame(500))
    (message,) = new.read()
    assert (message.buffer_id, message.data) == (NO_BUFFER, frame(500))


def test_what_no_connected_controller_wants_is_counted(world: World) -> None:
    controller = Controller(world, V1_3)
    controller.do(to_controller())
    controller.leave()
    world.arrive(frame())
    assert world.agent.drops == {"no_controller": 1}


def test_a_packet_out_may_send_to_the_controller(new: Controller) -> None:
    out = PacketOut(in_port=2, data=frame(), actions=[Output(PortNo.CONTROLLER)])
    (message,) = new.send(out)
    assert (message.in_port, message.data) == (2, frame())


# --- offloads -------------------------------------------------------------------------------------------------


def test_a_packet_in_carries_a_finished_checksum(controller: Controller) -> None:
    controller.do(to_controller())
    controller.world.arrive(unfinished(b"hello"), offload=_UNFINISHED)
    (message,) = controller.read()
    assert message.data == build(ETHER / IPV4 / TCP / b"hello")


def test_a_kept_frame_leaves_as_unfinished_as_it_came(controller: Controller) -> None:
    controller.do(to_controller(max_len=64))
    data = unfinished(bytes(1000))
    controller.world.arrive(data, offload=_UNFINISHED)
    (message,) = controller.read()
    assert message.data == build(ETHER / IPV4 / TCP / bytes(1000))[:64]
    controller.do(PacketOut(message.buffer_id, 1, [Output(2)]))
    (sent,) = controller.world.take()
    assert sent.frame == Frame(data, _UNFINISHED)


def test_a_super_frame_goes_up_whole_as_its_segments(controller: Controller) -> None:
    controller.do(to_controller())
    data = unfinished(bytes(64000))
    offload = _UNFINISHED._replace(gso_type=GSO_TCPV4, gso_size=1448, hdr_len=54)
    controller.world.arrive(data, offload=offload)
    messages = controller.read()
    assert [message.data for message in messages] == [
        one.data for one in segment(Frame(data, offload))
    ]
    assert len(messages) == -(-64000 // 1448)
    parsed = Ether(messages[-1].data)
    stated = parsed[inet.TCP].chksum
    del parsed[inet.TCP].chksum, parsed[inet.IP].chksum
    assert Ether(bytes(parsed))[inet.TCP].chksum == stated


def test_a_super_frame_that_is_kept_goes_up_as_one_head(controller: Controller) -> None:
    controller.do(to_controller(max_len=100))
    offload = _UNFINISHED._replace(gso_type=GSO_TCPV4, gso_size=1448, hdr_len=54)
    controller.world.arrive(unfinished(bytes(65000)), offload=offload)
    (message,) = controller.read()
    assert (message.total_len, len(message.data)) == (65054, 100)
    controller.do(PacketOut(message.buffer_id, 1, [Output(2)]))
    assert controller.world.take()[0].frame.offload == offload


def test_no_frame_is_too_long_for_a_message(controller: Controller) -> None:
    controller.do(to_controller())
    controller.world.arrive(frame(65535 + 14))
    (message,) = controller.read()
    assert message.total_len == 0xFFFF
    assert 65000 < len(message.data) < 65535


def test_a_fault_of_the_datapath_costs_one_packet_not_those_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = world.agent.datapath.receive

    def faulty(in_port: int, came: Frame, now: float) -> list[Effect]:
        if came.data.endswith(b"bad"):
            raise ZeroDivisionError
        return receive(in_port, came, now)

    monkeypatch.setattr(world.agent.datapath, "receive", faulty)
    Controller(world).do(FlowMod(instructions=[ApplyActions([Output(2)])]))
    frames = [Frame(bytes(60) + end) for end in (b"one", b"bad", b"two")]
    sent = world.agent.receive(1, frames, 0.0)
    assert [one.frame.data[-3:] for one in sent if isinstance(one, Transmit)] == [b"one", b"two"]
    assert world.agent.drops["internal_error"] == 1
