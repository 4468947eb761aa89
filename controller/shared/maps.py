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
from typing import Any, NamedTuple, Self

from controller.counters import Counters
from controller.shared.words import (
    CLOCK_MOST,
    NAME_MOST,
    REMOVED,
    Entry,
    assemble,
    checked,
    head_size,
    pack,
    pack_entry,
    read,
)

MAX_MAPS = 8192
MAX_ENTRIES = 1 << 18
"""Of all maps together."""
MAX_REMOVED = 1 << 16
"""Removals that are remembered."""
AT_ONCE = 1000
"""Entries that are packed or merged without a pause: some milliseconds."""
MAX_NEWS = 1 << 16
"""Entries that wait to be told to the others one by one; more of them wait for a whole `state`."""

Stamp = tuple[int, str]
"""When, and by whom."""

log = logging.getLogger(__name__)


class Change(NamedTuple):
    """What became of an entry; `value` and `old` are None where there is, or was, none."""

    key: Any
    value: Any
    old: Any
    local: bool
    """Whether this controller did it, and not another."""


Listener = Callable[[Change], object]
Call = Callable[[Listener, Change], None]
_MISSING: Any = object()


class SharedMap(dict[Any, Any]):
    """A dict whose changes the other controllers get. Keys and values are what msgpack can say, lists become tuples.

    Change an entry by writing it: what is changed within a value is known to nobody. A map that is full takes no new
    key; that is counted. Writing raises TypeError for what cannot be told, ValueError for more than a datagram holds.
    """

    __slots__ = ("_shared", "listeners", "name", "stamps")

    def __init__(self, shared: Shared, name: str) -> None:
        super().__init__()
        self._shared = shared
        self.name = name
        self.stamps: dict[Hashable, Stamp] = {}
        self.listeners: tuple[Listener, ...] = ()

    def on_change(self, fn: Listener) -> Callable[[], None]:
        """Call `fn` with a `Change` for each entry that changes, here or elsewhere. Returns what ends it."""
        self.listeners = (*self.listeners, fn)

        def stop() -> None:
            self.listeners = tuple(one for one in self.listeners if one is not fn)

        return stop

    def __setitem__(self, key: Any, value: Any) -> None:
        self._shared.write(self, key, value)

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._shared.write(self, key, REMOVED)

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Remove an entry and return its value; without a default, KeyError when there is none."""
        value = self.get(key, default)
        if value is _MISSING:
            raise KeyError(key)
        if key in self:
            del self[key]
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove the entry that was added last."""
        key = next(reversed(self), _MISSING)
        if key is _MISSING:
            raise KeyError(f"{self.name} is empty")
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all."""
        for key in list(self):
            del self[key]

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value of a key, which is written when there is none."""
        if key not in self:
            self[key] = default
        return self.get(key, default)

    def update(self, *others: Any, **more: Any) -> None:
        """Write all of these."""
        for key, value in dict(*others, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self

    def keep(self, key: Any, value: Any) -> None:
        """Have an entry, or have it no more, without telling anybody."""
        if value is REMOVED:
            super().pop(key, None)
        else:
            super().__setitem__(key, value)

    def __repr__(self) -> str:
        return f"<shared {self.name}: {dict(self)!r}>"


class Shared:
    """All maps of a controller. `call` calls those who listen."""

    def __init__(self, counters: Counters, call: Call) -> None:
        self.maps: dict[str, SharedMap] = {}
        self.clock = 0
        """Later than all that is known here."""
        self.writer: str | None = None
        """Our name, once there is somebody to talk to."""
        self.on_news: Callable[[], None] | None = None
        """Called when there is something to take, and was nothing."""
        self._counters = counters
        self._call = call
        self._entries = 0
        self._removed: dict[tuple[str, Hashable], Stamp] = {}
        self._news: dict[tuple[str, Hashable], None] = {}

    def map(self, name: str) -> SharedMap:
        """The map of this name, empty when nobody has written to it. Raises ValueError for a name that is none."""
        found = self.maps.get(name)
        if found is None:
            if not 0 < len(name) <= NAME_MOST:
                text = f"the name of a shared map has 1 to {NAME_MOST} characters, not {len(name)}"
                raise ValueError(text)
            if len(self.maps) >= MAX_MAPS:
                raise ValueError(f"there are {MAX_MAPS} shared maps already")
            found = self.maps[name] = SharedMap(self, name)
        return found

    def open(self, writer: str) -> None:
        """From now on there are others. What is here already counts as written now."""
        if not 0 < len(writer) <= NAME_MOST:
            raise ValueError(f"a name has 1 to {NAME_MOST} characters, not {writer!r}")
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

    def _tell(self, place: tuple[str, Hashable]) -> None:
        if len(self._news) < MAX_NEWS:
            self._news[place] = None
            if len(self._news) == 1 and self.on_news is not None:
                self.on_news()
        else:
            self._counters.add("shared_untold")

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

    # --- what the others are told --------------------------------------------------------------------

    @property
    def news(self) -> int:
        """How many entries wait to be taken."""
        return len(self._news)

    def take(self, room: int) -> bytes:
        """What is new, as much of it as fits so many bytes; empty when there is nothing.

        It is not new then. A room of 2 * ENTRY_MOST always fits something.
        """
        maps: dict[str, list[bytes]] = {}
        left = room - 16
        for place in list(self._news):
            packed = self._packed(*place)
            size = len(packed) + (0 if place[0] in maps else head_size(place[0]))
            if size > left:
                break
            del self._news[place]
            if packed:
                left -= size
                maps.setdefault(place[0], []).append(packed)
        return assemble(self.clock, maps) if maps else b""

    def state(self) -> bytes:
        """Everything."""
        *_, whole = self.packing()
        return whole

    def packing(self) -> Iterator[bytes]:
        """Do what `state` does, some entries at a time; what comes last is everything.

        An entry that changes meanwhile is in it as it was, or as it is.
        """
        maps: dict[str, list[bytes]] = {}
        for name, shared in list(self.maps.items()):
            yield from self._pack(maps, [(name, key) for key in shared.stamps])
        yield from self._pack(maps, list(self._removed))
        yield assemble(self.clock, maps)

    def _pack(
        self, maps: dict[str, list[bytes]], places: list[tuple[str, Hashable]]
    ) -> Iterator[bytes]:
        for at in range(0, len(places), AT_ONCE):
            for place in places[at : at + AT_ONCE]:
                if packed := self._packed(*place):
                    maps.setdefault(place[0], []).append(packed)
            yield b""

    def _packed(self, name: str, key: Hashable) -> bytes:
        shared = self.maps[name]
        stamp = shared.stamps.get(key)
        if stamp is not None:
            return pack_entry(key, *stamp, shared[key])
        stamp = self._removed.get((name, key))
        return pack_entry(key, *stamp, REMOVED) if stamp is not None else b""


def _rank(value: Any) -> bytes:
    return b"" if value is REMOVED else pack(value)
