"""Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

log = logging.getLogger(__name__)


@contextmanager
def stopped_by_signals(again: Callable[[], None] | None = None) -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set. A second Ctrl-C interrupts whatever runs, a callback's endless loop too,
    and calls `again` before.

    Signals come to the main thread only; in any other the event is never set.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        signals = ()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, interrupt)
        log.info("stopped by %s", signal.Signals(number).name)
        loop.call_soon_threadsafe(stopped.set)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if again is not None:
            again()
        signal.default_int_handler(number, frame)

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
