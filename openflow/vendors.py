"""Who the experimenters are, and how their classes say their numbers in a layout.

A layout's code for an experimenter's class is its type, the experimenter and the subtype; the text is what follows
them. These functions write that down for the versions that have the class.
"""

from __future__ import annotations

from openflow.structs import Code
from openflow.versions import V1_0, V1_1, V1_5, Version, since

NICIRA = 0x0000_2320
"""Nicira, whose extensions Open vSwitch and its controllers speak (nicira-ext.h)."""
ONF = 0x4F4E_4600
"""The Open Networking Foundation, whose extensions of 1.3 became parts of 1.4."""
NICIRA_NSH = 0x005A_D650
"""Nicira once more, for the fields of network service headers."""

_EXPERIMENTER = 0xFFFF
_MESSAGE = 4

Layouts = dict[Version, dict[Code, str]]


def action(
    subtype: int, text: str, first: Version = V1_0, last: Version = V1_5, *, by: int = NICIRA
) -> Layouts:
    """The layouts of an action whose subtype is 16 bits behind the experimenter."""
    code: Code = (_EXPERIMENTER, by, subtype)
    return since(first, {code: text}, until=last)


def message(
    subtype: int, text: str, first: Version = V1_0, last: Version = V1_5, *, by: int = NICIRA
) -> Layouts:
    """The layouts of a message; 1.0 has no place for the subtype, but these vendors put it where 1.3 has it."""
    code: Code = (_MESSAGE, by, subtype)
    return since(first, {code: text}, until=last)


def request(
    subtype: int, text: str, first: Version = V1_0, last: Version = V1_5, *, by: int = NICIRA
) -> Layouts:
    """The layouts of a multipart request."""
    return _multipart(16, 18, (by, subtype), text, first, last)


def reply(
    subtype: int, text: str, first: Version = V1_0, last: Version = V1_5, *, by: int = NICIRA
) -> Layouts:
    """The layouts of a multipart reply."""
    return _multipart(17, 19, (by, subtype), text, first, last)


def _multipart(
    in_1_0: int, later: int, numbers: tuple[int, int], text: str, first: Version, last: Version
) -> Layouts:
    """1.0's statistics of Nicira have four bytes of padding behind the subtype."""
    old: Code = (in_1_0, _EXPERIMENTER, *numbers)
    new: Code = (later, _EXPERIMENTER, *numbers)
    of_1_0: Layouts = {V1_0: {old: f"pad4 {text}"}} if first == V1_0 else {}
    return {**of_1_0, **since(max(first, V1_1), {new: text}, until=last)}
