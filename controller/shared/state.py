"""State that several controllers share: maps in which the last writer wins.

Each controller has all of it, so that reading costs what it costs with a dict, and nobody waits for anybody. A write is
stamped with a logical clock (Lamport's: it is later than all that its writer knows of) and with the writer's name; of
two writes of a key the later one stays, and where clocks are equal, the one of the greater name. So whatever comes, in
whatever order and however often, all who have heard the same have the same. What is removed leaves its stamp behind, or
an older write could bring it back; of these so many are kept, and the oldest are given up.

`Shared` is all maps of one controller. It knows nothing of how controllers talk: whoever does (`apps.replicas`) takes
from it what is new (`take`) or everything (`state`), and gives it what others said (`merge`). Before `open` there is
nobody to talk to: then the maps are plain ones, and no account is kept of who wrote what.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from typing import Any

from controller.counters import Counters
from controller.shared.map import Change, Listener, SharedMap
from controller.shared.telling import AT_ONCE, Telling
from controller.shared.words import (
    CLOCK_MOST,
    NAME_MOST,
    REMOVED,
    Entry,
    Stamp,
    checked,
    pack,
    read,
)

MAX_MAPS = 8192
MAX_ENTRIES = 1 << 18
"""Of all maps together."""
MAX_REMOVED = 1 << 16
"""Removals that are remembered."""

Call = Callable[[Listener, Change], None]

log = logging.getLogger(__name__)


class Shared(Telling):
    """All maps of a controller. `call` calls those who listen."""

    def __init__(self, counters: Counters, call: Call) -> None:
        super().__init__(counters)
        self.writer: str | None = None
        """Our name, once there is somebody to talk to."""
        self._call = call
        self._entries = 0

    def map(self, name: str) -> SharedMap:
        """The map of this name, empty when nobody has written to it. Raises ValueError for a name that is none."""
        found = self.maps.get(name)
        if found is None:
            if not 0 < len(name.encode()) <= NAME_MOST:
                raise ValueError(f"the name of a shared map has 1 to {NAME_MOST} bytes: {name!r}")
            if len(self.maps) >= MAX_MAPS:
                raise ValueError(f"there are {MAX_MAPS} shared maps already")
            found = self.maps[name] = SharedMap(name, self.write)
        return found

    def open(self, writer: str) -> None:
        """From now on there are others. What is here already counts as written now."""
        if not 0 < len(writer.encode()) <= NAME_MOST:
            raise ValueError(f"a name has 1 to {NAME_MOST} bytes: {writer!r}")
        self.writer = writer
        for shared in self.maps.values():
            for key in shared:
                self._remember(shared, key, self._tick(), shared[key], tell=True)

    def seen(self, clock: int) -> None:
        """Somebody's clock has come so far."""
        self.clock = max(self.clock, min(clock, CLOCK_MOST))

    # --- ours ----------------------------------------------------------------------------------------

    def write(self, shared: SharedMap, key: Any, value: Any) -> None:
        """Write an entry, or remove it."""
        if value is not REMOVED:
            value = checked(key, value)
            if key not in shared and self._full():
                return
        if self.writer is not None:
            self._remember(shared, key, self._tick(), value, tell=True)
        self._keep(shared, key, value, local=True)

    def _tick(self) -> Stamp:
        self.clock += 1
        return self.clock, self.writer or ""

    def _full(self) -> bool:
        if self._entries < MAX_ENTRIES:
            return False
        if self._counters.add("shared_refused"):
            log.warning("%d entries are shared: another is refused", self._entries)
        return True

    def _remember(
        self, shared: SharedMap, key: Hashable, stamp: Stamp, value: Any, *, tell: bool
    ) -> None:
        """Note when an entry was written."""
        place = shared.name, key
        self._removed.pop(place, None)
        if value is not REMOVED:
            shared.stamps[key] = stamp
        else:
            shared.stamps.pop(key, None)
            self._removed[place] = stamp
            if len(self._removed) > MAX_REMOVED:
                del self._removed[next(iter(self._removed))]
                self._counters.add("shared_forgotten")
        if tell:
            self._tell(place)

    def _keep(self, shared: SharedMap, key: Hashable, value: Any, *, local: bool) -> None:
        old = shared.get(key)
        before = len(shared)
        shared.keep(key, value)
        self._entries += len(shared) - before
        if shared.listeners:
            change = Change(key, None if value is REMOVED else value, old, local)
            for listener in shared.listeners:
                self._call(listener, change)

    # --- the others' ---------------------------------------------------------------------------------

    def merge(self, data: bytes, *, tell: bool = True) -> int:
        """Take what another controller said; return how many entries changed. Nonsense is counted, and ends it.

        What changed is news to `tell` others, too, unless they have been told.
        """
        return sum(self.merging(data, tell=tell))

    def merging(self, data: bytes, *, tell: bool = True) -> Iterator[int]:
        """Do what `merge` does, some entries at a time, for what is large: there may be a pause at each step."""
        try:
            clock, entries = read(data)
            self.seen(clock)
            while some := list(islice(entries, AT_ONCE)):
                yield sum([self._merge(entry, tell=tell) for entry in some])
        except (ValueError, TypeError) as error:
            if self._counters.add("shared_malformed"):
                log.warning("what another controller shares cannot be read: %s", error)

    def _merge(self, entry: Entry, *, tell: bool) -> bool:
        self.seen(entry.clock)
        shared = self.maps.get(entry.map)
        if shared is None and len(self.maps) >= MAX_MAPS:
            self._counters.add("shared_refused")
            return False
        shared = shared if shared is not None else self.map(entry.map)
        key, stamp = entry.key, (entry.clock, entry.writer)
        known = shared.stamps.get(key) or self._removed.get((entry.map, key))
        if known is not None and (stamp < known or (stamp == known and not self._beats(entry))):
            return False
        if entry.value is not REMOVED and key not in shared and self._full():
            return False
        self._remember(shared, key, stamp, entry.value, tell=tell)
        self._keep(shared, key, entry.value, local=False)
        return True

    def _beats(self, entry: Entry) -> bool:
        """Whether of two entries with one stamp, which only somebody can write who forgot his clock, this one stays."""
        ours = self.maps[entry.map].get(entry.key, REMOVED)
        if ours is entry.value or ours == entry.value:
            return False
        return _rank(entry.value) > _rank(ours)


def _rank(value: Any) -> bytes:
    return b"" if value is REMOVED else pack(value)
