"""The last that apps hear of: SHUTDOWN, while switches are still connected.

Plain callbacks have done what they do when they return. Async ones go on beside each other, and all together have so
much time; who takes longer is named in the log, and cancelled with everything else when the controller closes. What
any of them posted has been raised by then.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from controller.callbacks.timers import Timers
from controller.shell import Shell


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The controller ends. What is sent now still arrives."""

    reason: str
    """Why, in words; DATAPATH_LEAVE will say the same of each switch."""
    timeout_s: float
    """How long async callbacks may take, all together."""


class Farewell:
    """What is waited for at the end, until the time is over."""

    def __init__(self, shell: Shell, timers: Timers, timeout_s: float) -> None:
        self._shell = shell
        self._timers = timers
        self._deadline = timers.now() + timeout_s
        self._expected: dict[object, str] = {}
        self._over = shell.waiter()

    def expect(self, name: str) -> Callable[..., None]:
        """Wait for something; it has come when what this returns is called."""
        one = object()
        self._expected[one] = name

        def came(*_: object) -> None:
            self._expected.pop(one, None)
            self._end_soon()

        return came

    def start(self, name: str, call: Coroutine[Any, Any, None]) -> None:
        """Have a call go on, and wait for its end."""
        self._shell.spawn(_run(call, self.expect(name)))

    async def wait(self) -> list[str]:
        """Wait until all has come, and all that is due by then has been called; return what has not when time is up."""
        self._over = self._shell.waiter()
        limit = self._timers.at(self._deadline, self._end)
        self._end_soon()
        try:
            await self._over
        finally:
            limit.cancel()
        late, self._expected = list(self._expected.values()), {}
        return late

    def _end_soon(self) -> None:
        if not self._expected and not self._over.done():
            self._timers.after(0, self._end)

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)


async def _run(call: Coroutine[Any, Any, None], ended: Callable[[], None]) -> None:
    try:
        await call
    finally:
        ended()
