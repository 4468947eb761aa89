"""What to say to somebody who names something that `openflow` does not have, perhaps by the name it has elsewhere.

Ryu's `OFPFlowMod`, `OFPInstructionActions` and `OFPP_FLOOD` and POX's `ofp_flow_mod` and `ofp_action_dl_addr` are
called `FlowMod`, `ApplyActions`, `PortNo.FLOOD` and `SetField` here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import EnumType
from types import ModuleType

_PREFIX = re.compile("ofp_?(action|instruction)?_?", re.IGNORECASE)
_CONSTANT = re.compile("(OFP[A-Z]+)_([A-Z0-9_]+)")
_KINDS = ("OFPT", "OFPIT", "OFPAT")
"""The specification's prefixes of numbers that are classes here: messages, instructions, actions."""

ENUMERATIONS = {
    "OFPP": "PortNo",
    "OFPPC": "PortConfig",
    "OFPPS": "PortState",
    "OFPPF": "PortFeatures",
    "OFPPR": "PortReason",
    "OFPTT": "TableId",
    "OFPFC": "FlowModCommand",
    "OFPFF": "FlowModFlags",
    "OFPFW": "FlowWildcards",
    "OFPR": "PacketInReason",
    "OFPRR": "FlowRemovedReason",
    "OFPGC": "GroupModCommand",
    "OFPGT": "GroupType",
    "OFPG": "GroupId",
    "OFPMC": "MeterModCommand",
    "OFPMF": "MeterFlags",
    "OFPM": "MeterId",
    "OFPQ": "QueueId",
    "OFPCR": "ControllerRole",
    "OFPC": "Capabilities ConfigFlags",
    "OFPMPF": "MultipartFlags",
}
"""Where the specification's constants are, by their prefix."""

FORMER = {
    "instructionactions": "ApplyActions",
    "actionstripvlan": "PopVlan",
    "meterbanddrop": "DropBand",
    "meterbanddscpremark": "DscpRemarkBand",
    "switchfeatures": "FeaturesReply",
    "statsrequest": "FlowStatsRequest",
    "phyport": "Port",
    "pnone": "PortNo.ANY",
    "cmlnobuffer": "CONTROLLER_NO_BUFFER",
    "cmlmax": "CONTROLLER_MAX_LEN",
    "vlannone": "OFPVID_NONE",
    "flowpermanent": "0",
}
"""What is called otherwise here, by its name elsewhere without OFP, underscores and capitals."""

_SETS_A_FIELD = re.compile("action(set)?(dl|nw|tp)(addr|port|src|dst|tos)")
"""What 1.0 has an action of its own for, likewise."""


def missing(module: ModuleType, name: str) -> AttributeError:
    """The error for a name that a module does not have."""
    meant = meant_by(vars(module), name)
    hint = f": did you mean {meant}?" if meant else ""
    return AttributeError(f"module {module.__name__!r} has no attribute {name!r}{hint}", name=name)


def meant_by(names: dict[str, object], name: str) -> str:
    """What of these names is meant by one that is not among them; empty when there is nothing like it."""
    bare = _bare(name).removeprefix("ofp")
    former = "SetField" if _SETS_A_FIELD.fullmatch(bare) else FORMER.get(bare)
    if former:
        return former
    constant = _CONSTANT.fullmatch(name)
    if constant is not None:
        return _constant(names, constant[1], constant[2])
    if members := _members(names, name):
        return " or ".join(members)
    return _class(names, _PREFIX.sub("", name))


def member_meant_by(enumeration: EnumType, name: str) -> str:
    """The member that has the most of a name's words, and no other: `ROLE_MASTER` means MASTER; or a mistyped one."""
    words = set(name.upper().split("_"))
    found = [known for known in enumeration.__members__ if words.issuperset(known.split("_"))]
    meant = max(found, key=len, default="") or _like(name.upper(), enumeration.__members__)
    return f"{enumeration.__name__}.{meant}" if meant else ""


def _constant(names: dict[str, object], prefix: str, name: str) -> str:
    if prefix in _KINDS:
        return _class(names, name)
    enumerations = (names.get(known) for known in ENUMERATIONS.get(prefix, "").split())
    found = (member_meant_by(e, name) for e in enumerations if isinstance(e, EnumType))
    return next(filter(None, found), "")


def _members(names: dict[str, object], name: str) -> list[str]:
    """The members of this name: `FLOOD` is one of `PortNo`."""
    known = " ".join(ENUMERATIONS.values()).split()
    return [f"{e}.{name}" for e in known if name in getattr(names.get(e), "__members__", ())]


def _class(names: dict[str, object], name: str) -> str:
    public = {_bare(known): known for known in names if known[:1].isupper()}
    return public.get(_like(_bare(name), public), "")


def _like(name: str, names: Iterable[str]) -> str:
    """The name that is spelt nearly so."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, names, 1, 0.75)), "")


def _bare(name: str) -> str:
    return name.replace("_", "").lower()
