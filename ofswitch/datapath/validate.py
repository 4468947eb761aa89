"""What a controller asks for and does not get: the error for each bad action and instruction.

Everything here raises OpenFlowError with the code that OpenFlow 1.3.5, 7.4.4 gives the fault, before
anything has changed. Matches check themselves (`Match.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from ofswitch.datapath.consistency import check_consistency
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.tags import MPLS_TYPES
from openflow.actions import (
    Action,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    Enqueue,
    ExperimenterAction,
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
from openflow.constants import OFPVID_PRESENT, PortNo
from openflow.errors import ErrorCode
from openflow.fields import ETH_TYPE_PBB, ETH_TYPE_QINQ, ETH_TYPE_VLAN, FIELDS
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    ExperimenterInstruction,
    GotoTable,
    Instruction,
    Meter,
    WriteActions,
    WriteMetadata,
)
from openflow.match import Match
from openflow.versions import V1_0, Version

_OUTPUTS = frozenset(
    {PortNo.IN_PORT, PortNo.NORMAL, PortNo.FLOOD, PortNo.ALL, PortNo.CONTROLLER, PortNo.LOCAL}
)
_QUEUE_OUTPUTS = frozenset({PortNo.IN_PORT, PortNo.LOCAL})
_VLAN_TYPES = frozenset({ETH_TYPE_VLAN, ETH_TYPE_QINQ})
_TP_PORTS = frozenset({"tp_src", "tp_dst"})
_U16, _U8 = 0xFFFF, 0xFF


@dataclass(frozen=True, slots=True)
class Context:
    """What the check of an action depends on."""

    limits: Limits
    version: Version
    is_packet_out: bool = False
    groups: Container[int] = ()
    meters: Container[int] = ()


def check_instructions(
    instructions: Sequence[Instruction], match: Match, table_id: int, context: Context
) -> None:
    """Refuse instructions that an entry of this table with this match cannot have."""
    kinds = [type(instruction) for instruction in instructions]
    for instruction in instructions:
        check = _INSTRUCTION_CHECKS.get(type(instruction))
        if check is None:
            refuse(ErrorCode.BAD_INSTRUCTION__UNKNOWN_INST, f"unknown: {instruction}")
        check(instruction, table_id, context)
    if len(set(kinds)) != len(kinds):
        text = "an entry has at most one instruction of each type"
        refuse(ErrorCode.BAD_INSTRUCTION__UNSUP_INST, text)
    if context.version != V1_0:
        check_consistency(match, instructions)


def check_actions(actions: Sequence[Action], context: Context) -> None:
    """Refuse a list with an action that this switch does not do."""
    most = context.limits.max_actions
    if len(actions) > most:
        text = f"{len(actions)} actions in one list; {most} is the most"
        refuse(ErrorCode.BAD_ACTION__TOO_MANY, text)
    for action in actions:
        check = _ACTION_CHECKS.get(type(action))
        if check is None:
            _unknown(action, context)
        check(action, context)


def _fine(*args: object) -> None:
    """Nothing can be wrong with it."""


def _experimenter_instruction(instruction: ExperimenterInstruction, *rest: object) -> NoReturn:
    text = f"unknown experimenter {instruction.experimenter:#x}"
    refuse(ErrorCode.BAD_INSTRUCTION__BAD_EXPERIMENTER, text)


def _meter(instruction: Meter, table_id: int, context: Context) -> None:
    if instruction.meter_id not in context.meters:
        text = f"there is no meter {instruction.meter_id}"
        refuse(ErrorCode.METER_MOD_FAILED__INVALID_METER, text)


def _goto(instruction: GotoTable, table_id: int, context: Context) -> None:
    if not table_id < instruction.table_id < context.limits.n_tables:
        text = f"table {table_id} cannot go to table {instruction.table_id}"
        refuse(ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID, text)


def _actions(instruction: ApplyActions | WriteActions, table_id: int, context: Context) -> None:
    check_actions(instruction.actions, context)


def _output(action: Output, context: Context) -> None:
    fine = action.port in _OUTPUTS or 1 <= action.port <= context.limits.max_port
    if not fine and not (action.port == PortNo.TABLE and context.is_packet_out):
        _refuse_port(action.port)


def _enqueue(action: Enqueue, context: Context) -> None:
    if not (action.port in _QUEUE_OUTPUTS or 1 <= action.port <= context.limits.max_port):
        _refuse_port(action.port)


def _group(action: Group, context: Context) -> None:
    if action.group_id not in context.groups:
        refuse(ErrorCode.BAD_ACTION__BAD_OUT_GROUP, f"there is no group {action.group_id}")


def _unknown(action: Action, context: Context) -> NoReturn:
    """An action that the codec knows, of the specification or of an experimenter, and this switch does not."""
    codes = type(action).layout.get(context.version, ())
    if any(isinstance(code, tuple) for code in codes):
        text = f"of an unknown experimenter: {action}"
        refuse(ErrorCode.BAD_ACTION__BAD_EXPERIMENTER, text)
    refuse(ErrorCode.BAD_ACTION__BAD_TYPE, f"unknown: {action}")


def _experimenter(action: ExperimenterAction, context: Context) -> NoReturn:
    text = f"unknown experimenter {action.experimenter:#x}"
    refuse(ErrorCode.BAD_ACTION__BAD_EXPERIMENTER, text)


def _set_field(action: SetField, context: Context) -> None:
    if action.field in _TP_PORTS and context.version == V1_0:
        _check_set_value(action, _U16)
        return
    field = FIELDS.get(action.field)
    if field is None or not field.writable:
        refuse(ErrorCode.BAD_ACTION__BAD_SET_TYPE, f"{action.field} cannot be set")
    _check_set_value(action, field.ones)
    if action.field == "vlan_vid" and not action.value & OFPVID_PRESENT:
        text = "vlan_vid is set without OFPVID_PRESENT"
        refuse(ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT, text)


def _check_set_value(action: SetField, most: int) -> None:
    if not isinstance(action.value, int) or not 0 <= action.value <= most:
        text = f"{action.field} cannot be set to {action.value!r}"
        refuse(ErrorCode.BAD_ACTION__BAD_SET_ARGUMENT, text)


def _argument(name: str, values: Iterable[int]) -> Callable[[Any, Context], None]:
    def check(action: Action, context: Context) -> None:
        if getattr(action, name) not in allowed:
            text = f"{action}: bad {name}"
            refuse(ErrorCode.BAD_ACTION__BAD_ARGUMENT, text)

    allowed = values if isinstance(values, range) else frozenset(values)
    return check


_INSTRUCTION_CHECKS: dict[type[Instruction], Callable[[Any, int, Context], None]] = {
    ApplyActions: _actions,
    WriteActions: _actions,
    ClearActions: _fine,
    WriteMetadata: _fine,
    GotoTable: _goto,
    Meter: _meter,
    ExperimenterInstruction: _experimenter_instruction,
}

_ACTION_CHECKS: dict[type[Action], Callable[[Any, Context], None]] = {
    Output: _output,
    Enqueue: _enqueue,
    Group: _group,
    SetField: _set_field,
    SetVlanVid: _argument("vlan_vid", range(0x1000)),
    SetVlanPcp: _argument("vlan_pcp", range(8)),
    SetNwTtl: _argument("nw_ttl", range(_U8 + 1)),
    SetMplsTtl: _argument("mpls_ttl", range(_U8 + 1)),
    PushVlan: _argument("ethertype", _VLAN_TYPES),
    PushMpls: _argument("ethertype", MPLS_TYPES),
    PushPbb: _argument("ethertype", (ETH_TYPE_PBB,)),
    PopMpls: _argument("ethertype", range(_U16 + 1)),
    PopVlan: _fine,
    PopPbb: _fine,
    DecNwTtl: _fine,
    DecMplsTtl: _fine,
    CopyTtlOut: _fine,
    CopyTtlIn: _fine,
    SetQueue: _fine,
    ExperimenterAction: _experimenter,
}


def _refuse_port(port_no: int) -> NoReturn:
    refuse(ErrorCode.BAD_ACTION__BAD_OUT_PORT, f"{port_no} is no port to output to")
