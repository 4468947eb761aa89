"""Changes to a switch that never leave a packet without an entry that forwards it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from benchmarks.soak.client import Client
from benchmarks.soak.network import HOSTS, Host
from benchmarks.soak.traffic import BASE_PORT
from openflow import (
    ApplyActions,
    DropBand,
    FlowMod,
    FlowModCommand,
    FlowModFlags,
    GotoTable,
    Group,
    GroupMod,
    Instruction,
    Match,
    Message,
    Meter,
    MeterMod,
    Output,
    SetField,
    TableId,
    WriteActions,
)
from openflow.constants import GroupModCommand, GroupType, MeterFlags
from openflow.messages.groups import Bucket

LASTING = 0x1A57
"""The cookie of entries that stay."""

_SECOND_TABLE = 1
_METER, _GIGABIT_KBPS = 1, 10_000_000


def prepare(client: Client) -> None:
    """Entries that always forward, a group to each host, and a meter that nobody exceeds."""
    client.do(FlowMod(command=FlowModCommand.DELETE, table_id=TableId.ALL))
    band = DropBand(_GIGABIT_KBPS, _GIGABIT_KBPS)
    changes: list[Message] = [
        MeterMod(flags=MeterFlags.KBPS | MeterFlags.BURST, meter_id=_METER, bands=[band])
    ]
    for host in HOSTS:
        buckets = [Bucket([Output(host.port_no)], weight=weight) for weight in (1, 3)]
        group = GroupMod(GroupModCommand.ADD, GroupType.SELECT, host.port_no, buckets)
        match = Match(eth_dst=host.mac)
        for table in (0, _SECOND_TABLE):
            output: list[Instruction] = [ApplyActions([Output(host.port_no)])]
            changes.append(_entry(match, output, table_id=table, priority=10, cookie=LASTING))
        changes.append(group)
    flood = Match(eth_dst=("01:00:00:00:00:00", "01:00:00:00:00:00"))
    changes.append(_entry(flood, [ApplyActions([Output(0xFFFFFFFB)])], priority=5, cookie=LASTING))
    client.do(*changes)


def change(client: Client, rng: Random, count: int) -> None:
    """Add, modify and delete entries for the streams, all at once, and end with a barrier."""
    client.do(*(part for _ in range(count) for part in _any_change(rng)))


def clear(client: Client) -> None:
    """Delete what does not last."""
    everything = FlowMod(command=FlowModCommand.DELETE, table_id=TableId.ALL, cookie=0)
    everything.cookie_mask = 0xFFFF_FFFF_FFFF_FFFF
    client.do(everything)


def _any_change(rng: Random) -> list[FlowMod]:
    """A change. An entry is deleted before it is replaced, since a replaced one tells nobody what it counted."""
    host = rng.choice(HOSTS)
    match = Match(
        eth_type=0x0800,
        ip_proto=17,
        ipv4_dst=host.address,
        udp_dst=BASE_PORT + rng.randrange(12),
    )
    command = rng.choices(
        [FlowModCommand.ADD, FlowModCommand.MODIFY_STRICT, FlowModCommand.DELETE_STRICT],
        [6, 2, 2],
    )[0]
    time_outs = {"idle_timeout": rng.choice([0, 1, 2]), "hard_timeout": rng.choice([0, 1, 3])}
    change = _entry(match, _any_instructions(rng, host), priority=rng.randint(20, 30), **time_outs)
    change.command = command
    if command != FlowModCommand.ADD:
        return [change]
    return [replace(change, command=FlowModCommand.DELETE_STRICT), change]


def _any_instructions(rng: Random, host: Host) -> list[Instruction]:
    """One of the ways to this host."""
    output = Output(host.port_no)
    return rng.choice(
        [
            [ApplyActions([output])],
            [WriteActions([output])],
            [GotoTable(_SECOND_TABLE)],
            [ApplyActions([Group(host.port_no)])],
            [Meter(_METER), ApplyActions([output])],
            [ApplyActions([SetField("ip_dscp", rng.randrange(64)), output])],
        ]
    )


def _entry(match: Match, instructions: list[Instruction], **fields: int) -> FlowMod:
    flags = FlowModFlags.SEND_FLOW_REM
    return FlowMod(match=match, instructions=instructions, flags=flags, **fields)
