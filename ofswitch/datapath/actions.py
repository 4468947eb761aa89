"""What each action does to a packet on its way (OpenFlow 1.3.5, 5.12 and 7.2.5).

The table at the end is the whole list: to try a new action, write its function and add a line.
Actions that change headers are functions from frame to frame; the others work on the `Execution`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ofswitch.datapath import rewrite, tags, ttl
from ofswitch.datapath.execution import FRAME_MAX, Execution
from ofswitch.frame import Frame
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
from openflow.fields import PIPELINE_FIELDS
from openflow.packet import Packet

Send = Callable[[Execution, int, int], None]
"""Carries out an output: execution, port number, `max_len`."""


class Exits(NamedTuple):
    """Where actions lead: what carries out an output, and what processes by a group."""

    send: Send
    process: Callable[[Execution, int], None]


HeaderEdit = Callable[[Frame, Packet, Any], Frame]


class PacketEnded(Exception):
    """The packet must not go on; why is noted in its execution."""


def perform(execution: Execution, actions: Iterable[Action], exits: Exits) -> None:
    """Do actions in their order. Raises PacketEnded when one of them ends the packet's way."""
    for action in actions:
        execution.note(action)
        kind = type(action)
        edit = _HEADER_EDITS.get(kind)
        if edit is None:
            _OTHERS[kind](execution, action, exits)
        else:
            _edit(execution, edit, action)


def _edit(execution: Execution, edit: HeaderEdit, action: Action) -> None:
    try:
        execution.frame = edit(execution.frame, execution.packet, action)
    except ttl.InvalidTtl:
        execution.reject_ttl()
        raise PacketEnded from None
    if len(execution.frame.data) > FRAME_MAX:
        execution.lose("frame_too_long")
        raise PacketEnded


def _set_vlan_vid(frame: Frame, packet: Packet, action: SetVlanVid) -> Frame:
    tagged = tags.push_vlan_id(frame, packet)
    return rewrite.set_field(tagged, Packet(tagged.data), "vlan_vid", action.vlan_vid)


def _set_vlan_pcp(frame: Frame, packet: Packet, action: SetVlanPcp) -> Frame:
    tagged = tags.push_vlan_id(frame, packet)
    return rewrite.set_field(tagged, Packet(tagged.data), "vlan_pcp", action.vlan_pcp)


def _set_field(execution: Execution, action: SetField, exits: Exits) -> None:
    if action.field in PIPELINE_FIELDS:
        execution.set_pipeline_field(action.field, action.value)
    else:
        execution.frame = rewrite.set_field(
            execution.frame, execution.packet, action.field, action.value
        )


def _output(execution: Execution, action: Output, exits: Exits) -> None:
    exits.send(execution, action.port, action.max_len)


def _enqueue(execution: Execution, action: Enqueue, exits: Exits) -> None:
    queue_id, execution.queue_id = execution.queue_id, action.queue_id
    exits.send(execution, action.port, 0)
    execution.queue_id = queue_id


def _set_queue(execution: Execution, action: SetQueue, exits: Exits) -> None:
    execution.queue_id = action.queue_id


def _group(execution: Execution, action: Group, exits: Exits) -> None:
    exits.process(execution, action.group_id)


_HEADER_EDITS: dict[type[Action], HeaderEdit] = {
    PushVlan: lambda frame, packet, action: tags.push_vlan(frame, packet, action.ethertype),
    PopVlan: lambda frame, packet, action: tags.pop_vlan(frame, packet),
    PushMpls: lambda frame, packet, action: tags.push_mpls(frame, packet, action.ethertype),
    PopMpls: lambda frame, packet, action: tags.pop_mpls(frame, packet, action.ethertype),
    PushPbb: lambda frame, packet, action: tags.push_pbb(frame, packet, action.ethertype),
    PopPbb: lambda frame, packet, action: tags.pop_pbb(frame, packet),
    SetNwTtl: lambda frame, packet, action: ttl.set_nw_ttl(frame, packet, action.nw_ttl),
    DecNwTtl: lambda frame, packet, action: ttl.dec_nw_ttl(frame, packet),
    SetMplsTtl: lambda frame, packet, action: ttl.set_mpls_ttl(frame, packet, action.mpls_ttl),
    DecMplsTtl: lambda frame, packet, action: ttl.dec_mpls_ttl(frame, packet),
    CopyTtlOut: lambda frame, packet, action: ttl.copy_ttl_out(frame, packet),
    CopyTtlIn: lambda frame, packet, action: ttl.copy_ttl_in(frame, packet),
    SetVlanVid: _set_vlan_vid,
    SetVlanPcp: _set_vlan_pcp,
}

_OTHERS: dict[type[Action], Callable[[Execution, Any, Exits], None]] = {
    SetField: _set_field,
    Output: _output,
    Enqueue: _enqueue,
    SetQueue: _set_queue,
    Group: _group,
}
