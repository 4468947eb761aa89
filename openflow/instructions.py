"""What a flow entry does with a packet that it matches (OpenFlow 1.3.5, 7.2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.errors import ErrorCode
from openflow.structs import Element
from openflow.versions import V1_3


class Instruction(Element):
    """An instruction; this class names the family."""

    __slots__ = ()
    raw = "RawInstruction"
    bad_length = ErrorCode.BAD_INSTRUCTION__BAD_LEN


@dataclass(slots=True)
class GotoTable(Instruction):
    """Go on in a later table."""

    table_id: int = 0
    layout = {V1_3: {1: "table_id:u8 pad3"}}


@dataclass(slots=True)
class WriteMetadata(Instruction):
    """Set the bits of the metadata that the mask names."""

    metadata: int = 0
    metadata_mask: int = 0xFFFF_FFFF_FFFF_FFFF
    layout = {V1_3: {2: "pad4 metadata:u64 metadata_mask:u64"}}


@dataclass(slots=True)
class WriteActions(Instruction):
    """Put actions into the packet's action set, one of each kind."""

    actions: Sequence[Action] = field(default_factory=list)
    layout = {V1_3: {3: "pad4 actions:Action*"}}


@dataclass(slots=True)
class ApplyActions(Instruction):
    """Do actions at once, in their order."""

    actions: Sequence[Action] = field(default_factory=list)
    layout = {V1_3: {4: "pad4 actions:Action*"}}


@dataclass(slots=True)
class ClearActions(Instruction):
    """Empty the packet's action set."""

    layout = {V1_3: {5: "pad4"}}


@dataclass(slots=True)
class Meter(Instruction):
    """Send the packet through a meter, which may drop it."""

    meter_id: int = 0
    layout = {V1_3: {6: "meter_id:u32"}}


@dataclass(slots=True)
class ExperimenterInstruction(Instruction):
    """A vendor's instruction; `data` is all that follows the experimenter's number."""

    experimenter: int = 0
    data: bytes = b""
    layout = {V1_3: {0xFFFF: "experimenter:u32 data:rest"}}


@dataclass(slots=True)
class RawInstruction(Instruction):
    """An instruction of a type that this version does not have; `data` is all that follows its header."""

    type: int = 0
    data: bytes = b""
