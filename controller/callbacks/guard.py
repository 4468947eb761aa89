"""Calls what apps gave us, so that their mistakes stay theirs.

A callback that raises is logged with its name and counted; the switch keeps its connection and the other callbacks get
their turn. A call that returns a coroutine goes on beside everything else, and no callback has more than `MAX_RUNNING`
unfinished calls.
"""

from __future__ import annotations

import logging
import reprlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import isawaitable
from typing import Any

from controller.callbacks.instead import instead_of
from controller.callbacks.traces import is_ours, place_of, place_of_caller, summary, trace_of
from controller.counters import Counters, worth_logging
from controller.shell import Shell

MAX_RUNNING = 1000
"""Unfinished calls that one async callback may have."""

MAX_KINDS = 1000
"""Kinds of failures that are told apart."""

Start = Callable[[str, Coroutine[Any, Any, None]], None]
"""Takes a callback's name and what it goes on with, which it runs to its end."""

log = logging.getLogger(__name__)


class Guard:
    """Makes calls, and keeps account of those that fail."""

    def __init__(self, shell: Shell, counters: Counters) -> None:
        self._start: Start = lambda name, call: shell.spawn(call)
        self._counters = counters
        self._failures: Counter[tuple[str, ...]] = Counter()
        self._running: Counter[str] = Counter()

    def call(self, name: str, fn: Callable[..., Any], *args: Any) -> None:
        """Call a function, plain or async. What a plain one returns is of no use."""
        try:
            result = fn(*args)
        except Exception as error:  # noqa: BLE001 - whatever an app raises
            self.failed(name, error)
            return
        if result is not None and isawaitable(result):
            self._go_on(name, result)

    def returned(self, name: str, result: Any) -> None:
        """Take what an event's callback returned that was neither None nor a verdict.

        That is something to await; an xid, when the last thing that it does is to send; or a mistake.
        """
        if isawaitable(result):
            self._go_on(name, result)
        elif type(result) is not int:
            text = f"returned {reprlib.repr(result)}; a callback returns None, CONTINUE or STOP"
            self.failed(name, TypeError(text))

    def _go_on(self, name: str, result: Awaitable[Any]) -> None:
        if self._running[name] < MAX_RUNNING:
            self._running[name] += 1
            self._start(name, self.finish(name, result))
        else:
            _discard(result)
            if self._counters.add("async_dropped"):
                log.warning(
                    "callback %s has %d unfinished calls: it misses an event", name, MAX_RUNNING
                )

    @property
    def busy(self) -> bool:
        """Whether any async call has not ended."""
        return any(self._running.values())

    def failed(self, name: str, error: Exception) -> None:
        """Log and count an exception; of one kind, from one line, only some are logged."""
        self._counters.add("callback_failed")
        kind: tuple[str, ...] = (name, type(error).__name__, place_of(error))
        if kind not in self._failures and len(self._failures) >= MAX_KINDS:
            kind = ("others",)
        self._failures[kind] += 1
        if worth_logging(self._failures[kind]):
            text = "callback %s failed (%d so far): %s"
            hint = instead_of(error)
            lines = [summary(error), trace_of(error), f"Hint: {hint}" if hint else ""]
            log.error(text, name, self._failures[kind], "\n".join(filter(None, lines)))

    @contextmanager
    def started_by(self, start: Start) -> Iterator[None]:
        """Have async calls that are made inside started by somebody else."""
        usual, self._start = self._start, start
        try:
            yield
        finally:
            self._start = usual

    async def finish(self, name: str, awaitable: Awaitable[Any]) -> None:
        """Wait for what an async callback does."""
        try:
            await awaitable
        except Exception as error:  # noqa: BLE001 - whatever an app raises
            self.failed(name, error)
        finally:
            self._running[name] -= 1


def callback_name(fn: Callable[..., Any]) -> str:
    """What a callback is called in the log: module and qualified name."""
    fn = _unwrapped(fn)
    name = getattr(fn, "__qualname__", None) or type(fn).__qualname__
    module = getattr(fn, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def name_given(fn: Callable[..., Any]) -> str:
    """The name of a callback that is given now; with the line that gives it if the name leads nowhere."""
    name = callback_name(fn)
    code = getattr(_unwrapped(fn), "__code__", None)
    place = place_of_caller() if is_ours(code) or name.endswith("<lambda>") else ""
    return f"{name} (given at {place})" if place else name


def _unwrapped(fn: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(fn, partial):
        fn = fn.func
    return fn


def _discard(awaitable: Awaitable[Any]) -> None:
    if isinstance(awaitable, Coroutine):
        awaitable.close()
