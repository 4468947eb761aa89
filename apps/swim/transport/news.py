"""What a member has to tell, to functions that are called at once and to readers who take their time."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable

from apps.swim.effects import Effect
from apps.swim.transport.feed import Feed

log = logging.getLogger("apps.swim")

Listener = Callable[[Effect], None]


class News:
    """Of one member; `counters` gives those of its core, once it has one."""

    def __init__(self, counters: Callable[[], Counter[str]]) -> None:
        self._counters = counters
        self._listeners: dict[object, Listener] = {}
        self._feeds: set[Feed] = set()
        self._untold: deque[Effect] = deque()
        self._telling = False

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Have a function called; what is returned stops it."""
        token = object()
        self._listeners[token] = callback

        def stop() -> None:
            self._listeners.pop(token, None)

        return stop

    def feed(self, *, open_: bool) -> Feed:
        """Have a reader's feed filled from now on; one that is not open ends at once."""
        feed = Feed(self._counters(), self._feeds.discard)
        if open_:
            self._feeds.add(feed)
        else:
            feed.end()
        return feed

    def end(self) -> None:
        """There will be no more: readers are told so."""
        for feed in self._feeds:
            feed.end()
        self._feeds.clear()

    def tell(self, effect: Effect) -> None:
        """Tell it; what a listener brings about is told after what it has heard."""
        self._untold.append(effect)
        while self._untold and not self._telling:
            self._telling = True
            try:
                self._tell(self._untold.popleft())
            finally:
                self._telling = False

    def _tell(self, effect: Effect) -> None:
        for callback in list(self._listeners.values()):
            try:
                callback(effect)
            except Exception:
                self._counters()["listeners_failed"] += 1
                log.exception("a listener has failed")
        for feed in list(self._feeds):
            feed.put(effect)
