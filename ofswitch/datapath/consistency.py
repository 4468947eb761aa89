"""Whether an entry's actions can apply to the packets that its match lets through.

OpenFlow 1.3.5, 7.2.5 asks that the match contain the prerequisites of each field that is set, and
6.4 lets a switch refuse an action that cannot apply. So here: a SET_FIELD whose prerequisites are
not known to hold is refused, any other action only when what is known rules it out. Known is what
the match says, as changed by the actions before. OpenFlow 1.0 has no such rule: there, an action
that does not apply does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ofswitch.datapath.action_set import ActionSet
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.tags import MPLS_TYPES
from openflow.actions import (
    Action,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetMplsTtl,
    SetNwTtl,
)
from openflow.constants import OFPVID_NONE, OFPVID_PRESENT
from openflow.errors import ErrorCode
from openflow.fields import (
    ETH_TYPE_IPV4,
    ETH_TYPE_IPV6,
    ETH_TYPE_PBB,
    ETH_TYPE_QINQ,
    ETH_TYPE_VLAN,
    FIELDS,
    PIPELINE_FIELDS,
)
from openflow.instructions import ApplyActions, Instruction, WriteActions
from openflow.match import Match, Value

Known = dict[str, Value]
"""Fields and what is known of them, as in a match."""

_IP_TYPES = frozenset({ETH_TYPE_IPV4, ETH_TYPE_IPV6})
_PBB_TYPES = frozenset({ETH_TYPE_PBB})
_VLAN_TYPES = frozenset({ETH_TYPE_VLAN, ETH_TYPE_QINQ})
_TAGGED: Value = (OFPVID_PRESENT, OFPVID_PRESENT)

_NEEDED_TYPES: dict[type[Action], frozenset[int]] = {
    SetNwTtl: _IP_TYPES,
    DecNwTtl: _IP_TYPES,
    SetMplsTtl: MPLS_TYPES,
    DecMplsTtl: MPLS_TYPES,
    CopyTtlIn: MPLS_TYPES,
    CopyTtlOut: MPLS_TYPES,
    PopMpls: MPLS_TYPES,
    PopPbb: _PBB_TYPES,
}


def check_consistency(match: Match, instructions: Iterable[Instruction]) -> None:
    """Refuse with MATCH_INCONSISTENT an entry with an action that cannot apply to what it matches.

    Written actions are looked at in the order in which an action set does them, after the applied
    ones; what other entries write is out of account.
    """
    known = dict(match)
    for instruction in instructions:
        if isinstance(instruction, ApplyActions):
            _check_actions(known, instruction.actions)
    for instruction in instructions:
        if isinstance(instruction, WriteActions):
            action_set = ActionSet()
            action_set.write(instruction.actions)
            _check_actions(known, action_set.in_order())


def _check_actions(known: Known, actions: Iterable[Action]) -> None:
    for action in actions:
        types = _NEEDED_TYPES.get(type(action))
        if types is not None and "eth_type" in known and known["eth_type"] not in types:
            _refuse(f"{type(action).__name__} cannot apply to the packets that this matches")
        follow = _CHANGES.get(type(action))
        if follow is not None:
            follow(known, action)


def _set_field(known: Known, action: SetField) -> None:
    field = FIELDS[action.field]
    if not all(one.met_by(known) for one in field.prerequisites):
        _refuse(f"the match lacks the prerequisites to set {action.field}")
    if action.field == "vlan_vid" and known.get("vlan_vid") == OFPVID_NONE:
        _refuse("vlan_vid is set in packets that have no VLAN tag")
    known[action.field] = action.value


def _pop_vlan(known: Known, action: PopVlan) -> None:
    if known.get("vlan_vid") == OFPVID_NONE:
        _refuse("PopVlan cannot apply to the packets that this matches")
    known.pop("vlan_vid", None)
    known.pop("vlan_pcp", None)


def _push_vlan(known: Known, action: PushVlan) -> None:
    known["vlan_vid"] = _TAGGED


def _push_mpls(known: Known, action: PushMpls) -> None:
    _forget_headers(known)
    known |= {"eth_type": action.ethertype, "vlan_vid": OFPVID_NONE}


def _pop_mpls(known: Known, action: PopMpls) -> None:
    is_labelled, vlan = known.get("eth_type") in MPLS_TYPES, known.get("vlan_vid")
    _forget_headers(known)
    if not is_labelled:
        return
    if action.ethertype in _VLAN_TYPES:
        known["vlan_vid"] = _TAGGED
        return
    known["eth_type"] = action.ethertype
    if vlan is not None:
        known["vlan_vid"] = vlan


def _push_pbb(known: Known, action: PushPbb) -> None:
    _forget_headers(known)
    known |= {"eth_type": action.ethertype, "vlan_vid": OFPVID_NONE}


def _pop_pbb(known: Known, action: PopPbb) -> None:
    _forget_headers(known)


def _forget_headers(known: Known) -> None:
    for name in known.keys() - set(PIPELINE_FIELDS):
        del known[name]


_CHANGES: dict[type[Action], Callable[[Known, Any], None]] = {
    SetField: _set_field,
    PushVlan: _push_vlan,
    PopVlan: _pop_vlan,
    PushMpls: _push_mpls,
    PopMpls: _pop_mpls,
    PushPbb: _push_pbb,
    PopPbb: _pop_pbb,
}


def _refuse(text: str) -> NoReturn:
    refuse(ErrorCode.BAD_ACTION__MATCH_INCONSISTENT, text)
