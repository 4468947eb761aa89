"""How tables are configured: eviction and vacancy events (OpenFlow 1.3.5, 7.3.3; 1.4.0, 7.3.3, 7.3.5.16 and 7.4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.constants import TableReason
from openflow.errors import ErrorCode
from openflow.messages.base import Message, MultipartReply, MultipartRequest, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.structs import Element, Struct
from openflow.versions import V1_1, V1_3, V1_4


class TableModProperty(Element):
    """How a table evicts, when it tells of its vacancy; this class names the family."""

    __slots__ = ()
    raw = "RawTableModProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class EvictionProperty(TableModProperty):
    """By what the table chooses whom to evict, EvictionFlags."""

    flags: int = 0
    layout = since(V1_4, {2: "flags:u32"})


@dataclass(slots=True)
class VacancyProperty(TableModProperty):
    """Thresholds in percent of free space; `vacancy` is how much of it there is now, 0 in a TableMod."""

    vacancy_down: int = 0
    vacancy_up: int = 0
    vacancy: int = 0
    layout = since(V1_4, {3: "vacancy_down:u8 vacancy_up:u8 vacancy:u8 pad1"})


@dataclass(slots=True)
class ExperimenterTableMod(OfExperimenter, TableModProperty):
    """A vendor's property of a table."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawTableModProperty(OfUnknownType, TableModProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class TableMod(Message):
    """Configure a table; `config`, TableConfig, says before 1.3 what becomes of packets that miss."""

    table_id: int = 0
    config: int = 0
    properties: Sequence[TableModProperty] = field(default_factory=list)
    layout = {
        **since(V1_1, {17: "table_id:u8 pad3 config:u32"}, until=V1_3),
        **since(V1_4, {17: "table_id:u8 pad3 config:u32 properties:TableModProperty*"}),
    }


@dataclass(slots=True)
class TableDesc(Struct):
    """How a table is configured."""

    table_id: int = 0
    config: int = 0
    properties: Sequence[TableModProperty] = field(default_factory=list)
    layout = since(V1_4, "size16 table_id:u8 pad1 config:u32 properties:TableModProperty*")


@dataclass(slots=True)
class TableDescStatsRequest(MultipartRequest["TableDescStatsReply"]):
    """How are the tables configured?"""

    layout = since(V1_4, {(18, 14): ""})


@dataclass(slots=True)
class TableDescStatsReply(MultipartReply):
    """The tables' configurations."""

    body: list[TableDesc] = field(default_factory=list)
    layout = since(V1_4, {(19, 14): "body:TableDesc*"})


@dataclass(slots=True)
class TableStatus(Message):
    """A table has passed a threshold of vacancy."""

    reason: int = TableReason.VACANCY_DOWN
    table: TableDesc = field(default_factory=TableDesc)
    layout = since(V1_4, {31: "reason:u8 pad7 table:TableDesc"})
