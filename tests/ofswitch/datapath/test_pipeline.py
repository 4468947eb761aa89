"""Tables, instructions and the action set (OpenFlow 1.3.5, 5.1 to 5.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ofswitch.datapath import Transmit
from openflow.actions import (
    Action,
    CopyTtlOut,
    DecNwTtl,
    Output,
    PopVlan,
    PushMpls,
    PushVlan,
    SetField,
    SetNwTtl,
    SetQueue,
)
from openflow.constants import NO_COOKIE, OFPVID_PRESENT, PacketInReason, PortNo
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    GotoTable,
    Instruction,
    WriteActions,
    WriteMetadata,
)
from openflow.match import Match
from openflow.packet import Packet
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, sent, upcalls

FRAME = FRAMES["IPv4 TCP"]
IP = Match(eth_type=0x0800)


def test_a_packet_that_misses_is_offered_to_controllers_that_still_want_it(
    switch: Switch,
) -> None:
    switch.add(GotoTable(7), cookie=5)
    (upcall,) = upcalls(switch.receive(FRAME, in_port=3))
    assert upcall.miss
    assert (upcall.reason, upcall.max_len) == (PacketInReason.NO_MATCH, None)
    assert (upcall.in_port, upcall.table_id, upcall.cookie) == (3, 7, NO_COOKIE)
    assert upcall.frame.data == FRAME
    assert switch.drops() == {"table_miss": 1}


def test_the_table_miss_entry_says_what_happens_to_a_packet_that_misses(switch: Switch) -> None:
    switch.add(Output(PortNo.CONTROLLER, 99), priority=0, cookie=5)
    switch.add(Output(2), match=Match(in_port=2))
    (upcall,) = upcalls(switch.receive(FRAME))
    assert not upcall.miss
    assert (upcall.reason, upcall.max_len) == (PacketInReason.NO_MATCH, 99)
    assert (upcall.table_id, upcall.cookie) == (0, 5)
    assert switch.drops() == {}


@pytest.mark.parametrize(
    "fields", [{"priority": 1}, {"priority": 0, "match": Match(in_port=1)}], ids=str
)
def test_an_entry_that_is_not_the_table_miss_entry_sends_up_by_action(
    fields: dict[str, Any], switch: Switch
) -> None:
    switch.add(Output(PortNo.CONTROLLER), **fields)
    (upcall,) = upcalls(switch.receive(FRAME))
    assert upcall.reason == PacketInReason.ACTION


def test_an_upcall_tells_the_pipeline_fields(switch: Switch) -> None:
    write = WriteMetadata(0xAB, 0xFF)
    switch.add(SetField("tunnel_id", 9), write, GotoTable(3))
    switch.add(Output(PortNo.CONTROLLER), table_id=3, cookie=8)
    (upcall,) = upcalls(switch.receive(FRAME))
    assert upcall.match == Match(metadata=0xAB, tunnel_id=9)
    assert (upcall.table_id, upcall.cookie) == (3, 8)


def test_metadata_is_written_under_its_mask(switch: Switch) -> None:
    switch.add(WriteMetadata(0xFFFF, 0x0FF0), GotoTable(1))
    switch.add(WriteMetadata(0x0000, 0x00F0), GotoTable(2), table_id=1)
    switch.add(Output(2), table_id=2, match=Match(metadata=0x0F00))
    assert out_ports(switch.receive(FRAME)) == [2]


def test_applied_actions_happen_at_once_and_each_output_sends_the_frame_as_it_is(
    switch: Switch,
) -> None:
    switch.add(Output(2), PushVlan(), Output(3), PopVlan(), Output(4))
    frames = sent(switch.receive(FRAME))
    assert frames == [FRAME, FRAME[:12] + b"\x81\0\0\0" + FRAME[12:], FRAME]


def test_written_actions_happen_behind_the_last_table(switch: Switch) -> None:
    switch.add(WriteActions([Output(2)]), GotoTable(1))
    switch.add(SetField("eth_src", 7), table_id=1)
    (effect,) = switch.receive(FRAME)
    assert isinstance(effect, Transmit)
    assert (effect.port_no, Packet(effect.frame.data).eth_src) == (2, 7)


def test_an_action_of_the_same_type_replaces_the_one_written_before(switch: Switch) -> None:
    switch.add(WriteActions([Output(2), SetField("eth_src", 7)]), GotoTable(1))
    write = WriteActions([Output(3), SetField("eth_dst", 8)])
    switch.add(write, table_id=1)
    (effect,) = switch.receive(FRAME)
    assert isinstance(effect, Transmit)
    packet = Packet(effect.frame.data)
    assert (effect.port_no, packet.eth_src, packet.eth_dst) == (3, 7, 8)


def test_clearing_the_action_set_forgets_what_was_written_before(switch: Switch) -> None:
    switch.add(WriteActions([Output(2), SetField("eth_src", 7)]), GotoTable(1))
    switch.add(ClearActions(), WriteActions([Output(3)]), table_id=1)
    effects = switch.receive(FRAME)
    assert (out_ports(effects), sent(effects)) == ([3], [FRAME])


@pytest.mark.parametrize("turn", range(9))
def test_the_action_set_is_executed_in_the_order_of_the_specification(
    turn: int, switch: Switch
) -> None:
    actions: list[Action] = [
        Output(2),
        SetQueue(5),
        SetField("vlan_vid", OFPVID_PRESENT | 9),
        SetNwTtl(99),
        DecNwTtl(),
        CopyTtlOut(),
        PushVlan(),
        PushMpls(),
        PopVlan(),
    ]
    match = Match(vlan_vid=(OFPVID_PRESENT, OFPVID_PRESENT))
    for action in actions[turn:] + actions[:turn]:
        table_id = actions.index(action)
        following = [GotoTable(table_id + 1)] if table_id < 8 else []
        switch.add(WriteActions([action]), *following, table_id=table_id, match=match)
    (effect,) = switch.receive(FRAMES["VLAN IPv4"])
    assert isinstance(effect, Transmit)
    data = effect.frame.data
    # The tag popped, a label pushed, a tag before it, the TTL copied out from IP; TTL set on IP no more.
    assert data[12:22].hex() == "81000009" + "8847" + "00000140"
    assert effect.queue_id == 5


def test_instructions_are_executed_in_the_order_of_the_specification(switch: Switch) -> None:
    instructions: list[Instruction] = [
        GotoTable(1),
        WriteActions([Output(2)]),
        ClearActions(),
        ApplyActions([Output(3)]),
        WriteMetadata(1, 1),
    ]
    switch.add(*instructions)
    switch.add(table_id=1, match=Match(metadata=1))
    assert out_ports(switch.receive(FRAME)) == [3, 2]
    assert switch.dump(table_id=0)[0].instructions == instructions


def test_a_packet_that_misses_in_a_later_table_loses_its_action_set(switch: Switch) -> None:
    switch.add(WriteActions([Output(2)]), GotoTable(1))
    assert out_ports(switch.receive(FRAME)) == []
    assert switch.drops() == {"table_miss": 1}


def test_all_tables_can_be_passed(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(n_tables=255)
    for table_id in range(254):
        switch.add(GotoTable(table_id + 1), table_id=table_id)
    switch.add(Output(2), table_id=254)
    assert out_ports(switch.receive(FRAME)) == [2]


def test_a_queue_is_chosen_for_the_outputs_that_follow(switch: Switch) -> None:
    switch.add(Output(2), SetQueue(7), Output(3))
    effects = switch.receive(FRAME)
    assert [effect.queue_id for effect in effects if isinstance(effect, Transmit)] == [0, 7]


def test_each_entry_on_the_way_counts_the_packet_as_long_as_it_is_there(switch: Switch) -> None:
    switch.add(PushVlan(), GotoTable(1))
    switch.add(Output(2), table_id=1)
    for _ in range(3):
        switch.receive(FRAME)
    first, second = switch.dump()
    assert (first.packet_count, first.byte_count) == (3, 3 * len(FRAME))
    assert (second.packet_count, second.byte_count) == (3, 3 * (len(FRAME) + 4))
