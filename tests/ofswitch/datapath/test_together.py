"""Changes that are carried out together, all or none: what bundles are made of (OpenFlow 1.4.1, 6.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.datapath import PortChanged, RefusedTogether
from openflow.actions import Group, Output
from openflow.constants import (
    FlowModCommand,
    FlowModFlags,
    GroupId,
    GroupModCommand,
    GroupType,
    PortConfig,
    PortNo,
)
from openflow.errors import ErrorCode
from openflow.instructions import ApplyActions
from openflow.match import Match
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod
from openflow.messages.groups import (
    Bucket,
    GroupDescStatsRequest,
    GroupMod,
    GroupStatsRequest,
)
from openflow.messages.packets import PacketOut
from openflow.messages.ports import PortMod
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import IMPLEMENTATIONS, Switch, out_ports, port, removals

FRAME = FRAMES["IPv4 TCP"]
NO_GROUP = ErrorCode.BAD_ACTION__BAD_OUT_GROUP
FULL = ErrorCode.FLOW_MOD_FAILED__TABLE_FULL
OVERLAP = ErrorCode.FLOW_MOD_FAILED__OVERLAP


def flow(out_port: int = 2, **fields: Any) -> FlowMod:
    return FlowMod(instructions=[ApplyActions([Output(out_port)])], **fields)


def delete(**fields: Any) -> FlowMod:
    return FlowMod(command=FlowModCommand.DELETE, **{"table_id": 0xFF, **fields})


def to_group(group_id: int, **fields: Any) -> FlowMod:
    return FlowMod(instructions=[ApplyActions([Group(group_id)])], **fields)


def group(group_id: int, *out_ports: int, command: int = GroupModCommand.ADD) -> GroupMod:
    buckets = [Bucket(actions=[Output(one)]) for one in out_ports]
    return GroupMod(command, GroupType.ALL, group_id, buckets)


def port_down(number: int, *, hw_addr: int | None = None) -> PortMod:
    address = port(number).hw_addr if hw_addr is None else hw_addr
    return PortMod(number, address, PortConfig.PORT_DOWN, PortConfig.PORT_DOWN)


def together(switch: Switch, *changes: Message) -> list[list[Any]]:
    return switch.datapath.apply_together(changes, switch.version, switch.now)


def state(switch: Switch) -> tuple[object, ...]:
    """Everything that a bundle may change, with what was counted."""
    return (
        switch.dump(),
        switch.ask(GroupDescStatsRequest()),
        switch.ask(GroupStatsRequest()),
        switch.datapath.ports(),
        switch.drops(),
    )


def refused(switch: Switch, *changes: Message) -> tuple[int, ErrorCode]:
    """Which of the changes is refused, and why; nothing may have changed."""
    before = state(switch)
    with pytest.raises(RefusedTogether) as caught:
        together(switch, *changes)
    assert state(switch) == before
    return caught.value.place, caught.value.code


def test_changes_take_effect_in_order(switch: Switch) -> None:
    outcomes = together(
        switch, group(7, 3), to_group(7), group(7, 2, 4, command=GroupModCommand.MODIFY)
    )
    assert outcomes == [[], [], []]
    assert out_ports(switch.receive(FRAME)) == [2, 4]


def test_no_changes_change_nothing(switch: Switch) -> None:
    assert together(switch) == []


def test_what_comes_of_each_is_told_separately(switch: Switch) -> None:
    switch.add(cookie=1, flags=FlowModFlags.SEND_FLOW_REM)
    nothing, gone, changed, sent = together(
        switch,
        flow(4, priority=9),
        delete(),
        port_down(3),
        PacketOut(in_port=PortNo.CONTROLLER, actions=[Output(2)], data=FRAME),
    )
    assert (nothing, [one.cookie for one in removals(gone)], out_ports(sent)) == ([], [1], [2])
    (effect,) = changed
    assert isinstance(effect, PortChanged)
    assert effect.port.config == PortConfig.PORT_DOWN


def test_a_packet_out_goes_through_the_tables_as_they_are_at_its_turn(switch: Switch) -> None:
    packet = PacketOut(in_port=1, actions=[Output(PortNo.TABLE)], data=FRAME)
    effects = together(switch, flow(2), packet, flow(3), packet, delete(), packet)
    assert [out_ports(one) for one in effects] == [[], [2], [], [3], [], []]


def test_the_first_that_is_refused_is_named_and_those_before_it_are_undone(switch: Switch) -> None:
    switch.add(Output(2), idle_timeout=10, hard_timeout=20, cookie=5)
    switch.apply(group(1, 2))
    switch.add(Group(1), priority=1)
    switch.receive(FRAME)
    switch.now = 3.0
    wrong = to_group(99, priority=3)
    changes = (
        delete(),
        group(1, command=GroupModCommand.DELETE),
        group(2, 3),
        port_down(4),
        flow(),
    )
    assert refused(switch, *changes, wrong, wrong) == (5, NO_GROUP)
    assert refused(switch, flow(3), port_down(2, hw_addr=1))[0] == 1
    assert refused(switch, group(2, 3), group(2, 3)) == (
        1,
        ErrorCode.GROUP_MOD_FAILED__GROUP_EXISTS,
    )
    assert out_ports(switch.receive(FRAME)) == [2]
    assert max(entry.packet_count for entry in switch.dump()) == 2


def test_an_entry_that_was_to_go_times_out_when_it_would_have(switch: Switch) -> None:
    switch.add(Output(2), idle_timeout=10, flags=FlowModFlags.SEND_FLOW_REM)
    switch.now = 4.0
    switch.receive(FRAME)
    switch.now = 8.0
    refused(switch, delete(), flow(3, idle_timeout=99), to_group(99))
    assert switch.advance(13.9) == []
    (message,) = removals(switch.advance(14.0))
    assert (message.packet_count, message.duration_sec) == (1, 14)


def test_what_only_tables_refuse_is_undone_too(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_entries=2)
    switch.add(Output(2), priority=1, cookie=1)
    switch.receive(FRAME)
    assert refused(switch, group(1, 2), flow(priority=2), flow(priority=3)) == (2, FULL)
    assert refused(switch, delete(), *(flow(priority=one) for one in (2, 3, 4))) == (3, FULL)
    checked = flow(priority=1, match=Match(in_port=1), flags=FlowModFlags.CHECK_OVERLAP)
    assert refused(switch, port_down(1), checked) == (1, OVERLAP)
    assert together(switch, delete(), checked, flow(priority=3)) == [[], [], []]
    assert len(switch.dump()) == 2


def test_room_that_the_end_of_a_group_makes_is_room(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_entries=1)
    for number in (GroupId.ALL, 1):
        switch.apply(group(1, 2))
        switch.add(Group(1), priority=1)
        assert refused(switch, flow(priority=2)) == (0, FULL)
        together(switch, group(number, command=GroupModCommand.DELETE), flow(priority=2))
        assert [entry.priority for entry in switch.dump()] == [2]
        switch.apply(delete())


def test_what_is_no_change_is_refused(switch: Switch) -> None:
    assert refused(switch, flow(), GroupStatsRequest()) == (1, ErrorCode.BAD_REQUEST__BAD_TYPE)


PRIORITIES = st.integers(1, 3)
MATCHES = st.sampled_from([Match(), Match(in_port=1), Match(in_port=2), Match(eth_type=0x800)])
FLAGS = st.sampled_from([0, FlowModFlags.CHECK_OVERLAP, FlowModFlags.SEND_FLOW_REM])
FLOWS = st.builds(
    FlowMod,
    match=MATCHES,
    priority=PRIORITIES,
    command=st.sampled_from(FlowModCommand),
    table_id=st.sampled_from([0, 1]),
    flags=FLAGS,
    idle_timeout=st.sampled_from([0, 5]),
    instructions=st.sampled_from(
        [[], [ApplyActions([Output(2)])], [ApplyActions([Group(1)])], [ApplyActions([Group(2)])]]
    ),
)
GROUPS = st.builds(
    group,
    st.sampled_from([1, 2, GroupId.ALL]),
    st.sampled_from([2, 3]),
    command=st.sampled_from(GroupModCommand),
)
CHANGES = st.lists(st.one_of(FLOWS, FLOWS, GROUPS), max_size=8)


@pytest.mark.native
@given(CHANGES, CHANGES)
def test_both_datapaths_do_the_same(first: list[Message], second: list[Message]) -> None:
    switches = [Switch(make, max_entries=3, n_tables=2) for make in IMPLEMENTATIONS.values()]
    assert outcome(switches[0], first) == outcome(switches[1], first)
    for switch in switches:
        switch.now = 1.0
        switch.receive(FRAME)
    assert outcome(switches[0], second) == outcome(switches[1], second)


@given(CHANGES, CHANGES)
def test_together_is_one_after_the_other_or_nothing(
    first: list[Message], second: list[Message]
) -> None:
    one, other = (Switch(IMPLEMENTATIONS["reference"], max_entries=3, n_tables=2) for _ in range(2))
    for switch in (one, other):
        outcome(switch, first)
    try:
        effects = together(one, *second)
    except RefusedTogether:
        assert state(one) == state(other)
    else:
        assert effects == [other.apply(change) for change in second]
        assert state(one) == state(other)


def outcome(switch: Switch, changes: list[Message]) -> tuple[object, ...]:
    """What came of changes, and how the switch is then."""
    before = state(switch)
    try:
        done: object = together(switch, *changes)
    except RefusedTogether as refusal:
        assert state(switch) == before
        done = refusal.place, refusal.code
    return done, state(switch)
