"""What `Swim` counts, besides what its core counts (`apps.swim.counters`)."""

from __future__ import annotations

COUNTED = {
    "datagrams_unsent": "datagrams that the system did not take: no route, or too many at once",
    "streams_not_opened": "streams of ours that were too many at a time",
    "events_lost": "events that a reader of `events()` was too slow for",
    "listeners_failed": "times that a function given to `listen()` has raised",
}
