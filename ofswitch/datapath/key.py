"""Flow keys: what a packet is compared by, and the comparison as few steps as it takes.

A key is a plain dictionary from field names to integers: the packet's header fields and the
pipeline fields (OpenFlow 1.3.5, 7.2.3.9). A field that the packet does not have is absent, and no
match on it succeeds.
"""

from __future__ import annotations

from typing import NamedTuple

from openflow.fields import FIELDS
from openflow.match import Match

Key = dict[str, int]


class Test(NamedTuple):
    """A match compiled: fields that must be equal, and fields of which some bits must be."""

    exact: tuple[tuple[str, int], ...]
    masked: tuple[tuple[str, int, int], ...]

    def accepts(self, key: Key) -> bool:
        """Whether a packet with this key matches."""
        get = key.get
        for name, value in self.exact:
            if get(name) != value:
                return False
        for name, value, mask in self.masked:
            found = get(name)
            if found is None or found & mask != value:
                return False
        return True


def compile_match(match: Match) -> Test:
    """Take a checked match apart, once, for `Test.accepts`."""
    exact, masked = [], []
    for name in match:
        value, mask = match.masked(name)
        if mask == FIELDS[name].ones:
            exact.append((name, value))
        else:
            masked.append((name, value, mask))
    return Test(tuple(exact), tuple(masked))


def covers(wide: Match, narrow: Match) -> bool:
    """Whether `narrow` is `wide` or more specific: all it matches, `wide` matches too.

    That is how non-strict changes and statistics requests select entries (OpenFlow 1.3.5, 6.4).
    """
    for name in wide:
        value, mask = wide.masked(name)
        other, other_mask = narrow.masked(name)
        if other_mask & mask != mask or other & mask != value:
            return False
    return True


def overlap(one: Match, other: Match) -> bool:
    """Whether a single packet may match both (OpenFlow 1.3.5, 6.4)."""
    for name in one:
        value, mask = one.masked(name)
        value2, mask2 = other.masked(name)
        if (value ^ value2) & mask & mask2:
            return False
    return True
