"""What a flow entry does with a packet that it matches (OpenFlow 1.5.1, 7.2.5; 1.3.5, 7.2.4); 1.0 has actions only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.errors import ErrorCode
from openflow.forms.oxs import Stat
from openflow.structs import Element
from openflow.versions import V1_1, V1_3, V1_4, V1_5, since


class Instruction(Element):
    """An instruction; this class names the family."""

    __slots__ = ()
    raw = "RawInstruction"
    bad_length = ErrorCode.BAD_INSTRUCTION__BAD_LEN


@dataclass(slots=True)
class GotoTable(Instruction):
    """Go on in a later table."""

    table_id: int = 0
    layout = since(V1_1, {1: "table_id:u8 pad3"})


@dataclass(slots=True)
class WriteMetadata(Instruction):
    """Set the bits of the metadata that the mask names."""

    metadata: int = 0
    metadata_mask: int = 0xFFFF_FFFF_FFFF_FFFF
    layout = since(V1_1, {2: "pad4 metadata:u64 metadata_mask:u64"})


@dataclass(slots=True)
class WriteActions(Instruction):
    """Put actions into the packet's action set, one of each kind."""

    actions: Sequence[Action] = field(default_factory=list)
    layout = since(V1_1, {3: "pad4 actions:Action*"})


@dataclass(slots=True)
class ApplyActions(Instruction):
    """Do actions at once, in their order."""

    actions: Sequence[Action] = field(default_factory=list)
    layout = since(V1_1, {4: "pad4 actions:Action*"})


@dataclass(slots=True)
class ClearActions(Instruction):
    """Empty the packet's action set."""

    layout = since(V1_1, {5: "pad4"})


@dataclass(slots=True)
class Meter(Instruction):
    """Send the packet through a meter, which may drop it (1.3 and 1.4; in 1.5 it is a MeterAction)."""

    meter_id: int = 0
    layout = since(V1_3, {6: "meter_id:u32"}, until=V1_4)


@dataclass(slots=True)
class StatTrigger(Instruction):
    """Report the flow entry's statistics when they pass thresholds, from OpenFlow 1.5 on (1.5.1, 7.2.5).

    `flags` are StatTriggerFlags; `thresholds` are statistics by name (`openflow.forms.oxs`): counters are ints,
    durations (seconds, nanoseconds).
    """

    flags: int = 0
    thresholds: dict[str, Stat] = field(default_factory=dict)
    layout = {V1_5: {7: "flags:u32 thresholds:oxs"}}


@dataclass(slots=True)
class ExperimenterInstruction(Instruction):
    """A vendor's instruction; `data` is all that follows the experimenter's number."""

    experimenter: int = 0
    data: bytes = b""
    layout = since(V1_1, {0xFFFF: "experimenter:u32 data:rest"})


@dataclass(slots=True)
class RawInstruction(Instruction):
    """An instruction of a type that this version does not have; `data` is all that follows its header."""

    type: int = 0
    data: bytes = b""
