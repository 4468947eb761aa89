"""The action set that a packet carries from table to table (OpenFlow 1.3.5, 5.10)."""

from __future__ import annotations

from collections.abc import Iterable

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

_STEPS: tuple[tuple[type[Action], ...], ...] = (
    (CopyTtlIn,),
    (PopVlan, PopPbb, PopMpls),
    (PushMpls,),
    (PushPbb,),
    (PushVlan,),
    (CopyTtlOut,),
    (DecMplsTtl, DecNwTtl),
    (SetField, SetMplsTtl, SetNwTtl, SetVlanVid, SetVlanPcp),
    (SetQueue,),
    (Group,),
    (Output, Enqueue),
)
"""The order of execution, whatever the order of writing. Within a step: in order of writing."""

_STEP = {kind: step for step, kinds in enumerate(_STEPS) for kind in kinds}

_Slot = tuple[type[Action], str]


class ActionSet:
    """At most one action of each type, and one SET_FIELD for each field."""

    __slots__ = ("_actions",)

    def __init__(self) -> None:
        self._actions: dict[_Slot, Action] = {}

    def write(self, actions: Iterable[Action]) -> None:
        """Add actions; each takes the place of the one of its type (WRITE_ACTIONS)."""
        for action in actions:
            self._actions[_slot(action)] = action

    def clear(self) -> None:
        """Remove all actions (CLEAR_ACTIONS)."""
        self._actions.clear()

    def in_order(self) -> list[Action]:
        """Return the actions in the order of 5.10; with a group there, outputs are left out."""
        actions = sorted(self._actions.values(), key=lambda action: _STEP[type(action)])
        if any(isinstance(action, Group) for action in actions):
            return [one for one in actions if not isinstance(one, Output | Enqueue)]
        return actions


def _slot(action: Action) -> _Slot:
    return type(action), action.field if isinstance(action, SetField) else ""
