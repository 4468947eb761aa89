"""Where the fields of the usual packet-in stand in its bytes, for native code that takes many at once.

The usual one is that whose match has nothing but the port. All is found in the layouts. A version whose layout has
something that is not understood here has no plan, and its packet-ins are decoded like any other message.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from openflow.fields import FIELDS
from openflow.framing import HEADER_SIZE
from openflow.layouts.language import Int, Pad, Rest, Special, Step, compile_layout
from openflow.messages.packets import PacketIn
from openflow.versions import Version

NUMBERS = ("xid", "buffer_id", "total_len", "in_port", "reason", "table_id", "cookie")
"""The fields that are numbers, in the order of a plan."""

_XID_OFFSET = 4
_MAPPINGS = ("", "port")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each of `NUMBERS` stands: (offset, size, translation), or (-1, value, "") for what is always the same.

    The bytes at `expected_at` are `expected` in the usual packet-in; the frame begins at `data_at`.
    """

    numbers: list[tuple[int, int, str]]
    expected_at: int
    expected: bytes
    data_at: int


def packet_in_plan(version: Version) -> Plan | None:
    """The plan of a version, if it has one."""
    code, text = next(iter(PacketIn.layout.get(version, {}).items()), (0, ""))
    try:
        return _Planner(compile_layout(text).steps).plan() if code else None
    except _NotUnderstood:
        return None


class _NotUnderstood(Exception):
    """A step that is not as simple as these."""


class _Planner:
    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self._offset = HEADER_SIZE
        self._found: dict[str, tuple[int, int, str]] = {"xid": (_XID_OFFSET, 4, "")}
        self._expected_at, self._expected = 0, b""

    def plan(self) -> Plan:
        for step in self._steps[:-1]:
            self._take(step)
        if self._steps[-1] != Rest("data"):
            raise _NotUnderstood
        defaults = PacketIn()
        for name in NUMBERS:
            self._found.setdefault(name, (-1, int(getattr(defaults, name)), ""))
        numbers = [self._found[name] for name in NUMBERS]
        return Plan(numbers, self._expected_at, self._expected, self._offset)

    def _take(self, step: Step) -> None:
        match step:
            case Int(name, size, mapping) if name in NUMBERS and mapping in _MAPPINGS:
                self._found[name] = (self._offset, size, mapping)
                self._offset += size
            case Pad(size):
                self._offset += size
            case Special(("in_port", "match"), "oxmport"):
                self._take_match_of_port()
            case _:
                raise _NotUnderstood

    def _take_match_of_port(self) -> None:
        """An ofp_match (7.2.3.1) of type OXM with one entry, padded to 16 bytes."""
        entry = FIELDS["in_port"].oxm_header
        self._expected_at = self._offset
        self._expected = struct.pack(">HHI", 1, 12, entry)
        self._found["in_port"] = (self._offset + 8, 4, "")
        self._offset += 16
