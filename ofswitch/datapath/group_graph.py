"""Which groups there are, and to which others each of them refers.

That is all that the checks of a GROUP_MOD need to know of the groups (`group_checks`), so every
datapath can keep it. A group refers to those that its buckets forward to and to those they watch.
A group is referred to only while it is there, and in no circle, so whoever follows the references
comes to an end, after `max_group_chain` steps at the latest.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet

from openflow.actions import Group
from openflow.constants import GroupId
from openflow.messages.groups import Bucket

_NONE: frozenset[int] = frozenset()


def forwards_to(buckets: Iterable[Bucket]) -> frozenset[int]:
    """The groups that buckets forward to."""
    return frozenset(
        action.group_id
        for bucket in buckets
        for action in bucket.actions
        if isinstance(action, Group)
    )


def watched_by(buckets: Iterable[Bucket]) -> frozenset[int]:
    """The groups that buckets watch."""
    return frozenset(bucket.watch_group for bucket in buckets) - {GroupId.ANY}


class GroupGraph(Container[int]):
    """Groups by number, and the references between them in both directions."""

    def __init__(self) -> None:
        self._below: dict[int, frozenset[int]] = {}
        self._above: dict[int, set[int]] = {}

    def __contains__(self, group_id: object) -> bool:
        return group_id in self._below

    def __len__(self) -> int:
        return len(self._below)

    def ids(self) -> AbstractSet[int]:
        """The numbers of the groups."""
        return self._below.keys()

    def put(self, group_id: int, references: frozenset[int]) -> None:
        """Add a group, or let it refer to others than before."""
        self._forget_references(group_id)
        self._below[group_id] = references
        for other in references:
            self._above.setdefault(other, set()).add(group_id)

    def remove(self, group_id: int) -> None:
        """Take a group out."""
        self._forget_references(group_id)
        del self._below[group_id]

    def is_referred_to(self, group_id: int) -> bool:
        """Whether another group forwards to this one, or watches it."""
        return bool(self._above.get(group_id))

    def would_loop(self, group_id: int, references: frozenset[int]) -> bool:
        """Whether a group that refers to these would refer to itself, directly or through others."""
        seen, waiting = set(references), list(references)
        while waiting:
            new = self._below.get(waiting.pop(), _NONE) - seen
            seen |= new
            waiting += new
        return group_id in seen

    def chain_length(self, group_id: int, references: frozenset[int]) -> int:
        """How many groups the longest chain through this group would have, if it makes no loop."""
        known: dict[int, int] = {}
        below = max((_longest(self._below, one, known) for one in references), default=0)
        return below + _longest(self._above, group_id, {})

    def _forget_references(self, group_id: int) -> None:
        for other in self._below.get(group_id, _NONE):
            above = self._above[other]
            above.discard(group_id)
            if not above:
                del self._above[other]


def _longest(edges: Mapping[int, AbstractSet[int]], start: int, known: dict[int, int]) -> int:
    """Count the groups of the longest chain from `start` on; `known` keeps what was found."""
    if start not in known:
        rest = (_longest(edges, one, known) for one in edges.get(start, _NONE))
        known[start] = 1 + max(rest, default=0)
    return known[start]
