"""The last that apps hear of: SHUTDOWN, while switches are still connected.

Plain callbacks have done what they do when they return. Async ones go on beside each other, and all together have so
much time; who takes longer is named in the log, and cancelled with everything else when the controller closes. What
any of them posted has been raised by then.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from controller.callbacks.timers import Timers
from controller.shell import Shell

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The controller ends. What is sent now still goes out."""

    reason: str
    """Why, in words; DATAPATH_LEAVE will say the same of each switch."""
    timeout_s: float
    """How long async callbacks may take, all together."""


class Farewell:
    """The calls of async callbacks that are still under way."""

    def __init__(self, shell: Shell, timers: Timers) -> None:
        self._shell = shell
        self._timers = timers
        self._running: Counter[str] = Counter()
        self._over = shell.waiter()

    def start(self, name: str, call: Coroutine[Any, Any, None]) -> None:
        """Have a call go on, and wait for it in `finish`."""
        self._running[name] += 1
        self._shell.spawn(self._run(name, call))

    async def finish(self, timeout_s: float) -> None:
        """Wait until all have ended and what they posted has been raised, for so long at most."""
        limit = self._timers.after(timeout_s, self._end)
        self._end_soon()
        try:
            await self._over
        finally:
            limit.cancel()
        for name in +self._running:
            text = "callback %s has not ended %g s after SHUTDOWN, and is cancelled"
            log.warning(text, name, timeout_s)

    async def _run(self, name: str, call: Coroutine[Any, Any, None]) -> None:
        try:
            await call
        finally:
            self._running[name] -= 1
            self._end_soon()

    def _end_soon(self) -> None:
        """It is over behind all that is due by now, unless calls are under way."""
        if not self._running.total() and not self._over.done():
            self._timers.after(0, self._end)

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
