"""NXAST_LEARN: a packet that meets this action makes, or changes, a flow entry (ovs-actions(7), "learn").

The same action with a limit (NXAST_LEARN2) may say in a bit of a field whether there was room.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

from openflow.actions import Action
from openflow.constants import DEFAULT_PRIORITY
from openflow.errors import EncodeError, ErrorCode
from openflow.experimenters.flow_specs import NxFlowSpec, flow_specs
from openflow.experimenters.headers import NO_FIELD, read_head, written_head
from openflow.faults import Fault
from openflow.forms.special import add_form
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.vendors import action
from openflow.versions import Version


class LearnFlags(IntFlag):
    """NX_LEARN_F_*."""

    SEND_FLOW_REM = 1
    DELETE_LEARNED = 2
    WRITE_RESULT = 4


@dataclass(slots=True)
class NxLearn(Action):
    """Add or modify a flow entry that is made as `specs` say."""

    specs: Sequence[NxFlowSpec] = field(default_factory=list)
    table_id: int = 1
    idle_timeout: int = 0
    hard_timeout: int = 0
    priority: int = DEFAULT_PRIORITY
    cookie: int = 0
    flags: int = 0
    fin_idle_timeout: int = 0
    fin_hard_timeout: int = 0
    layout = action(
        16,
        "idle_timeout:u16 hard_timeout:u16 priority:u16 cookie:u64 flags:u16 table_id:u8 pad1"
        " fin_idle_timeout:u16 fin_hard_timeout:u16 specs:flowspecs fill",
    )


@dataclass(slots=True)
class NxLearn2(Action):
    """The same as long as there are fewer than `limit` such entries (by cookie and table).

    With LearnFlags.WRITE_RESULT one bit of `result_dst` says whether there is one; else that must be no field.
    """

    specs: Sequence[NxFlowSpec] = field(default_factory=list)
    limit: int = 0
    table_id: int = 1
    idle_timeout: int = 0
    hard_timeout: int = 0
    priority: int = DEFAULT_PRIORITY
    cookie: int = 0
    flags: int = 0
    fin_idle_timeout: int = 0
    fin_hard_timeout: int = 0
    result_dst: str = NO_FIELD
    result_ofs: int = 0
    layout = action(
        45,
        "idle_timeout:u16 hard_timeout:u16 priority:u16 cookie:u64"
        " flags+table_id+fin_idle_timeout+fin_hard_timeout+limit+result_ofs+result_dst+specs:learnresult"
        " fill",
    )


_FIXED = struct.Struct(">HBxHHIHxx")


def _learn_result(
    names: tuple[str, ...], version: Version, codec_of: CodecOf
) -> tuple[Reader, Writer]:
    """The rest of NXAST_LEARN2, from its flags on, which say whether a field follows."""
    *numbers, dst_name, specs_name = names
    read_specs, write_specs = flow_specs((specs_name,), version, codec_of)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        if position + _FIXED.size > end:
            raise Fault(ErrorCode.BAD_ACTION__BAD_LEN, numbers[0], position, "truncated")
        found = _FIXED.unpack_from(data, position)
        position += _FIXED.size
        result = NO_FIELD
        if found[0] & LearnFlags.WRITE_RESULT:
            try:
                result, position = read_head(data, position, end, version)
            except Fault as fault:
                raise fault.within(dst_name) from None
        values += (*found, result)
        return read_specs(data, position, end, values)

    def write(value: Any, out: bytearray, start: int) -> None:
        out += _packed(value, numbers)
        if value.flags & LearnFlags.WRITE_RESULT:
            out += written_head(value, dst_name, getattr(value, dst_name), version)
        elif getattr(value, dst_name) != NO_FIELD:
            raise EncodeError(type(value).__name__, dst_name, "needs the flag WRITE_RESULT")
        write_specs(value, out, start)

    return read, write


def _packed(value: Any, names: list[str]) -> bytes:
    held = [getattr(value, name) for name in names]
    try:
        return _FIXED.pack(*held)
    except struct.error:
        name, number = next(
            (name, number)
            for name, number, most in zip(names, held, _MOST, strict=True)
            if not isinstance(number, int) or not 0 <= number <= most
        )
        raise EncodeError(type(value).__name__, name, f"cannot hold {number!r}") from None


_MOST = (0xFFFF, 0xFF, 0xFFFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF)

add_form("learnresult", _learn_result)
