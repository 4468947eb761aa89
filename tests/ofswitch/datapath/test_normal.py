"""NORMAL: learning, ageing, VLANs, bounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openflow.actions import Output
from openflow.constants import PortConfig, PortNo
from openflow.messages.ports import PortMod
from tests.ofswitch.datapath.rig import Switch, out_ports, port

NORMAL = Output(PortNo.NORMAL)
BROADCAST = 0xFFFF_FFFF_FFFF


def frame(source: int, destination: int, vlan: int | None = None) -> bytes:
    """An Ethernet frame from one address to another, with a VLAN tag or without."""
    tag = b"" if vlan is None else b"\x81\0" + vlan.to_bytes(2, "big")
    return (
        destination.to_bytes(6, "big") + source.to_bytes(6, "big") + tag + b"\x88\xb5" + bytes(46)
    )


@pytest.fixture
def normal(switch: Switch) -> Switch:
    """A switch that forwards all it gets as NORMAL does."""
    switch.add(NORMAL)
    return switch


def test_an_unknown_address_is_flooded_and_a_known_one_is_not(normal: Switch) -> None:
    assert out_ports(normal.receive(frame(1, 2), in_port=1)) == [2, 3, 4]
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1]
    assert out_ports(normal.receive(frame(1, 2), in_port=1)) == [2]


def test_broadcast_and_multicast_are_flooded_and_never_learned(normal: Switch) -> None:
    normal.receive(frame(BROADCAST, 9), in_port=2)
    assert out_ports(normal.receive(frame(1, BROADCAST), in_port=1)) == [2, 3, 4]
    assert out_ports(normal.receive(frame(1, 0x0100_5E00_0001), in_port=1)) == [2, 3, 4]


def test_a_host_that_moved_is_found_at_its_new_port(normal: Switch) -> None:
    normal.receive(frame(1, 9), in_port=1)
    normal.receive(frame(1, 9), in_port=3)
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [3]


def test_a_frame_for_a_host_on_the_port_it_came_from_is_dropped(normal: Switch) -> None:
    normal.receive(frame(1, 9), in_port=1)
    assert out_ports(normal.receive(frame(2, 1), in_port=1)) == []
    assert normal.drops() == {"normal_same_port": 1}


def test_an_address_is_known_in_its_vlan_only(normal: Switch) -> None:
    normal.receive(frame(1, 9, vlan=5), in_port=1)
    assert out_ports(normal.receive(frame(2, 1, vlan=6), in_port=2)) == [1, 3, 4]
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1, 3, 4]
    assert out_ports(normal.receive(frame(2, 1, vlan=0x2005), in_port=2)) == [1]


def test_a_priority_tag_belongs_to_no_vlan(normal: Switch) -> None:
    normal.receive(frame(1, 9, vlan=0xE000), in_port=1)
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1]


def test_a_host_that_was_silent_for_five_minutes_is_forgotten(normal: Switch) -> None:
    normal.receive(frame(1, 9), in_port=1)
    normal.now = 299.9
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1]
    normal.now = 300
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1, 3, 4]


def test_each_frame_that_a_host_sends_keeps_it_known(normal: Switch) -> None:
    for now in (0, 200, 400, 600):
        normal.advance(now)
        normal.receive(frame(1, 9), in_port=1)
    normal.advance(899)
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1]


def test_when_the_table_is_full_the_host_silent_for_longest_is_forgotten(
    make_switch: Callable[..., Switch],
) -> None:
    switch = make_switch(max_macs=3)
    switch.add(NORMAL)
    for source in (1, 2, 3, 1, 4):
        switch.receive(frame(source, 9), in_port=1)
    # Frames from the controller ask without being learned from.
    found = [host for host in (1, 2, 3, 4) if len(switch.send_out(frame(7, host), NORMAL)) == 1]
    assert found == [1, 3, 4]


@pytest.mark.parametrize("last", [0x00, 0x0F])
def test_frames_for_the_bridge_itself_are_not_forwarded(last: int, normal: Switch) -> None:
    assert normal.receive(frame(1, 0x0180_C200_0000 | last)) == []
    assert normal.drops() == {"normal_reserved": 1}


def test_the_address_behind_the_reserved_ones_is_flooded(normal: Switch) -> None:
    assert out_ports(normal.receive(frame(1, 0x0180_C200_0010))) == [2, 3, 4]


def test_flooding_heeds_the_configuration_of_ports(normal: Switch) -> None:
    change = PortMod(2, port(2).hw_addr, config=PortConfig.NO_FWD, mask=PortConfig.NO_FWD)
    normal.apply(change)
    assert out_ports(normal.receive(frame(1, 9))) == [3, 4]


def test_what_lives_behind_a_port_that_goes_is_forgotten(normal: Switch) -> None:
    normal.receive(frame(1, 9), in_port=1)
    normal.datapath.remove_port(1)
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [3, 4]


def test_what_lives_behind_a_port_that_is_set_down_is_forgotten(normal: Switch) -> None:
    normal.receive(frame(1, 9), in_port=1)
    down = PortConfig.PORT_DOWN
    for config in (down, 0):
        normal.apply(PortMod(1, port(1).hw_addr, config=config, mask=down))
    assert out_ports(normal.receive(frame(2, 1), in_port=2)) == [1, 3, 4]


def test_nothing_is_learned_from_frames_that_the_controller_sends(normal: Switch) -> None:
    normal.send_out(frame(1, 9), NORMAL)
    assert out_ports(normal.send_out(frame(2, 1), NORMAL)) == [1, 2, 3, 4]
