"""What the others are told of shared maps: what is new, a piece at a time, or everything.

This is the half of `controller.shared.state.Shared` that only reads the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from controller.counters import Counters
from controller.shared.map import SharedMap
from controller.shared.words import REMOVED, Stamp, assemble, head_size, pack_entry

AT_ONCE = 1000
"""Entries that are packed or merged without a pause: some milliseconds."""
MAX_NEWS = 1 << 16
"""Entries that wait to be told to the others one by one; more of them wait for a whole `state`."""

Place = tuple[str, Hashable]
"""A map's name and a key."""


class Telling:
    """All maps of a controller, as they are told."""

    def __init__(self, counters: Counters) -> None:
        self.maps: dict[str, SharedMap] = {}
        self.clock = 0
        """Later than all that is known here."""
        self.on_news: Callable[[], None] | None = None
        """Called when there is something to take, and was nothing."""
        self._counters = counters
        self._removed: dict[Place, Stamp] = {}
        self._news: dict[Place, None] = {}

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

    def _pack(self, maps: dict[str, list[bytes]], places: list[Place]) -> Iterator[bytes]:
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

    def _tell(self, place: Place) -> None:
        """It is news."""
        if len(self._news) < MAX_NEWS:
            self._news[place] = None
            if len(self._news) == 1 and self.on_news is not None:
                self.on_news()
        else:
            self._counters.add("shared_untold")
