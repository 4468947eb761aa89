"""Actions and instructions as octets for the native engine, and back.

The octets are told in `native/datapath/src/program.rs`; the two tables here say the same in Python and
serve both directions. What is compiled has been checked before (`ofswitch.datapath.validate`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from ofswitch.datapath.refusal import refuse
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
from openflow.errors import ErrorCode
from openflow.fields import BY_NUMBER, FIELDS
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    GotoTable,
    Instruction,
    Meter,
    WriteActions,
    WriteMetadata,
)

_Kind = TypeVar("_Kind")


class _Form(NamedTuple):
    """How one kind is written: its code in one octet, then its attributes by a `struct` format."""

    code: int
    arguments: struct.Struct = struct.Struct("")
    attributes: tuple[str, ...] = ()


def _form(code: int, arguments: str = "", *attributes: str) -> _Form:
    return _Form(code, struct.Struct(f">{arguments}"), attributes)


_ACTIONS: dict[type[Action], _Form] = {
    Output: _form(0, "IH", "port", "max_len"),
    Group: _form(1, "I", "group_id"),
    SetQueue: _form(2, "I", "queue_id"),
    Enqueue: _form(3, "II", "port", "queue_id"),
    SetVlanVid: _form(7, "H", "vlan_vid"),
    SetVlanPcp: _form(8, "B", "vlan_pcp"),
    PushVlan: _form(9, "H", "ethertype"),
    PopVlan: _form(10),
    PushMpls: _form(11, "H", "ethertype"),
    PopMpls: _form(12, "H", "ethertype"),
    PushPbb: _form(13, "H", "ethertype"),
    PopPbb: _form(14),
    SetMplsTtl: _form(15, "B", "mpls_ttl"),
    DecMplsTtl: _form(16),
    SetNwTtl: _form(17, "B", "nw_ttl"),
    DecNwTtl: _form(18),
    CopyTtlOut: _form(19),
    CopyTtlIn: _form(20),
}

_INSTRUCTIONS: dict[type[Instruction], _Form] = {
    GotoTable: _form(1, "B", "table_id"),
    WriteMetadata: _form(2, "QQ", "metadata", "metadata_mask"),
    ClearActions: _form(5),
    Meter: _form(6, "I", "meter_id"),
}

_LISTS: dict[type[WriteActions | ApplyActions], int] = {WriteActions: 3, ApplyActions: 4}
"""Instructions that hold actions: their number in two octets, then one after the other."""

_SET_FIELD = 4
_SET_PORT = {"tp_src": 5, "tp_dst": 6}
"""1.0's SET_TP_SRC and SET_TP_DST, whose fields are those of whichever transport the packet has."""

_U16 = struct.Struct(">H")
_FIELD_SIZE = 16

_ACTION_OF = {form.code: (kind, form) for kind, form in _ACTIONS.items()}
_INSTRUCTION_OF = {form.code: (kind, form) for kind, form in _INSTRUCTIONS.items()}
_LIST_OF = {code: kind for kind, code in _LISTS.items()}
_SET_PORT_OF = {code: field for field, code in _SET_PORT.items()}


def encode_instructions(instructions: Iterable[Instruction]) -> bytes:
    """Write an entry's instructions in the order in which they were sent."""
    return b"".join(map(_encode_instruction, instructions))


def encode_actions(actions: Iterable[Action]) -> bytes:
    """Write a list of actions without an instruction around it: a packet-out's, or a bucket's."""
    return b"".join(map(_encode_action, actions))


def decode_instructions(octets: bytes) -> list[Instruction]:
    """Read what `encode_instructions` wrote."""
    reader = _Reader(octets)
    instructions = []
    while not reader.at_end:
        instructions.append(reader.instruction())
    return instructions


def decode_actions(octets: bytes) -> list[Action]:
    """Read what `encode_actions` wrote."""
    reader = _Reader(octets)
    actions = []
    while not reader.at_end:
        actions.append(reader.action())
    return actions


def _encode_instruction(instruction: Instruction) -> bytes:
    if isinstance(instruction, ApplyActions | WriteActions):
        count = _U16.pack(len(instruction.actions))
        actions = encode_actions(instruction.actions)
        return bytes([_LISTS[type(instruction)]]) + count + actions
    return _encode(instruction, _INSTRUCTIONS[type(instruction)])


def _encode_action(action: Action) -> bytes:
    if not isinstance(action, SetField):
        return _encode(action, _ACTIONS[type(action)])
    if action.field in _SET_PORT:
        return bytes([_SET_PORT[action.field]]) + _U16.pack(action.value)
    head = bytes([_SET_FIELD, FIELDS[action.field].number])
    return head + int(action.value).to_bytes(_FIELD_SIZE, "big")


def _encode(item: object, form: _Form) -> bytes:
    values = [getattr(item, name) for name in form.attributes]
    try:
        return bytes([form.code]) + form.arguments.pack(*values)
    except struct.error:
        refuse(ErrorCode.BAD_ACTION__BAD_ARGUMENT, f"{item}: a number does not fit")


class _Reader:
    """Takes octets apart from the front."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether all has been read."""
        return self._at == len(self._octets)

    def instruction(self) -> Instruction:
        """The next instruction."""
        code = self._code()
        kind = _LIST_OF.get(code)
        if kind is not None:
            (count,) = self._unpack(_U16)
            return kind([self.action() for _ in range(count)])
        return self._make(*_INSTRUCTION_OF[code])

    def action(self) -> Action:
        """The next action."""
        code = self._code()
        if code == _SET_FIELD:
            field = BY_NUMBER[self._code()]
            return SetField(field.name, int.from_bytes(self._take(_FIELD_SIZE), "big"))
        if code in _SET_PORT_OF:
            return SetField(_SET_PORT_OF[code], *self._unpack(_U16))
        return self._make(*_ACTION_OF[code])

    def _make(self, kind: type[_Kind], form: _Form) -> _Kind:
        return kind(**dict(zip(form.attributes, self._unpack(form.arguments), strict=True)))

    def _code(self) -> int:
        return self._take(1)[0]

    def _unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        return form.unpack(self._take(form.size))

    def _take(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        return self._octets[start : self._at]
