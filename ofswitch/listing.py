"""Flow entries as lines that people read, in the manner of `ovs-ofctl dump-flows`.

table=0, duration=12.345s, n_packets=7, n_bytes=686, priority=10, in_port=1 actions=set_field:3->vlan_vid,output:2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from openflow import (
    CONTROLLER_NO_BUFFER,
    FIELDS,
    NO_UINT64,
    Action,
    ApplyActions,
    ClearActions,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    Enqueue,
    FlowModFlags,
    FlowStats,
    GotoTable,
    Group,
    Instruction,
    Meter,
    Output,
    PopMpls,
    PopPbb,
    PopVlan,
    PortNo,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetMplsTtl,
    SetNwTtl,
    SetQueue,
    SetVlanPcp,
    SetVlanVid,
    WriteActions,
    WriteMetadata,
)

_ALL_64 = 0xFFFF_FFFF_FFFF_FFFF

_FLAGS = {
    FlowModFlags.SEND_FLOW_REM: "send_flow_rem",
    FlowModFlags.CHECK_OVERLAP: "check_overlap",
    FlowModFlags.RESET_COUNTS: "reset_counts",
    FlowModFlags.NO_PKT_COUNTS: "no_packet_counts",
    FlowModFlags.NO_BYT_COUNTS: "no_byte_counts",
}


def format_flow(entry: FlowStats) -> str:
    """One entry on one line."""
    parts = [
        f"cookie={entry.cookie:#x}",
        f"duration={entry.duration_sec}.{entry.duration_nsec // 1_000_000:03}s",
        f"table={entry.table_id}",
        f"n_packets={_count(entry.packet_count)}",
        f"n_bytes={_count(entry.byte_count)}",
    ]
    parts += [
        f"{name}={seconds}"
        for name in ("idle_timeout", "hard_timeout")
        if (seconds := getattr(entry, name))
    ]
    parts += [name for flag, name in _FLAGS.items() if entry.flags & flag]
    what = ",".join(filter(None, (f"priority={entry.priority}", str(entry.match))))
    return f"{', '.join(parts)}, {what} actions={format_instructions(entry.instructions)}"


def format_instructions(instructions: Iterable[Instruction]) -> str:
    """The instructions of an entry, the applied actions bare as in OpenFlow 1.0; `drop` for none."""
    return ",".join(filter(None, map(format_instruction, instructions))) or "drop"


def format_actions(actions: Iterable[Action]) -> str:
    """A list of actions."""
    return ",".join(map(format_action, actions))


def format_port(port_no: int) -> str:
    """A port's number, or the name of a reserved one."""
    try:
        return PortNo(port_no).name
    except ValueError:
        return str(port_no)


def _count(counter: int) -> str:
    return "none" if counter == NO_UINT64 else str(counter)


def format_instruction(instruction: Instruction) -> str:
    """One instruction; empty for one that applies no action."""
    format_ = _INSTRUCTIONS.get(type(instruction))
    return format_(instruction) if format_ else repr(instruction)


def format_action(action: Action) -> str:
    """One action."""
    format_ = _ACTIONS.get(type(action))
    return format_(action) if format_ else repr(action)


def _write_metadata(instruction: WriteMetadata) -> str:
    mask = "" if instruction.metadata_mask == _ALL_64 else f"/{instruction.metadata_mask:#x}"
    return f"write_metadata:{instruction.metadata:#x}{mask}"


def _output(action: Output) -> str:
    if action.port == PortNo.CONTROLLER:
        whole = action.max_len == CONTROLLER_NO_BUFFER
        return "CONTROLLER" if whole else f"CONTROLLER:{action.max_len}"
    name = format_port(action.port)
    return f"output:{name}" if name.isdigit() else name


def _set_field(action: SetField) -> str:
    field = FIELDS.get(action.field)
    value = field.format(action.value) if field else action.value
    return f"set_field:{value}->{action.field}"


_INSTRUCTIONS: dict[type[Instruction], Callable[[Any], str]] = {
    Meter: lambda one: f"meter:{one.meter_id}",
    ApplyActions: lambda one: format_actions(one.actions),
    ClearActions: lambda one: "clear_actions",
    WriteActions: lambda one: f"write_actions({format_actions(one.actions)})",
    WriteMetadata: _write_metadata,
    GotoTable: lambda one: f"goto_table:{one.table_id}",
}

_ACTIONS: dict[type[Action], Callable[[Any], str]] = {
    Output: _output,
    SetField: _set_field,
    SetVlanVid: lambda one: f"mod_vlan_vid:{one.vlan_vid}",
    SetVlanPcp: lambda one: f"mod_vlan_pcp:{one.vlan_pcp}",
    Enqueue: lambda one: f"enqueue:{one.port}:{one.queue_id}",
    PushVlan: lambda one: f"push_vlan:{one.ethertype:#06x}",
    PopVlan: lambda one: "pop_vlan",
    PushMpls: lambda one: f"push_mpls:{one.ethertype:#06x}",
    PopMpls: lambda one: f"pop_mpls:{one.ethertype:#06x}",
    PushPbb: lambda one: f"push_pbb:{one.ethertype:#06x}",
    PopPbb: lambda one: "pop_pbb",
    SetMplsTtl: lambda one: f"set_mpls_ttl:{one.mpls_ttl}",
    DecMplsTtl: lambda one: "dec_mpls_ttl",
    CopyTtlOut: lambda one: "copy_ttl_out",
    CopyTtlIn: lambda one: "copy_ttl_in",
    SetNwTtl: lambda one: f"mod_nw_ttl:{one.nw_ttl}",
    DecNwTtl: lambda one: "dec_ttl",
    SetQueue: lambda one: f"set_queue:{one.queue_id}",
    Group: lambda one: f"group:{one.group_id}",
}
