"""What to say to somebody who names something that `openflow` does not have, perhaps by the name it has elsewhere.

Ryu's `OFPFlowMod`, `OFPActionOutput` and `OFPP_FLOOD` and POX's `ofp_flow_mod` are called `FlowMod`, `Output` and
`PortNo.FLOOD` here.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from types import ModuleType

_PREFIX = re.compile("ofp_?(action|instruction)?_?", re.IGNORECASE)
_CONSTANT = re.compile("(OFP[A-Z]+)_([A-Z0-9_]+)")
_ENUMERATIONS = {
    "OFPP": "PortNo",
    "OFPFC": "FlowModCommand",
    "OFPFF": "FlowModFlags",
    "OFPR": "PacketInReason",
    "OFPRR": "FlowRemovedReason",
    "OFPPR": "PortReason",
    "OFPGC": "GroupModCommand",
    "OFPGT": "GroupType",
    "OFPG": "GroupId",
}
"""Where the specification's constants are, by their prefix."""


def missing(module: ModuleType, name: str) -> AttributeError:
    """The error for a name that a module does not have."""
    meant = _meant(vars(module), name)
    hint = f": did you mean {meant}?" if meant else ""
    return AttributeError(f"module {module.__name__!r} has no attribute {name!r}{hint}", name=name)


def _meant(names: dict[str, object], name: str) -> str:
    constant = _CONSTANT.fullmatch(name)
    if constant is not None:
        enumeration, member = _ENUMERATIONS.get(constant[1], ""), constant[2]
        known = getattr(names.get(enumeration), "__members__", {})
        return f"{enumeration}.{member}" if member in known else ""
    public = {_bare(known): known for known in names if known[:1].isupper()}
    found = get_close_matches(_bare(_PREFIX.sub("", name)), public, 1, 0.75)
    return public[found[0]] if found else ""


def _bare(name: str) -> str:
    return name.replace("_", "").lower()
