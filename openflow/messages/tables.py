"""What a table can do (OpenFlow 1.3.5, 7.3.5.5; 1.5.1, 7.3.5.18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import TableFeaturesCommand
from openflow.errors import ErrorCode
from openflow.match import Value
from openflow.messages.base import MultipartReply, MultipartRequest, since
from openflow.structs import Element, Struct
from openflow.versions import V1_3, V1_4, V1_5


class TableFeatureProperty(Element):
    """One of a table's abilities; this class names the family. Its codes are TableFeaturePropType."""

    __slots__ = ()
    raw = "RawTableFeatureProperty"
    padded_length = False
    bad_length = ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN


@dataclass(slots=True)
class TypeId(Struct):
    """The type of an action or an instruction; `data` names an experimenter's."""

    type: int = 0
    data: bytes = b""
    layout = since(V1_3, "type:u16 size16 data:rest")
    bad_length = ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN


@dataclass(slots=True)
class InstructionsProperty(TableFeatureProperty):
    """The instructions that an entry may have (`type` 0) or the table-miss entry (1)."""

    type: str = "entry"
    instruction_ids: list[TypeId] = field(default_factory=list)
    layout = since(
        V1_3,
        {
            0: "type=entry instruction_ids:TypeId*",
            1: "type=miss instruction_ids:TypeId*",
        },
    )


@dataclass(slots=True)
class NextTablesProperty(TableFeatureProperty):
    """The tables that an entry may go to, or the table-miss entry."""

    type: str = "entry"
    next_table_ids: list[int] = field(default_factory=list)
    layout = since(
        V1_3,
        {
            2: "type=entry next_table_ids:u8*",
            3: "type=miss next_table_ids:u8*",
        },
    )


@dataclass(slots=True)
class SyncFromProperty(TableFeatureProperty):
    """The tables whose content this one copies (OpenFlow 1.4.0, 7.3.5.5.2)."""

    table_ids: list[int] = field(default_factory=list)
    layout = since(V1_4, {16: "table_ids:u8*"})


@dataclass(slots=True)
class ActionsProperty(TableFeatureProperty):
    """The actions that may be written or applied by an entry or by the table-miss entry."""

    type: str = "write"
    action_ids: list[TypeId] = field(default_factory=list)
    layout = since(
        V1_3,
        {
            4: "type=write action_ids:TypeId*",
            5: "type=write_miss action_ids:TypeId*",
            6: "type=apply action_ids:TypeId*",
            7: "type=apply_miss action_ids:TypeId*",
        },
    )


_OXM_IDS = {
    8: "type=match oxm_ids:u32*",
    10: "type=wildcards oxm_ids:u32*",
    12: "type=write_setfield oxm_ids:u32*",
    13: "type=write_setfield_miss oxm_ids:u32*",
    14: "type=apply_setfield oxm_ids:u32*",
    15: "type=apply_setfield_miss oxm_ids:u32*",
}


@dataclass(slots=True)
class OxmProperty(TableFeatureProperty):
    """Fields, as 32-bit OXM headers: those to match, to wildcard, to set, (1.5) to copy."""

    type: str = "match"
    oxm_ids: list[int] = field(default_factory=list)
    layout = {
        **since(V1_3, _OXM_IDS, until=V1_4),
        V1_5: {
            **_OXM_IDS,
            18: "type=write_copyfield oxm_ids:u32*",
            19: "type=write_copyfield_miss oxm_ids:u32*",
            20: "type=apply_copyfield oxm_ids:u32*",
            21: "type=apply_copyfield_miss oxm_ids:u32*",
        },
    }


@dataclass(slots=True)
class PacketTypesProperty(TableFeatureProperty):
    """The types of packets that the table takes, as pairs of a field's name and its value (1.5.1, 7.3.5.18.2)."""

    oxm_values: list[tuple[str, Value]] = field(default_factory=list)
    layout = {V1_5: {22: "oxm_values:oxms"}}


@dataclass(slots=True)
class ExperimenterTableFeature(TableFeatureProperty):
    """A vendor's property, for entries or for the table-miss entry."""

    type: str = "entry"
    experimenter: int = 0
    exp_type: int = 0
    data: bytes = b""
    layout = since(
        V1_3,
        {
            0xFFFE: "type=entry experimenter:u32 exp_type:u32 data:rest",
            0xFFFF: "type=miss experimenter:u32 exp_type:u32 data:rest",
        },
    )


@dataclass(slots=True)
class RawTableFeatureProperty(TableFeatureProperty):
    """A property of unknown type."""

    type: int = 0
    data: bytes = b""


_ABILITIES = (
    "name:text32 metadata_match:u64 metadata_write:u64 config:u32 max_entries:u32"
    " properties:TableFeatureProperty*"
)


@dataclass(slots=True)
class TableFeatures(Struct):
    """One table's abilities; `config`, TableConfig, is called capabilities from 1.4 on.

    `command`, what a request does, and `features`, TableFeatureFlags, are 1.5's.
    """

    table_id: int = 0
    name: str = ""
    metadata_match: int = 0
    metadata_write: int = 0
    config: int = 0
    max_entries: int = 0
    properties: Sequence[TableFeatureProperty] = field(default_factory=list)
    command: int = TableFeaturesCommand.REPLACE
    features: int = 0
    layout = {
        **since(V1_3, f"size16 table_id:u8 pad5 {_ABILITIES}", until=V1_4),
        V1_5: f"size16 table_id:u8 command:u8 features:u32 {_ABILITIES}",
    }
    bad_length = ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN


@dataclass(slots=True)
class TableFeaturesStatsRequest(MultipartRequest["TableFeaturesStatsReply"]):
    """What can the tables do? With a body: make them so."""

    body: list[TableFeatures] = field(default_factory=list)
    layout = since(V1_3, {(18, 12): "body:TableFeatures*"})


@dataclass(slots=True)
class TableFeaturesStatsReply(MultipartReply):
    """The tables' abilities."""

    body: list[TableFeatures] = field(default_factory=list)
    layout = since(V1_3, {(19, 12): "body:TableFeatures*"})
