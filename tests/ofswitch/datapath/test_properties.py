"""Whatever comes in, through whatever entries: nothing is raised, and every packet is accounted for."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.datapath import DROPS, Effect, Transmit, Upcall
from ofswitch.frame import Frame, Offload
from openflow.actions import (
    Action,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    Enqueue,
    Group,
    Output,
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetMplsTtl,
    SetNwTtl,
    SetQueue,
    SetVlanPcp,
    SetVlanVid,
)
from openflow.constants import (
    OFPVID_PRESENT,
    GroupId,
    GroupModCommand,
    GroupType,
    MeterFlags,
    MeterModCommand,
    PacketInReason,
    PortNo,
)
from openflow.errors import OpenFlowError
from openflow.fields import FIELDS
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    GotoTable,
    Instruction,
    Meter,
    WriteActions,
    WriteMetadata,
)
from openflow.match import Match
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod, TableStatsRequest
from openflow.messages.groups import Bucket, GroupMod, GroupStatsRequest
from openflow.messages.meters import (
    DropBand,
    DscpRemarkBand,
    MeterBand,
    MeterMod,
    MeterStatsRequest,
)
from openflow.messages.ports import PortMod, PortStatsRequest
from openflow.packet import Packet
from openflow.versions import V1_0, V1_3
from tests.frames import FRAMES, broken_frames
from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, IMPLEMENTATIONS, PORTS, Switch, port

N_TABLES = 4
GROUPS = (1, 2, 3)
METERS = (1, 2)
WRITABLE = [field for field in FIELDS.values() if field.writable]

u16 = st.integers(0, 0xFFFF)
out_ports = st.sampled_from(
    [*PORTS, 9, PortNo.IN_PORT, PortNo.ALL, PortNo.FLOOD, PortNo.NORMAL, PortNo.CONTROLLER]
)


@st.composite
def set_fields(draw: st.DrawFn) -> Action:
    """Set any field to any value."""
    field = draw(st.sampled_from(WRITABLE))
    always = OFPVID_PRESENT if field.name == "vlan_vid" else 0
    return SetField(field.name, draw(st.integers(0, field.ones)) | always)


actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Output, out_ports, u16),
    st.builds(Enqueue, st.sampled_from([*PORTS, PortNo.IN_PORT]), st.integers(0, 9)),
    set_fields(),
    st.builds(SetVlanVid, st.integers(0, 0xFFF)),
    st.builds(SetVlanPcp, st.integers(0, 7)),
    st.builds(PushVlan, st.sampled_from([0x8100, 0x88A8])),
    st.builds(PushMpls, st.sampled_from([0x8847, 0x8848])),
    st.builds(PopMpls, st.sampled_from([0x0800, 0x86DD, 0x8847, 0x8100]) | u16),
    st.builds(SetMplsTtl, st.integers(0, 255)),
    st.builds(SetNwTtl, st.integers(0, 255)),
    st.builds(SetQueue, st.integers(0, 9)),
    st.sampled_from(
        [PushPbb(), PopPbb(), PopVlan(), CopyTtlIn(), CopyTtlOut(), DecMplsTtl(), DecNwTtl()]
    ),
)
action_lists = st.lists(actions, max_size=5)
group_actions = st.builds(Group, st.sampled_from(GROUPS))
flow_action_lists = st.lists(actions | group_actions, max_size=5)


@st.composite
def matches(draw: st.DrawFn) -> Match:
    """Some of a frame's fields, and pipeline fields, with their prerequisites."""
    fields: dict[str, Any] = dict(Packet(draw(st.sampled_from(list(FRAMES.values())))).fields())
    fields["in_port"] = draw(st.sampled_from(PORTS))
    fields["metadata"] = draw(st.sampled_from([0, 1, (1, 1)]))
    names = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    return with_prerequisites({name: fields[name] for name in names}, fields)


def with_prerequisites(chosen: dict[str, Any], fields: dict[str, Any]) -> Match:
    """A match on the chosen fields that may be sent."""
    missing = {
        one.field: fields[one.field]
        for name in chosen
        for one in FIELDS[name].prerequisites
        if one.field not in chosen
    }
    return with_prerequisites(missing | chosen, fields) if missing else Match(chosen)


@st.composite
def flow_mods(draw: st.DrawFn) -> FlowMod:
    """An entry for one of the tables."""
    table_id = draw(st.integers(0, N_TABLES - 1))
    instructions: list[st.SearchStrategy[Instruction]] = [
        st.builds(ApplyActions, flow_action_lists),
        st.builds(WriteActions, flow_action_lists),
        st.builds(ClearActions),
        st.builds(WriteMetadata, st.integers(0, 3), st.integers(0, 3)),
        st.builds(Meter, st.sampled_from(METERS)),
    ]
    if table_id < N_TABLES - 1:
        instructions.append(st.builds(GotoTable, st.integers(table_id + 1, N_TABLES - 1)))
    chosen = draw(st.sets(st.integers(0, len(instructions) - 1)))
    return FlowMod(
        match=draw(matches()),
        table_id=table_id,
        priority=draw(st.integers(0, 3)),
        instructions=[draw(instructions[index]) for index in sorted(chosen, reverse=True)],
    )


offloads = st.none() | st.builds(
    Offload,
    flags=st.integers(0, 3),
    gso_type=st.sampled_from([0, 1, 3, 4, 5, 0x81]),
    hdr_len=u16,
    gso_size=u16,
    csum_start=st.integers(0, 80) | u16,
    csum_offset=st.sampled_from([2, 6, 8, 16]) | u16,
)
frames = st.builds(
    Frame, st.sampled_from(list(FRAMES.values())) | broken_frames() | st.binary(), offloads
)
configs = st.dictionaries(st.sampled_from(PORTS), st.integers(0, 127), max_size=2)


@st.composite
def group_mods(draw: st.DrawFn) -> GroupMod:
    """A group that may refer to others."""
    kind = draw(st.sampled_from(GroupType))
    bucket = st.builds(
        Bucket,
        actions=flow_action_lists,
        weight=st.integers(0, 3) if kind == GroupType.SELECT else st.just(0),
        watch_port=st.sampled_from([PortNo.ANY, *PORTS]),
        watch_group=st.sampled_from([GroupId.ANY, *GROUPS]),
    )
    most = 1 if kind == GroupType.INDIRECT else 3
    buckets = draw(st.lists(bucket, min_size=1, max_size=most))
    return GroupMod(
        command=draw(st.sampled_from([GroupModCommand.ADD, GroupModCommand.MODIFY])),
        type=kind,
        group_id=draw(st.sampled_from(GROUPS)),
        buckets=buckets,
    )


rates = st.integers(1, 1000)
bands: st.SearchStrategy[MeterBand] = st.one_of(
    st.builds(DropBand, rates, st.integers(0, 9)),
    st.builds(DscpRemarkBand, rates, st.integers(0, 9), st.integers(1, 2)),
)
meter_mods = st.builds(
    MeterMod,
    command=st.sampled_from([MeterModCommand.ADD, MeterModCommand.MODIFY]),
    flags=st.integers(0, sum(MeterFlags)),
    meter_id=st.sampled_from(METERS),
    bands=st.lists(bands, max_size=3),
)
all_changes = st.builds(
    list.__add__,
    st.lists(group_mods() | meter_mods, max_size=4),
    st.lists(flow_mods(), max_size=6),
)
"""Groups and meters, and then the entries that may name them."""


def build(implementation: str, changes: list[Message], configs: dict[int, int]) -> Switch:
    """Set a switch up, as far as it takes the changes: in table 0, with 1.0's tolerance."""
    switch = Switch(IMPLEMENTATIONS[implementation], n_tables=N_TABLES)
    for change in changes:
        is_first = isinstance(change, FlowMod) and not change.table_id
        switch.version = V1_0 if is_first else V1_3
        with contextlib.suppress(OpenFlowError):
            switch.apply(change)
    switch.version = V1_0
    for number, config in configs.items():
        switch.apply(PortMod(number, port(number).hw_addr, config=config, mask=127))
    return switch


def was_delivered(effects: list[Effect]) -> bool:
    """Whether a packet went anywhere on purpose."""
    return any(
        isinstance(effect, Transmit)
        or (
            isinstance(effect, Upcall)
            and not effect.miss
            and effect.reason != PacketInReason.INVALID_TTL
        )
        for effect in effects
    )


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@given(
    changes=all_changes,
    configs=configs,
    arrivals=st.lists(st.tuples(frames, st.sampled_from([*PORTS, 9])), max_size=4),
)
def test_any_frame_through_any_entries_is_sent_or_counted_as_dropped(
    implementation: str,
    changes: list[Message],
    configs: dict[int, int],
    arrivals: list[tuple[Frame, int]],
) -> None:
    switch = build(implementation, changes, configs)
    everything: list[Effect] = []
    dropped = 0
    for frame, in_port in arrivals:
        effects = switch.receive(frame, in_port)
        dropped += not was_delivered(effects)
        everything += effects
    assert sum(switch.drops().values()) == dropped
    assert set(switch.drops()) <= set(DROPS)
    check_port_counters(switch, arrivals, everything)
    check_table_counters(switch)
    check_group_and_meter_counters(switch)
    for effect in everything:
        if isinstance(effect, Transmit | Upcall) and effect.frame.offload is not None:
            effect.frame.offload.emit()


def check_port_counters(
    switch: Switch, arrivals: list[tuple[Frame, int]], effects: list[Effect]
) -> None:
    """What ports counted is what came and went."""
    came = [(in_port, frame) for frame, in_port in arrivals if in_port in PORTS]
    went = [(effect.port_no, effect.frame) for effect in effects if isinstance(effect, Transmit)]
    for stats in switch.ask(PortStatsRequest()).body:
        rx = [len(frame.data) for number, frame in came if number == stats.port_no]
        tx = [len(frame.data) for number, frame in went if number == stats.port_no]
        assert (stats.rx_packets, stats.rx_bytes) == (len(rx), sum(rx))
        assert (stats.tx_packets, stats.tx_bytes) == (len(tx), sum(tx))


def check_table_counters(switch: Switch) -> None:
    """What a table matched is what its entries counted."""
    for stats in switch.ask(TableStatsRequest()).body:
        entries = switch.dump(table_id=stats.table_id)
        assert stats.matched_count == sum(entry.packet_count for entry in entries)
        assert stats.lookup_count >= stats.matched_count
        assert stats.active_count == len(entries)


def check_group_and_meter_counters(switch: Switch) -> None:
    """What meters measured is what their entries counted; a bucket has no more than its group."""
    switch.version = V1_3
    entries = switch.dump()
    for meter in switch.ask(MeterStatsRequest()).body:
        users = [one for one in entries if Meter(meter.meter_id) in one.instructions]
        assert meter.flow_count == len(users)
        assert meter.packet_in_count == sum(one.packet_count for one in users)
        assert meter.byte_in_count == sum(one.byte_count for one in users)
        assert sum(one.packet_band_count for one in meter.band_stats) <= meter.packet_in_count
    for group in switch.ask(GroupStatsRequest()).body:
        for bucket in group.bucket_stats:
            assert bucket.packet_count <= group.packet_count
            assert bucket.byte_count <= group.byte_count


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@given(frame=frames.filter(lambda frame: len(frame.data) >= 14), actions=action_lists)
def test_any_actions_on_any_frame_raise_nothing(
    implementation: str, frame: Frame, actions: list[Action]
) -> None:
    switch = Switch(IMPLEMENTATIONS[implementation], n_tables=1)
    effects = switch.send_out(frame, *actions, Output(PortNo.TABLE), in_port=1)
    assert was_delivered(effects) is (switch.drops() == {})


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@given(changes=all_changes)
def test_entries_stand_in_order_of_priority_and_each_is_there_once(
    implementation: str, changes: list[Message]
) -> None:
    switch = build(implementation, changes, {})
    dump = switch.dump()
    places = [(entry.table_id, -entry.priority) for entry in dump]
    assert places == sorted(places)
    assert len({(one.table_id, one.priority, one.match) for one in dump}) == len(dump)
