"""PACKET_OUT: a controller's frame, or a buffered one, through a list of actions (7.3.7)."""

from __future__ import annotations

import pytest

from ofswitch.datapath import Transmit
from ofswitch.frame import NEEDS_CSUM, Frame, Offload
from openflow.actions import Action, Group, Output, PushVlan, SetField
from openflow.constants import NO_COOKIE, PacketInReason, PortNo
from openflow.errors import ErrorCode, OpenFlowError
from openflow.match import Match
from openflow.packet import Packet
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, upcalls

FRAME = FRAMES["IPv4 TCP"]
TABLE = Output(PortNo.TABLE)


def refusal(switch: Switch, *actions: Action, data: bytes = FRAME, in_port: int = 1) -> ErrorCode:
    """Send a packet-out that must be refused; return the error."""
    with pytest.raises(OpenFlowError) as caught:
        switch.send_out(data, *actions, in_port=in_port)
    assert switch.drops() == {}
    return caught.value.code


def test_the_actions_are_done_in_order(switch: Switch) -> None:
    effects = switch.send_out(FRAME, Output(2), PushVlan(), SetField("eth_src", 5), Output(1))
    assert out_ports(effects) == [2, 1]
    assert [Packet(one.frame.data).vlan_count for one in effects if isinstance(one, Transmit)] == [
        0,
        1,
    ]


def test_a_frame_without_actions_is_dropped_by_name(switch: Switch) -> None:
    assert switch.send_out(FRAME) == []
    assert switch.drops() == {"no_output": 1}


def test_a_frame_from_the_controller_is_flooded_to_all_ports(switch: Switch) -> None:
    assert out_ports(switch.send_out(FRAME, Output(PortNo.FLOOD))) == [1, 2, 3, 4]


def test_the_port_that_a_frame_is_said_to_come_from_counts(switch: Switch) -> None:
    flood, back = Output(PortNo.FLOOD), Output(PortNo.IN_PORT)
    assert out_ports(switch.send_out(FRAME, flood, back, in_port=3)) == [1, 2, 4, 3]
    assert switch.send_out(FRAME, Output(3), in_port=3) == []


def test_in_port_is_nowhere_for_a_frame_from_the_controller(switch: Switch) -> None:
    assert switch.send_out(FRAME, Output(PortNo.IN_PORT)) == []
    assert switch.drops() == {"no_in_port": 1}


def test_output_to_table_sends_the_frame_as_it_is_through_the_tables(switch: Switch) -> None:
    match = Match(in_port=3, vlan_vid=(0x1000, 0x1000))
    switch.add(SetField("eth_src", 5), Output(2), match=match)
    effects = switch.send_out(FRAME, PushVlan(), TABLE, Output(4), in_port=3)
    first, second = [Packet(one.frame.data) for one in effects if isinstance(one, Transmit)]
    assert out_ports(effects) == [2, 4]
    assert (first.eth_src, first.vlan_count) == (5, 1)
    assert second.eth_src != 5
    assert switch.entry().packet_count == 1


def test_a_frame_that_misses_on_its_way_through_the_tables_is_offered_as_a_miss(
    switch: Switch,
) -> None:
    (upcall,) = upcalls(switch.send_out(FRAME, TABLE))
    assert (upcall.miss, upcall.in_port) == (True, PortNo.CONTROLLER)
    assert switch.drops() == {"table_miss": 1}


def test_a_frame_that_misses_but_was_sent_elsewhere_is_not_dropped(switch: Switch) -> None:
    assert out_ports(switch.send_out(FRAME, Output(2), TABLE)) == [2]
    assert switch.drops() == {}


def test_output_to_the_controller_comes_from_no_entry(switch: Switch) -> None:
    (upcall,) = upcalls(switch.send_out(FRAME, Output(PortNo.CONTROLLER, 20), in_port=2))
    assert (upcall.reason, upcall.cookie) == (PacketInReason.ACTION, NO_COOKIE)
    assert (upcall.in_port, upcall.max_len) == (2, 20)


def test_a_buffered_frame_keeps_what_is_left_to_finish(switch: Switch) -> None:
    frame = Frame(FRAME, Offload(NEEDS_CSUM, csum_start=34, csum_offset=16))
    (effect,) = switch.send_out(frame, Output(2))
    assert isinstance(effect, Transmit)
    assert effect.frame == frame


def test_1_0_may_say_that_a_frame_came_from_no_port(switch: Switch) -> None:
    switch.version = V1_0
    effects = switch.send_out(FRAME, Output(PortNo.ALL), in_port=PortNo.ANY)
    assert out_ports(effects) == [1, 2, 3, 4]


@pytest.mark.parametrize("in_port", [0, 9, PortNo.TABLE, PortNo.ALL, PortNo.LOCAL])
def test_a_frame_cannot_come_from_a_port_that_does_not_exist(in_port: int, switch: Switch) -> None:
    code = refusal(switch, Output(2), in_port=in_port)
    assert code is ErrorCode.BAD_REQUEST__BAD_PORT


def test_what_is_shorter_than_an_ethernet_header_is_no_packet(switch: Switch) -> None:
    assert refusal(switch, Output(2), data=bytes(13)) is ErrorCode.BAD_REQUEST__BAD_PACKET


def test_bad_actions_are_refused_before_any_is_done(switch: Switch) -> None:
    code = refusal(switch, Output(2), Group(1))
    assert code is ErrorCode.BAD_ACTION__BAD_OUT_GROUP


def test_an_action_that_does_not_apply_to_the_frame_does_nothing(switch: Switch) -> None:
    assert switch.edit(FRAME, SetField("arp_spa", 1)).data == FRAME
