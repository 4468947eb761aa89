"""Output to physical and reserved ports, and the bits of a port's configuration (7.2.1, 4.5)."""

from __future__ import annotations

import pytest

from ofswitch.datapath import PortChanged, Transmit
from openflow.actions import Enqueue, Output
from openflow.constants import PacketInReason, PortConfig, PortNo, PortReason, PortState
from openflow.errors import ErrorCode
from openflow.messages.ports import Port, PortMod
from openflow.messages.switch import SetConfig
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, port, upcalls

FRAME = FRAMES["IPv4 TCP"]
STP = bytes.fromhex("0180c2000000") + FRAME[6:]


def configure(switch: Switch, number: int, config: int) -> None:
    """Set bits of a port's configuration."""
    version, switch.version = switch.version, V1_0
    change = PortMod(number, hw_addr=port(number).hw_addr, config=config, mask=config)
    switch.apply(change)
    switch.version = version


def output(switch: Switch, port_no: int, in_port: int = 1) -> list[int]:
    """Where a frame from a port leaves when an entry outputs it so."""
    switch.add(Output(port_no))
    return out_ports(switch.receive(FRAME, in_port))


def test_a_frame_leaves_through_the_port_that_the_action_names(switch: Switch) -> None:
    assert output(switch, 3) == [3]


def test_a_frame_never_leaves_through_the_port_it_came_from(switch: Switch) -> None:
    assert output(switch, 1) == []
    assert switch.drops() == {"output_to_in_port": 1}


def test_in_port_sends_it_back(switch: Switch) -> None:
    assert output(switch, PortNo.IN_PORT) == [1]


@pytest.mark.parametrize("port_no", [PortNo.ALL, PortNo.FLOOD])
def test_all_and_flood_are_every_other_port(port_no: int, switch: Switch) -> None:
    assert output(switch, port_no, in_port=2) == [1, 3, 4]


def test_a_port_that_is_not_to_be_flooded_gets_what_goes_to_all(switch: Switch) -> None:
    configure(switch, 3, PortConfig.NO_FLOOD)
    assert output(switch, PortNo.FLOOD) == [2, 4]
    assert output(switch, PortNo.ALL) == [2, 3, 4]
    assert output(switch, 3) == [3]


def test_controller_sends_up_as_much_as_the_action_says(switch: Switch) -> None:
    switch.add(Output(PortNo.CONTROLLER, 55), Output(2), cookie=6)
    effects = switch.receive(FRAME)
    (upcall,) = upcalls(effects)
    assert (upcall.reason, upcall.max_len, upcall.cookie) == (PacketInReason.ACTION, 55, 6)
    assert out_ports(effects) == [2]


def test_local_is_a_port_like_others_where_there_is_one(switch: Switch) -> None:
    assert output(switch, PortNo.LOCAL) == []
    assert switch.drops() == {"no_such_port": 1}
    switch.datapath.add_port(port(PortNo.LOCAL), switch.now)
    assert output(switch, PortNo.LOCAL) == [PortNo.LOCAL]
    assert output(switch, PortNo.FLOOD) == [2, 3, 4, PortNo.LOCAL]
    assert output(switch, PortNo.FLOOD, in_port=PortNo.LOCAL) == [1, 2, 3, 4]


def test_normal_floods_what_it_does_not_know_and_then_learns(switch: Switch) -> None:
    assert output(switch, PortNo.NORMAL) == [2, 3, 4]


def test_output_to_a_port_that_is_gone_is_dropped_by_name(switch: Switch) -> None:
    switch.add(Output(3))
    switch.datapath.remove_port(3)
    assert out_ports(switch.receive(FRAME)) == []
    assert switch.drops() == {"no_such_port": 1}
    switch.datapath.add_port(port(3), switch.now)
    assert out_ports(switch.receive(FRAME)) == [3]


def test_enqueue_sends_through_a_queue_and_others_do_not(switch: Switch) -> None:
    switch.version = V1_0
    switch.add(Enqueue(3, 8), Output(2), Enqueue(PortNo.IN_PORT, 9))
    effects = [one for one in switch.receive(FRAME) if isinstance(one, Transmit)]
    assert [(one.port_no, one.queue_id) for one in effects] == [(3, 8), (2, 0), (1, 9)]


@pytest.mark.parametrize(
    ("config", "drop"),
    [
        (PortConfig.PORT_DOWN, "port_down"),
        (PortConfig.NO_RECV, "port_no_recv"),
    ],
)
def test_nothing_comes_in_on_a_port_that_is_not_to_receive(
    config: int, drop: str, switch: Switch
) -> None:
    switch.add(Output(2))
    configure(switch, 1, config)
    assert switch.receive(FRAME) == []
    assert switch.drops() == {drop: 1}
    assert out_ports(switch.receive(FRAME, in_port=3)) == [2]


def test_a_port_can_be_set_to_drop_spanning_tree_frames_only(switch: Switch) -> None:
    switch.add(Output(2))
    configure(switch, 1, PortConfig.NO_RECV_STP)
    assert switch.receive(STP) == []
    assert switch.drops() == {"port_no_recv": 1}
    assert out_ports(switch.receive(FRAME)) == [2]


@pytest.mark.parametrize(
    ("config", "drop"),
    [
        (PortConfig.PORT_DOWN, "output_port_down"),
        (PortConfig.NO_FWD, "output_no_fwd"),
    ],
)
def test_nothing_leaves_through_a_port_that_is_not_to_send(
    config: int, drop: str, switch: Switch
) -> None:
    configure(switch, 2, config)
    assert output(switch, 2) == []
    assert switch.drops() == {drop: 1}
    assert output(switch, PortNo.ALL) == [3, 4]
    assert output(switch, PortNo.FLOOD) == [3, 4]


def test_a_port_can_be_set_to_keep_its_misses_from_the_controller(switch: Switch) -> None:
    configure(switch, 1, PortConfig.NO_PACKET_IN)
    assert switch.receive(FRAME) == []
    switch.add(Output(PortNo.CONTROLLER), priority=0)
    assert switch.receive(FRAME) == []
    assert switch.drops() == {"table_miss": 1, "no_packet_in": 1}
    switch.add(Output(PortNo.CONTROLLER), priority=1)
    assert len(upcalls(switch.receive(FRAME))) == 1


def test_a_port_mod_changes_the_bits_of_its_mask_and_says_so(switch: Switch) -> None:
    configure(switch, 1, PortConfig.NO_FWD)
    hw_addr = port(1).hw_addr
    change = PortMod(1, hw_addr=hw_addr, config=PortConfig.NO_RECV | PortConfig.NO_FWD)
    assert switch.apply(change) == []
    change.mask = int(PortConfig.NO_RECV | PortConfig.PORT_DOWN)
    config = PortConfig.NO_FWD | PortConfig.NO_RECV
    assert switch.apply(change) == [PortChanged(PortReason.MODIFY, port(1, config=config))]
    assert switch.datapath.ports()[0].config == config


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (PortMod(9), ErrorCode.PORT_MOD_FAILED__BAD_PORT),
        (PortMod(1, hw_addr=5), ErrorCode.PORT_MOD_FAILED__BAD_HW_ADDR),
        (PortMod(1, mask=1 << 1), ErrorCode.PORT_MOD_FAILED__BAD_CONFIG),
        (PortMod(1, mask=1 << 31), ErrorCode.PORT_MOD_FAILED__BAD_CONFIG),
        (PortMod(1, advertise=1), ErrorCode.PORT_MOD_FAILED__BAD_ADVERTISE),
    ],
    ids=str,
)
def test_a_bad_port_mod_is_refused(change: PortMod, code: ErrorCode, switch: Switch) -> None:
    change.hw_addr = change.hw_addr or port(1).hw_addr
    before = switch.datapath.ports()
    assert switch.refusal(change) is code
    assert switch.datapath.ports() == before


def test_1_0_sets_its_own_bits_and_ignores_others(switch: Switch) -> None:
    configure(switch, 1, PortConfig.NO_FLOOD | 1 << 31)
    assert switch.datapath.ports()[0].config == PortConfig.NO_FLOOD


def test_a_port_that_comes_changes_and_goes_is_announced(switch: Switch) -> None:
    five = port(5, curr_speed=100)
    datapath = switch.datapath
    assert datapath.add_port(five, 0) == [PortChanged(PortReason.ADD, five)]
    configure(switch, 5, PortConfig.NO_FWD)
    down = port(5, state=PortState.LINK_DOWN, config=PortConfig.NO_FWD)
    changed = [PortChanged(PortReason.MODIFY, down)]
    assert datapath.update_port(port(5, state=PortState.LINK_DOWN)) == changed
    assert datapath.update_port(port(5, state=PortState.LINK_DOWN)) == []
    assert datapath.remove_port(5) == [PortChanged(PortReason.DELETE, down)]
    assert [one.port_no for one in datapath.ports()] == [1, 2, 3, 4]


def test_a_port_number_is_unique_and_not_reserved(switch: Switch) -> None:
    for number in (1, 0, PortNo.ALL, PortNo.ANY):
        with pytest.raises(ValueError, match=str(int(number))):
            switch.datapath.add_port(port(number), 0)
    for change in (
        switch.datapath.update_port,
        lambda one: switch.datapath.remove_port(one.port_no),
    ):
        with pytest.raises(ValueError, match="no port 9"):
            change(port(9))


def test_the_descriptions_given_out_are_copies(switch: Switch) -> None:
    mine = Port(port_no=7)
    switch.datapath.add_port(mine, 0)
    mine.name = "changed"
    switch.datapath.ports()[0].name = "changed"
    assert "changed" not in [one.name for one in switch.datapath.ports()]


def test_fragments_are_dropped_when_the_switch_is_set_to(switch: Switch) -> None:
    switch.add(Output(2))
    switch.apply(SetConfig(flags=1))
    assert switch.datapath.fragments == 1
    fragments = {kind for kind, frame in FRAMES.items() if not out_ports(switch.receive(frame))}
    assert fragments == {kind for kind in FRAMES if "fragment" in kind}
    assert switch.drops() == {"fragment": len(fragments)}
    switch.apply(SetConfig(flags=0))
    assert all(out_ports(switch.receive(FRAMES[kind])) for kind in fragments)


@pytest.mark.parametrize("flags", [2, 3, 4, 0x8000])
def test_reassembly_is_refused(flags: int, switch: Switch) -> None:
    code = switch.refusal(SetConfig(flags=flags))
    assert code is ErrorCode.SWITCH_CONFIG_FAILED__BAD_FLAGS
    assert switch.datapath.fragments == 0
