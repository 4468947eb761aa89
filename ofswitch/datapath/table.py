"""A flow table: entries in order of priority, found by linear search (OpenFlow 1.3.5, 5.2 to 5.4).

This is the classifier that faster ones are compared with, so it stays trivial: entries sorted by
priority, the oldest first where priorities are equal, and the first that matches wins. Besides, a
dictionary finds the one entry with a given match and priority.
"""

from __future__ import annotations

from bisect import insort_right
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Protocol, Self

from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.key import Key, covers, overlap
from openflow.constants import FlowModFlags, GroupId, PortNo
from openflow.match import Match
from openflow.messages.flows import FlowStats


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries a change or a request means (OpenFlow 1.3.5, 6.4 and 7.3.5.2).

    With a `priority` it is strict: only the entry with exactly this match and priority. `out_port`
    ANY, `out_group` ANY and `cookie_mask` 0 leave those out of account.
    """

    match: Match
    priority: int | None = None
    out_port: int = PortNo.ANY
    out_group: int = GroupId.ANY
    cookie: int = 0
    cookie_mask: int = 0

    def selects(self, entry: FlowEntry) -> bool:
        """Whether this entry is meant."""
        if (entry.cookie ^ self.cookie) & self.cookie_mask:
            return False
        if self.priority is None:
            fits = covers(self.match, entry.match)
        else:
            fits = entry.priority == self.priority and entry.match == self.match
        return (
            fits
            and (self.out_port == PortNo.ANY or entry.outputs_to(self.out_port))
            and (self.out_group == GroupId.ANY or self.out_group in entry.groups())
        )


class Described(Protocol):
    """A flow entry, as those see it who only ask."""

    def stats(self, now: float) -> FlowStats:
        """Describe the entry for a statistics reply (7.3.5.2)."""


class Table(Protocol):
    """A flow table, as those see it who only ask."""

    @property
    def table_id(self) -> int: ...
    @property
    def max_entries(self) -> int: ...
    @property
    def config(self) -> int: ...
    @property
    def lookup_count(self) -> int: ...
    @property
    def matched_count(self) -> int: ...

    def __len__(self) -> int: ...

    def select(self, selection: Selection) -> Sequence[Described]:
        """Return the entries that are meant, highest priority first."""

    def totals(self, selection: Selection) -> tuple[int, int, int]:
        """Add up the packets and octets of the entries that are meant, and how many these are.

        What an entry was told not to count adds nothing.
        """

    def group_references(self) -> Counter[int]:
        """Return how many entries refer to each group."""

    def meter_references(self) -> Counter[int]:
        """Return how many entries refer to each meter."""


class Searched(Protocol):
    """A flow table, as packets see it."""

    @property
    def table_id(self) -> int: ...
    def __len__(self) -> int: ...

    def lookup(self, key: Key) -> FlowEntry | None:
        """Return the matching entry of the highest priority."""

    def count(self, matched: bool) -> None:
        """Note a packet that was looked up."""

    def entries(self) -> Sequence[FlowEntry]:
        """Return all entries, or copies of them, highest priority first."""


class FlowTable:
    """The entries of one table, and how often packets were looked up and found."""

    def __init__(self, table_id: int, max_entries: int) -> None:
        self.table_id = table_id
        self.max_entries = max_entries
        self.config = 0
        self.lookup_count = 0
        self.matched_count = 0
        self._entries: list[FlowEntry] = []
        self._by_identity: dict[tuple[int, Match], FlowEntry] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """A table with copies of the entries, which share what never changes: matches, instructions."""
        twin = copy(self)
        twin._entries = [copy(entry) for entry in self._entries]
        twin._by_identity = {(one.priority, one.match): one for one in twin._entries}
        return twin

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[FlowEntry]:
        return iter(self._entries)

    @property
    def is_full(self) -> bool:
        """Whether no further entry fits."""
        return len(self._entries) >= self.max_entries

    def lookup(self, key: Key) -> FlowEntry | None:
        """Return the matching entry of the highest priority."""
        return next((entry for entry in self._entries if entry.test.accepts(key)), None)

    def count(self, matched: bool) -> None:
        """Note a packet that was looked up."""
        self.lookup_count += 1
        self.matched_count += matched

    def entries(self) -> Sequence[FlowEntry]:
        """Return all entries, highest priority first."""
        return self._entries

    def find(self, match: Match, priority: int) -> FlowEntry | None:
        """Return the one entry with exactly this match and priority."""
        return self._by_identity.get((priority, match))

    def select(self, selection: Selection) -> list[FlowEntry]:
        """Return the entries that are meant, highest priority first."""
        if selection.priority is not None:
            entry = self.find(selection.match, selection.priority)
            return [entry] if entry is not None and selection.selects(entry) else []
        return [entry for entry in self._entries if selection.selects(entry)]

    def totals(self, selection: Selection) -> tuple[int, int, int]:
        """Add up the packets and octets of the entries that are meant, and how many these are."""
        entries = self.select(selection)
        return (
            sum(one.packet_count for one in entries if not one.flags & FlowModFlags.NO_PKT_COUNTS),
            sum(one.byte_count for one in entries if not one.flags & FlowModFlags.NO_BYT_COUNTS),
            len(entries),
        )

    def group_references(self) -> Counter[int]:
        """Return how many entries refer to each group."""
        return Counter(one for entry in self._entries for one in entry.groups())

    def meter_references(self) -> Counter[int]:
        """Return how many entries refer to each meter."""
        return Counter(one for entry in self._entries for one in entry.meters())

    def overlaps(self, match: Match, priority: int) -> bool:
        """Whether an entry of the same priority could match a packet that `match` matches."""
        return any(
            entry.priority == priority and overlap(entry.match, match) for entry in self._entries
        )

    def insert(self, entry: FlowEntry) -> None:
        """Add an entry in its place; it replaces the one with the same match and priority."""
        old = self.find(entry.match, entry.priority)
        self._by_identity[entry.priority, entry.match] = entry
        if old is None:
            insort_right(self._entries, entry, key=lambda one: -one.priority)
        else:
            self._entries[self._entries.index(old)] = entry

    def remove(self, entries: list[FlowEntry]) -> None:
        """Take entries out that are in the table."""
        gone = set(map(id, entries))
        for entry in entries:
            del self._by_identity[entry.priority, entry.match]
        self._entries = [entry for entry in self._entries if id(entry) not in gone]
