"""Where Prometheus reads the figures of a running agent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from apps.swim import report
from apps.swim.metrics import RoundTrips, collected
from apps.swim.settings import SettingsError
from apps.swim.transport.swim import Swim
from console.failure import reason_of
from console.scraping import Scraping

log = logging.getLogger("apps.swim")


@asynccontextmanager
async def metrics_at(
    place: tuple[str, int] | None, swim: Swim, info: Callable[[], report.Values]
) -> AsyncIterator[None]:
    """Answer at a host and a port, if they are given, until the context is left. Raises SettingsError."""
    if place is None:
        yield
        return
    round_trips = RoundTrips()
    stop = swim.listen(round_trips.hear)
    scraping = Scraping(lambda: collected(info(), round_trips))
    try:
        try:
            log.info("metrics at %s", await scraping.listen(*place))
        except OSError as error:
            raise SettingsError(f"--metrics {place[0]}:{place[1]}: {reason_of(error)}") from None
        yield
    finally:
        stop()
        await scraping.close()
