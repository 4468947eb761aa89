"""What two datapaths are put through: a sequence of steps, each a value that can be printed and run again.

Numbers come from small pools, so that entries match frames, overlap, replace and delete each other, groups refer to
groups that there are, and clocks meet deadlines to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from ofswitch.frame import Frame
from openflow.actions import Action, Group, Output, SetField
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
    PortConfig,
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
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod
from openflow.messages.groups import Bucket, GroupMod
from openflow.messages.meters import DropBand, DscpRemarkBand, MeterMod
from openflow.messages.packets import PacketOut
from openflow.messages.ports import PortMod
from openflow.messages.switch import SetConfig, TableMod
from openflow.packet import Packet
from openflow.versions import V1_0, V1_3, Version
from tests.frames import FRAMES, broken_frames
from tests.ofswitch.datapath.rig import PORTS, port
from tests.ofswitch.datapath.test_properties import actions as plain_actions
from tests.ofswitch.datapath.test_properties import offloads

N_TABLES = 4
GROUPS = (1, 2, 3, 4)
METERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that changes the switch."""

    message: Message
    version: Version


@dataclass(frozen=True, slots=True)
class Traffic:
    """Each of these frames comes in once on each of these ports."""

    frames: tuple[Frame, ...]
    in_ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SendOut:
    """A packet-out."""

    message: PacketOut
    version: Version
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes, and what is due happens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Link:
    """A link says something else of itself."""

    port_no: int
    state: int


@dataclass(frozen=True, slots=True)
class Plug:
    """A port comes or goes."""

    port_no: int
    comes: bool


Step = Change | Traffic | SendOut | Wait | Link | Plug

versions = st.sampled_from([V1_3, V1_3, V1_0, Version.V1_1, Version.V1_2])
cookies = st.sampled_from([0, 1, 2, 3, 0xFFFF_FFFF_FFFF_FFFF])
timeouts = st.sampled_from([0, 0, 0, 1, 2, 3])
u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)

# --- frames ------------------------------------------------------------------------------------------------

some_frames = st.builds(
    Frame,
    st.sampled_from(list(FRAMES.values()))
    | st.sampled_from(list(FRAMES.values()))
    | broken_frames()
    | st.binary(max_size=80),
    st.none() | st.none() | offloads,
)
in_ports = st.sampled_from([*PORTS, *PORTS, 9])

# --- matches -----------------------------------------------------------------------------------------------


@st.composite
def matches(draw: st.DrawFn) -> Match:
    """Some fields of a frame, with masks and prerequisites; now and then what must be refused."""
    fields: dict[str, Any] = dict(Packet(draw(st.sampled_from(list(FRAMES.values())))).fields())
    fields |= {
        "in_port": draw(st.sampled_from(PORTS)),
        "metadata": draw(st.sampled_from([0, 1, 2])),
        "tunnel_id": draw(st.sampled_from([0, 1])),
    }
    names = draw(st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True))
    chosen = {name: draw(masked(name, fields[name])) for name in names}
    if draw(st.integers(0, 19)):
        add_prerequisites(chosen, fields)
    return Match(chosen)


@st.composite
def masked(draw: st.DrawFn, name: str, value: int) -> Any:
    """A field's value, whole or in part, the same or another."""
    field = FIELDS[name]
    if not draw(st.integers(0, 5)):
        value = draw(st.integers(0, field.ones))
    if not field.maskable or draw(st.booleans()):
        return value
    prefix = field.ones & ~((1 << draw(st.integers(0, field.bits))) - 1)
    return (value, draw(st.just(prefix) | st.integers(0, field.ones)))


def add_prerequisites(chosen: dict[str, Any], fields: dict[str, int]) -> None:
    """Match on what the chosen fields need."""
    needed = [one.field for name in chosen for one in FIELDS[name].prerequisites]
    missing = [name for name in needed if name not in chosen]
    for name in missing:
        chosen[name] = fields[name]
    if missing:
        add_prerequisites(chosen, fields)


# --- actions and instructions --------------------------------------------------------------------------------

of_1_0 = st.builds(SetField, st.sampled_from(["tp_src", "tp_dst"]), u16)
actions: st.SearchStrategy[Action] = st.one_of(
    plain_actions,
    plain_actions,
    st.builds(Output, st.sampled_from(PORTS)),
    st.builds(Group, st.sampled_from(GROUPS)),
    of_1_0,
)
action_lists = st.lists(actions, max_size=4)


@st.composite
def instructions(draw: st.DrawFn, table_id: int) -> list[Instruction]:
    """What an entry of a table does; with some luck it may."""
    kinds: list[st.SearchStrategy[Instruction]] = [
        st.builds(ApplyActions, action_lists),
        st.builds(ApplyActions, action_lists),
        st.builds(WriteActions, action_lists),
        st.builds(ClearActions),
        st.builds(WriteMetadata, st.integers(0, 3), st.integers(0, 3)),
        st.builds(Meter, st.sampled_from(METERS)),
        st.builds(GotoTable, st.integers(min(table_id + 1, N_TABLES - 1), N_TABLES - 1)),
    ]
    chosen = draw(st.lists(st.integers(0, len(kinds) - 1), max_size=3, unique=True))
    return [draw(kinds[index]) for index in chosen]


# --- changes -------------------------------------------------------------------------------------------------

flags_1_3 = st.integers(0, 31) | st.sampled_from([0, int(FlowModFlags.SEND_FLOW_REM)])
flags_1_0 = st.sampled_from([0, 0, 1, 2, 3, int(FlowModFlags.EMERG)])


@st.composite
def flow_mods(draw: st.DrawFn, spoken: st.SearchStrategy[Version] = versions) -> Change:
    """Any change to entries, mostly additions that are fine."""
    version = draw(spoken)
    table_id = 0 if version == V1_0 else draw(st.integers(0, N_TABLES - 1))
    command = draw(st.sampled_from([FlowModCommand.ADD] * 5 + list(FlowModCommand)))
    message = FlowMod(
        match=draw(matches() | st.just(Match())),
        instructions=draw(instructions(table_id)),
        command=command,
        table_id=draw(st.sampled_from([table_id] * 9 + [TableId.ALL, N_TABLES])),
        priority=draw(st.integers(0, 3)),
        idle_timeout=draw(timeouts),
        hard_timeout=draw(timeouts),
        cookie=draw(cookies),
        cookie_mask=draw(st.sampled_from([0, 0, 0, 1, 3, 0xFFFF_FFFF_FFFF_FFFF])),
        flags=draw(flags_1_0 if version == V1_0 else flags_1_3),
    )
    if command >= FlowModCommand.DELETE:
        message.out_port = draw(st.sampled_from([PortNo.ANY, PortNo.ANY, *PORTS]))
        message.out_group = draw(st.sampled_from([GroupId.ANY, GroupId.ANY, *GROUPS]))
    return Change(message, version)


buckets = st.builds(
    Bucket,
    actions=action_lists,
    weight=st.integers(0, 3),
    watch_port=st.sampled_from([PortNo.ANY, *PORTS]),
    watch_group=st.sampled_from([GroupId.ANY, GroupId.ANY, *GROUPS]),
)


@st.composite
def group_mods(draw: st.DrawFn) -> Change:
    """A change to a group that may be there."""
    kind = draw(st.sampled_from(GroupType))
    found = draw(st.lists(buckets, max_size=1 if kind == GroupType.INDIRECT else 3))
    if kind != GroupType.SELECT:
        found = [replace(one, weight=0) for one in found]
    message = GroupMod(
        command=draw(st.sampled_from([GroupModCommand.ADD] * 3 + list(GroupModCommand))),
        type=kind,
        group_id=draw(st.sampled_from([*GROUPS, *GROUPS, GroupId.ALL])),
        buckets=found,
    )
    return Change(message, V1_3)


rates, bursts = st.sampled_from([1, 5, 1000]), st.sampled_from([0, 1, 10, 10_000])
bands = st.builds(DropBand, rates, bursts) | st.builds(
    DscpRemarkBand, rates, bursts, st.integers(0, 3)
)
meter_flags = st.sampled_from(
    [
        MeterFlags.KBPS,
        MeterFlags.PKTPS,
        MeterFlags.PKTPS | MeterFlags.STATS,
        MeterFlags.PKTPS | MeterFlags.BURST | MeterFlags.STATS,
        MeterFlags.KBPS | MeterFlags.BURST,
    ]
)
meter_mods = st.builds(
    Change,
    st.builds(
        MeterMod,
        command=st.sampled_from([MeterModCommand.ADD] * 3 + list(MeterModCommand)),
        flags=meter_flags,
        meter_id=st.sampled_from([*METERS, *METERS, MeterId.ALL]),
        bands=st.lists(bands, max_size=2),
    ),
    st.just(V1_3),
)

port_mods = st.builds(
    lambda number, config, mask, version: Change(
        PortMod(number, port(number).hw_addr, config=config, mask=mask), version
    ),
    st.sampled_from([*PORTS, 9]),
    st.integers(0, 127),
    st.integers(0, 127) | st.sampled_from([int(PortConfig.PORT_DOWN), int(PortConfig.NO_FWD)]),
    st.just(V1_0) | versions,
)
settings = st.builds(
    Change,
    st.builds(SetConfig, st.sampled_from([ConfigFlags.FRAG_NORMAL, ConfigFlags.FRAG_DROP, 2]))
    | st.builds(TableMod, st.sampled_from([0, TableId.ALL, N_TABLES]), st.integers(0, 4)),
    versions,
)

# --- all that may happen ---------------------------------------------------------------------------------------


@st.composite
def packet_outs(draw: st.DrawFn) -> SendOut:
    """A packet-out, of a frame that was buffered or that comes along."""
    frame = draw(some_frames)
    listed = draw(st.lists(actions | st.just(Output(PortNo.TABLE)), max_size=4))
    in_port = draw(st.sampled_from([PortNo.CONTROLLER, *PORTS, PortNo.ANY, 9]))
    version = draw(versions)
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
def steps(draw: st.DrawFn) -> list[Step]:
    """A life of a switch."""
    frames = draw(st.lists(some_frames, min_size=8, max_size=16))
    one = st.one_of(
        flow_mods(),
        flow_mods(),
        flow_mods(),
        traffic(frames),
        traffic(frames),
        traffic(frames),
        group_mods(),
        meter_mods,
        waits,
        packet_outs(),
        st.one_of(port_mods, settings, links, plugs),
    )
    everything = Traffic(tuple(frames), PORTS)
    chapters = draw(st.lists(st.lists(one, min_size=2, max_size=8), min_size=1, max_size=4))
    return [step for chapter in chapters for step in (*chapter, everything)]
