"""What lists of properties have in common (OpenFlow 1.4.0, 7.2.1.1): an experimenter's, and those of unknown type.

Each kind of list is a family of its own. A property's length leaves its padding out, as in a hello.
"""

from __future__ import annotations

from dataclasses import dataclass

EXPERIMENTER = "experimenter:u32 exp_type:u32 data:rest"
"""What stands in an experimenter's property, whatever the list."""


@dataclass(slots=True)
class OfExperimenter:
    """The fields of an experimenter's property."""

    experimenter: int = 0
    exp_type: int = 0
    data: bytes = b""


@dataclass(slots=True)
class OfUnknownType:
    """The fields of a property that is kept as it is."""

    type: int = 0
    data: bytes = b""
