"""What the flow tables can do, for a table features reply (OpenFlow 1.3.5, 7.3.5.5).

All tables can do the same, but for the tables that they can go on to.
"""

from __future__ import annotations

from ofswitch.datapath.table import Table
from openflow.constants import ActionType, InstructionType
from openflow.fields import FIELDS
from openflow.messages.tables import (
    ActionsProperty,
    InstructionsProperty,
    NextTablesProperty,
    OxmProperty,
    TableFeatureProperty,
    TableFeatures,
    TypeId,
)

_ALL_METADATA = 0xFFFF_FFFF_FFFF_FFFF
_LACKING = (ActionType.COPY_FIELD, ActionType.METER, ActionType.EXPERIMENTER)
_ACTIONS = [kind for kind in ActionType if kind not in _LACKING]
_INSTRUCTIONS = (
    InstructionType.WRITE_METADATA,
    InstructionType.WRITE_ACTIONS,
    InstructionType.APPLY_ACTIONS,
    InstructionType.CLEAR_ACTIONS,
    InstructionType.METER,
)
_MASK_BIT = 1 << 8
"""In an OXM header: whether the field may have a mask, which doubles the length (7.2.3.2)."""


def table_features(table: Table, n_tables: int) -> TableFeatures:
    """Describe one of `n_tables` tables."""
    return TableFeatures(
        table_id=table.table_id,
        name=f"table{table.table_id}",
        metadata_match=_ALL_METADATA,
        metadata_write=_ALL_METADATA,
        config=table.config,
        max_entries=table.max_entries,
        properties=_properties(table.table_id, n_tables),
    )


def _properties(table_id: int, n_tables: int) -> list[TableFeatureProperty]:
    later = list(range(table_id + 1, n_tables))
    instructions = [TypeId(kind) for kind in _INSTRUCTIONS]
    if later:
        instructions.append(TypeId(InstructionType.GOTO_TABLE))
    actions = [TypeId(kind) for kind in _ACTIONS]
    settable = [field.oxm_header for field in FIELDS.values() if field.writable]
    properties: list[TableFeatureProperty] = [
        *(InstructionsProperty(who, instructions) for who in ("entry", "miss")),
        *(NextTablesProperty(who, later) for who in ("entry", "miss")),
        *(ActionsProperty(who, actions) for who in ("write", "write_miss", "apply", "apply_miss")),
        OxmProperty("match", [_match_header(name) for name in FIELDS]),
        OxmProperty("wildcards", [field.oxm_header for field in FIELDS.values()]),
    ]
    kinds = ("write_setfield", "write_setfield_miss", "apply_setfield", "apply_setfield_miss")
    return properties + [OxmProperty(kind, settable) for kind in kinds]


def _match_header(name: str) -> int:
    field = FIELDS[name]
    return field.oxm_header + (_MASK_BIT + field.size if field.maskable else 0)
