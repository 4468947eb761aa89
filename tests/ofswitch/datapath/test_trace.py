"""What a trace says is what the datapath then does, and tracing changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofswitch.datapath import Effect, Transmit, Upcall
from ofswitch.datapath.rehearsal import MOST_COMPARED, Chosen, Lost, Met, Step, Trace
from ofswitch.frame import Frame
from openflow.actions import DecNwTtl, Group, Output, PopVlan, PushVlan, SetField
from openflow.constants import GroupType, MeterFlags, PortNo, TableId
from openflow.instructions import GotoTable, Meter, WriteActions, WriteMetadata
from openflow.match import Match
from openflow.messages.base import Message
from openflow.messages.flows import TableStatsRequest
from openflow.messages.groups import Bucket, GroupMod, GroupStatsRequest
from openflow.messages.meters import DropBand, MeterMod, MeterStatsRequest
from openflow.messages.ports import PortStatsRequest
from openflow.messages.switch import SetConfig
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, PORTS, Switch
from tests.ofswitch.datapath.test_properties import all_changes, build, configs, frames

TCP = FRAMES["IPv4 TCP"]
in_ports = st.sampled_from([*PORTS, 77])
arrivals = st.lists(st.tuples(in_ports, frames), max_size=4)


def trace(switch: Switch, data: bytes | Frame, in_port: int = 1) -> Trace:
    """Ask what would become of a frame."""
    frame = data if isinstance(data, Frame) else Frame(data)
    return switch.datapath.trace(in_port, frame, switch.now)


def state(switch: Switch) -> list[Any]:
    """All that a switch tells of itself."""
    switch.version = V1_0
    questions = (GroupStatsRequest(), MeterStatsRequest(), TableStatsRequest(), PortStatsRequest())
    answers = [switch.ask(question).body for question in questions]
    deadline = switch.datapath.next_deadline()
    return [switch.dump(table_id=TableId.ALL), *answers, switch.drops(), deadline]


def plain(effects: list[Effect]) -> list[Any]:
    """Effects, comparable whichever datapath they are of."""
    return [
        one._replace(frame=(one.frame.data, str(one.frame.offload)))  # type: ignore[arg-type]
        for one in effects
        if isinstance(one, Transmit | Upcall)
    ]


def flat(step: Step) -> list[Step]:
    """A step and all that it consists of, in order."""
    return [step, *(one for part in step.steps for one in flat(part))]


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@settings(max_examples=150)
@given(changes=all_changes, configs=configs, arrivals=arrivals, in_port=in_ports, frame=frames)
def test_a_trace_says_what_then_happens_and_changes_nothing(
    implementation: str,
    changes: list[Message],
    configs: dict[int, int],
    arrivals: list[tuple[int, Frame]],
    in_port: int,
    frame: Frame,
) -> None:
    switch = build(implementation, changes, configs)
    for number, earlier in arrivals:
        switch.now += 0.01
        switch.receive(earlier, number)
    before = state(switch)
    told = trace(switch, frame, in_port)
    assert state(switch) == before
    drops = Counter(switch.datapath.drops)
    effects = switch.receive(frame, in_port)
    assert plain(told.effects) == plain(effects)
    dropped = switch.datapath.drops - drops
    assert dropped == Counter(filter(None, [told.drop]))


def test_each_step_says_what_it_changes_and_what_comes_of_it(switch: Switch) -> None:
    actions = [PushVlan(0x8100), SetField("vlan_vid", 0x1005), DecNwTtl(), Output(9), Output(2)]
    switch.add(WriteMetadata(5, 7), GotoTable(2))
    switch.add(*actions, table_id=2, match=Match(metadata=5), priority=7)
    told = trace(switch, TCP)
    first, second = told.arrival.steps
    assert isinstance(first.what, Met)
    assert isinstance(second.what, Met)
    assert second.what.entry is not None
    assert (second.what.table_id, second.what.entry.priority, second.what.entries) == (2, 7, 1)
    assert [one.what for one in first.steps] == [WriteMetadata(5, 7), GotoTable(2)]
    assert first.steps[0].changes == {"metadata": (0, 5)}
    assert [one.what for one in second.steps] == actions
    pushed, tagged, aged, nowhere, sent = second.steps
    assert pushed.changes == {"vlan_vid": (0, 0x1000), "vlan_pcp": (None, 0)}
    assert tagged.changes == {"vlan_vid": (0x1000, 0x1005)}
    assert aged.changes == {"nw_ttl": (64, 63)}
    assert nowhere.outcomes == [Lost("no_such_port")]
    assert sent.outcomes == told.effects
    assert told.drop is None


def test_an_action_set_is_a_step_behind_the_tables(switch: Switch) -> None:
    switch.add(WriteActions([Output(3), PopVlan()]))
    table, action_set = trace(switch, FRAMES["VLAN IPv4"]).arrival.steps
    assert [one.what for one in table.steps] == [WriteActions([Output(3), PopVlan()])]
    assert [one.what for one in action_set.steps] == [PopVlan(), Output(3)]


def test_buckets_are_told_with_what_each_does(switch: Switch) -> None:
    buckets = [Bucket(actions=[Output(number)]) for number in (2, 9)]
    switch.apply(GroupMod(group_id=1, type=GroupType.ALL, buckets=buckets))
    switch.add(Group(1), Output(4))
    (group, output) = trace(switch, TCP).arrival.steps[0].steps
    assert [one.what.place for one in group.steps if isinstance(one.what, Chosen)] == [0, 1]
    assert [one.steps[0].what for one in group.steps] == [Output(2), Output(9)]
    assert group.steps[1].steps[0].outcomes == [Lost("no_such_port")]
    assert output.what == Output(4)


def test_tracing_takes_nothing_from_a_meter_that_a_packet_may_pass_twice(switch: Switch) -> None:
    flags = MeterFlags.PKTPS | MeterFlags.BURST
    switch.apply(MeterMod(meter_id=1, flags=flags, bands=[DropBand(1, 1)]))
    switch.add(Meter(1), GotoTable(1))
    switch.add(Meter(1), Output(2), table_id=1)
    for _ in range(3):
        told = trace(switch, TCP)
        assert told.drop == "meter"
        assert [type(one.what) for one in flat(told.arrival)].count(Met) == 2
    assert switch.receive(TCP) == []
    assert trace(switch, TCP).arrival.steps[0].steps[0].outcomes == [Lost("meter")]


def test_what_a_trace_sends_to_normal_is_not_learned(switch: Switch) -> None:
    switch.add(Output(PortNo.NORMAL))
    back = TCP[6:12] + TCP[:6] + TCP[12:]
    assert len(trace(switch, TCP).effects) == 3
    assert len(trace(switch, back, in_port=2).effects) == 3
    switch.receive(TCP)
    assert plain(trace(switch, back, in_port=2).effects) == plain([Transmit(1, Frame(back))])


def test_what_never_comes_to_the_tables_is_told_too(switch: Switch) -> None:
    assert trace(switch, TCP, in_port=9).drop == "unknown_port"
    assert trace(switch, b"short").drop == "too_short"
    switch.apply(SetConfig(flags=1))
    told = trace(switch, FRAMES["IPv4 later fragment"])
    assert (told.drop, told.arrival.steps) == ("fragment", [])


def test_on_a_miss_the_entries_that_come_nearest_are_told(switch: Switch) -> None:
    ssh = Match(in_port=1, eth_type=0x0800, ip_proto=6, tcp_dst=22)
    udp = Match(in_port=1, eth_type=0x0800, ip_proto=17, udp_dst=53)
    for match in (ssh, udp, Match(in_port=3, eth_type=0x0806), Match(vlan_vid=0x1005)):
        switch.add(Output(2), match=match)
    (table,) = trace(switch, TCP).arrival.steps
    assert isinstance(table.what, Met)
    assert [(one.entry.match, one.differs) for one in table.what.nearest] == [
        (ssh, {"tcp_dst": 80}),
        (udp, {"ip_proto": 6}),
        (Match(vlan_vid=0x1005), {"vlan_vid": 0}),
    ]


def test_nothing_is_compared_with_an_empty_table_or_a_large_one(switch: Switch) -> None:
    (table,) = trace(switch, TCP).arrival.steps
    assert table.what == Met(0, None, 0)
    for number in range(MOST_COMPARED + 1):
        switch.add(Output(2), match=Match(eth_dst=0x0200_0000_0000 + number))
    (table,) = trace(switch, TCP).arrival.steps
    assert table.what == Met(0, None, MOST_COMPARED + 1)
