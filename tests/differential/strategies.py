"""What two datapaths are put through: a sequence of steps, each a value that can be printed and run again.

Numbers come from small pools, so that entries match frames, overlap, replace and delete each other, groups refer to
groups that there are, and clocks meet deadlines to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ofswitch.frame import Frame
from openflow.actions import (
    Action,
    Enqueue,
    Group,
    Output,
    PopMpls,
    PopPbb,
    SetField,
    SetVlanPcp,
    SetVlanVid,
)
from openflow.constants import (
    ConfigFlags,
    FlowModCommand,
    FlowModFlags,
    GroupId,
    GroupModCommand,
    GroupType,
    MeterFlags,
    MeterId,
    MeterModCommand,
    PortNo,
    PortState,
    TableId,
)
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
from openflow.messages.flows import FlowMod
from openflow.messages.groups import Bucket, GroupMod
from openflow.messages.meters import DropBand, DscpRemarkBand, MeterMod
from openflow.messages.packets import PacketOut
from openflow.messages.ports import PortMod
from openflow.messages.switch import SetConfig
from openflow.messages.table_config import TableMod
from openflow.packet import Packet
from openflow.versions import V1_0, V1_3, Version
from tests.differential.steps import Change, Link, Plug, SendOut, Step, Traffic, Wait
from tests.frames import FRAMES, broken_frames
from tests.ofswitch.datapath.rig import PORTS, port
from tests.ofswitch.datapath.test_properties import actions as plain_actions
from tests.ofswitch.datapath.test_properties import offloads, out_ports

N_TABLES = 4
GROUPS = (1, 2, 3, 4)
METERS = (1, 2)


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], times: int = 6) -> Any:
    """The usual, and the odd once in so many times."""
    return st.integers(0, times - 1).flatmap(lambda die: odd if die == times - 1 else usual)


versions = st.sampled_from([V1_3] * 6 + [V1_0, V1_0, Version.V1_1, Version.V1_2])
cookies = st.sampled_from([0, 1, 2, 3, 0xFFFF_FFFF_FFFF_FFFF])
timeouts = st.sampled_from([0, 0, 0, 1, 2, 3])
u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)

# --- frames ------------------------------------------------------------------------------------------------

KINDS = list(FRAMES.values())

some_frames = st.builds(
    Frame,
    mostly(st.sampled_from(KINDS), broken_frames() | st.binary(max_size=80), 4),
    mostly(st.none(), offloads, 4),
)
in_ports = st.sampled_from([*PORTS, *PORTS, 9])

# --- matches -----------------------------------------------------------------------------------------------


@st.composite
def matches(draw: st.DrawFn, kinds: list[bytes]) -> Match:
    """A few fields of one of these frames, with masks and prerequisites; now and then what must be refused."""
    fields: dict[str, Any] = dict(Packet(draw(st.sampled_from(kinds))).fields())
    fields |= {
        "in_port": draw(st.sampled_from(PORTS)),
        "metadata": draw(st.sampled_from([0, 1, 2])),
        "tunnel_id": draw(st.sampled_from([0, 1])),
    }
    names = draw(st.lists(st.sampled_from(sorted(fields)), max_size=2, unique=True))
    chosen = {name: draw(masked(name, fields[name])) for name in names}
    if draw(st.integers(0, 30)):
        add_prerequisites(chosen, fields)
    return Match(chosen)


@st.composite
def masked(draw: st.DrawFn, name: str, value: int) -> Any:
    """A field's value, whole or in part; seldom another one."""
    field = FIELDS[name]
    if draw(st.integers(0, 9)) == 9:
        value = draw(st.integers(0, field.ones))
    if not field.maskable or draw(st.booleans()):
        return value
    prefix = field.ones & ~((1 << draw(st.integers(0, field.bits))) - 1)
    return (value, draw(st.just(prefix) | st.integers(0, field.ones)))


def add_prerequisites(chosen: dict[str, Any], fields: dict[str, int]) -> None:
    """Match on what the chosen fields need."""
    needed = [one.field for name in chosen for one in FIELDS[name].prerequisites]
    missing = [name for name in needed if name not in chosen and name in fields]
    for name in missing:
        chosen[name] = fields[name]
    if missing:
        add_prerequisites(chosen, fields)


# --- actions and instructions --------------------------------------------------------------------------------

of_1_0 = st.builds(SetField, st.sampled_from(["tp_src", "tp_dst"]), u16)
outputs: st.SearchStrategy[Action] = mostly(
    st.builds(Output, st.sampled_from(PORTS)),
    st.builds(Output, out_ports, u16) | st.builds(Group, st.sampled_from(GROUPS)),
    5,
)
any_actions: st.SearchStrategy[Action] = mostly(plain_actions, outputs | of_1_0, 4)


def is_consistent(action: Action, match: Match) -> bool:
    """Whether OpenFlow 1.3 may do this to the packets that are matched; a guess that is mostly right."""
    if isinstance(action, SetField):
        field = FIELDS.get(action.field)
        return field is not None and all(one.met_by(match) for one in field.prerequisites)
    return not isinstance(action, PopMpls | PopPbb | SetVlanVid | SetVlanPcp | Enqueue)


@st.composite
def action_lists(draw: st.DrawFn, match: Match | None = None) -> list[Action]:
    """Some actions, most of which can be done to what is matched (if that is given), and mostly an output."""
    listed = draw(st.lists(any_actions, max_size=3))
    if match is not None and draw(st.integers(0, 9)):
        listed = [one for one in listed if is_consistent(one, match)]
    return [*listed, draw(outputs)] if draw(st.integers(0, 3)) else listed


@st.composite
def instructions(
    draw: st.DrawFn, table_id: int, match: Match, version: Version
) -> list[Instruction]:
    """What an entry of a table does; with some luck it may."""
    lists = action_lists(None if version == V1_0 else match)
    kinds: list[st.SearchStrategy[Instruction]] = [
        st.builds(ApplyActions, lists),
        st.builds(WriteActions, lists),
        st.builds(GotoTable, st.integers(table_id + 1, N_TABLES - 1))
        if table_id + 1 < N_TABLES
        else st.builds(ApplyActions, lists),
        st.builds(WriteMetadata, st.integers(0, 3), st.integers(0, 3)),
        st.builds(Meter, st.sampled_from(METERS)),
        st.builds(ClearActions),
    ]
    places = st.sampled_from([0, 0, 0, 1, 1, 2, 2, 3, 4, 5])
    found = [draw(kinds[place]) for place in draw(st.sets(places, max_size=4))]
    return list({type(one): one for one in found}.values())


# --- changes -------------------------------------------------------------------------------------------------

flags_1_3 = mostly(st.sampled_from([0, 1, 1, 8, 16]), st.integers(0, 31))
flags_1_0 = mostly(st.sampled_from([0, 1]), st.sampled_from([2, 3, int(FlowModFlags.EMERG)]))
FLAGS = {V1_0: flags_1_0, Version.V1_1: flags_1_0, Version.V1_2: flags_1_0}
commands = mostly(st.just(FlowModCommand.ADD), st.sampled_from(FlowModCommand), 3)


@st.composite
def flow_mods(
    draw: st.DrawFn,
    spoken: st.SearchStrategy[Version] = versions,
    kinds: list[bytes] = KINDS,
) -> Change:
    """Any change to entries, mostly additions that are fine."""
    version = draw(spoken)
    table_id = 0 if version == V1_0 else draw(st.integers(0, N_TABLES - 1))
    command = draw(commands)
    match = draw(mostly(matches(kinds), st.just(Match()), 4))
    message = FlowMod(
        match=match,
        instructions=draw(instructions(table_id, match, version)),
        command=command,
        table_id=draw(mostly(st.just(table_id), st.sampled_from([TableId.ALL, N_TABLES]), 20)),
        priority=draw(st.integers(0, 3)),
        idle_timeout=draw(timeouts),
        hard_timeout=draw(timeouts),
        cookie=draw(cookies),
        cookie_mask=draw(mostly(st.just(0), st.sampled_from([1, 3, 0xFFFF_FFFF_FFFF_FFFF]), 4)),
        flags=draw(FLAGS.get(version, flags_1_3)),
    )
    if command >= FlowModCommand.DELETE:
        message.out_port = draw(mostly(st.just(PortNo.ANY), st.sampled_from(PORTS), 3))
        message.out_group = draw(mostly(st.just(GroupId.ANY), st.sampled_from(GROUPS), 4))
    return Change(message, version)


bucket_actions = st.builds(
    lambda listed, number: [*listed, Output(number)],
    st.lists(plain_actions, max_size=2),
    st.sampled_from(PORTS),
)
"""Few buckets forward to another group: copies multiply."""

buckets = st.builds(
    Bucket,
    actions=mostly(bucket_actions, action_lists(Match()), 4),
    weight=st.integers(0, 3),
    watch_port=mostly(st.just(PortNo.ANY), st.sampled_from(PORTS), 3),
    watch_group=mostly(st.just(GroupId.ANY), st.sampled_from(GROUPS), 8),
)


@st.composite
def group_mods(draw: st.DrawFn, group_id: int | None = None) -> Change:
    """A change to a group that may be there, or this group's first."""
    kind = draw(st.sampled_from(GroupType))
    lone = kind == GroupType.INDIRECT
    found = draw(st.lists(buckets, min_size=1 if lone else 0, max_size=1 if lone else 2))
    command: int = GroupModCommand.ADD
    if group_id is None:
        command = draw(st.sampled_from([*GroupModCommand, GroupModCommand.MODIFY]))
        group_id = draw(mostly(st.sampled_from(GROUPS), st.just(GroupId.ALL), 12))
    if kind != GroupType.SELECT:
        found = [replace(one, weight=0) for one in found]
    return Change(GroupMod(command=command, type=kind, group_id=group_id, buckets=found), V1_3)


rates, bursts = st.sampled_from([1, 5, 1000]), st.sampled_from([0, 1, 10, 10_000])
meter_flags = st.sampled_from(
    [
        MeterFlags.KBPS,
        MeterFlags.PKTPS,
        MeterFlags.PKTPS | MeterFlags.STATS,
        MeterFlags.PKTPS | MeterFlags.BURST | MeterFlags.STATS,
        MeterFlags.KBPS | MeterFlags.BURST,
    ]
)


@st.composite
def meter_mods(draw: st.DrawFn, meter_id: int | None = None) -> Change:
    """A change to a meter that may be there, or this meter's first."""
    flags = draw(meter_flags)
    burst = bursts if flags & MeterFlags.BURST else st.just(0)
    bands = st.builds(DropBand, rates, burst) | st.builds(
        DscpRemarkBand, rates, burst, st.integers(1, 3)
    )
    command: int = MeterModCommand.ADD
    if meter_id is None:
        command = draw(st.sampled_from([*MeterModCommand, MeterModCommand.MODIFY]))
        meter_id = draw(mostly(st.sampled_from(METERS), st.just(MeterId.ALL), 12))
    found = draw(st.lists(bands, min_size=1, max_size=2, unique_by=lambda band: band.rate))
    return Change(MeterMod(command=command, flags=flags, meter_id=meter_id, bands=found), V1_3)


port_mods = st.builds(
    lambda number, config, mask, version: Change(
        PortMod(number, port(number).hw_addr, config=config, mask=mask), version
    ),
    mostly(st.sampled_from(PORTS), st.just(9), 10),
    st.integers(0, 127),
    st.sampled_from([1 << bit for bit in range(7)]) | st.integers(0, 127),
    mostly(st.just(V1_0), versions, 3),
)
settings = st.builds(
    Change,
    st.builds(SetConfig, st.sampled_from([ConfigFlags.FRAG_NORMAL, ConfigFlags.FRAG_DROP, 2]))
    | st.builds(TableMod, st.sampled_from([0, TableId.ALL, N_TABLES]), st.integers(0, 4)),
    versions,
)

# --- all that may happen ---------------------------------------------------------------------------------------


@st.composite
def packet_outs(draw: st.DrawFn, frames: list[Frame]) -> SendOut:
    """A packet-out, of a frame that was buffered or that comes along."""
    frame = draw(st.sampled_from(frames))
    listed = [*draw(action_lists()), *draw(st.lists(st.just(Output(PortNo.TABLE)), max_size=1))]
    in_port = draw(st.sampled_from([PortNo.CONTROLLER, PortNo.CONTROLLER, *PORTS, PortNo.ANY, 9]))
    version = draw(st.sampled_from([V1_0, V1_0, V1_3]))
    if draw(st.booleans()):
        return SendOut(PacketOut(in_port=in_port, actions=listed, data=frame.data), version)
    return SendOut(PacketOut(in_port=in_port, actions=listed), version, frame)


waits = st.builds(Wait, st.sampled_from([0.0, 0.1, 0.5, 0.999_999_999, 1.0, 1.0, 1.5, 2.0, 400.0]))
links = st.builds(
    Link,
    st.sampled_from(PORTS),
    st.sampled_from([0, int(PortState.LIVE), int(PortState.LINK_DOWN)]),
)
plugs = st.builds(Plug, st.sampled_from([*PORTS, 5]), st.booleans())


@st.composite
def traffic(draw: st.DrawFn, frames: list[Frame]) -> Traffic:
    """Some of an example's frames, in some order."""
    some = draw(st.lists(st.sampled_from(frames), min_size=1, max_size=len(frames)))
    return Traffic(
        tuple(some), tuple(draw(st.lists(in_ports, min_size=1, max_size=3, unique=True)))
    )


@st.composite
def defaults(draw: st.DrawFn, table_id: int) -> Change:
    """What a table does with packets that match nothing else; the first one may do anything to them."""
    version = V1_3 if table_id else V1_0
    done: list[Instruction] = [ApplyActions(draw(action_lists(Match() if table_id else None)))]
    if table_id + 1 < N_TABLES:
        done.append(GotoTable(table_id + 1))
    return Change(FlowMod(priority=0, table_id=table_id, instructions=done), version)


@st.composite
def beginnings(draw: st.DrawFn) -> list[Change]:
    """Groups, meters, and table-miss entries, most of them."""
    found = [draw(meter_mods(one)) for one in METERS]
    found += [draw(group_mods(one)) for one in GROUPS]
    found += [draw(defaults(one)) for one in range(N_TABLES)]
    return [one for one in found if draw(st.integers(0, 6))]


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """A life of a switch."""
    frames = draw(st.lists(some_frames, min_size=8, max_size=16))
    kinds = [frame.data for frame in frames]
    change = flow_mods(kinds=kinds)
    packets = traffic(frames)
    seldom = st.one_of(group_mods(), meter_mods(), port_mods, settings, links, plugs)
    usual = st.one_of(change, change, change, packets, packets, waits, packet_outs(frames))
    everything = Traffic(tuple(frames), PORTS)
    chapters = draw(
        st.lists(st.lists(mostly(usual, seldom, 4), min_size=3, max_size=8), min_size=1, max_size=4)
    )
    told = [step for chapter in chapters for step in (*chapter, everything)]
    return [*draw(beginnings()), everything, *told]
