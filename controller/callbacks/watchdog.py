"""Names the callback that holds up the controller, while it still does.

A thread of the shell looks now and then at what the controller's thread executes. When that is the same call of the
same callback for too long, it is reported with where it is, and counted. Calls are told from each other by frames:
a function's frame object stands for one call of it. So those who call note nothing, and a call costs nothing more.

The frames of those who call (`CALLERS`) show in their local variables whose call it is: the `registration` or the
`name`, and the `value` that is handed over. A function without frames, written in C, is told by that.
"""

from __future__ import annotations

import logging
from collections import Counter
from types import CodeType, FrameType
from typing import Any, NamedTuple

from controller.callbacks.dispatch import Dispatcher
from controller.callbacks.guard import Guard
from controller.callbacks.traces import stack_of
from controller.counters import Counters, worth_logging

CALLERS = {
    *(function.__code__ for function in Dispatcher.CALLERS),
    Guard.call.__code__,
    Guard.finish.__code__,
}
"""The functions that call callbacks."""

LOOKS = 5
"""How often it is looked within the time that a call may take."""
AGAIN = 10
"""A call is reported again when it has taken so many times as long."""

log = logging.getLogger(__name__)


class Call(NamedTuple):
    """A call that is being executed: who calls, on whose behalf, and the callback's frame if it has one."""

    caller: FrameType
    behalf: FrameType | None
    callee: FrameType | None

    @property
    def name(self) -> str:
        """The callback's name."""
        if self.caller.f_code not in CALLERS and self.callee is not None:
            return f"{self.callee.f_globals.get('__name__')}.{self.callee.f_code.co_qualname}"
        found = self.caller.f_locals
        registration = found.get("registration")
        return str(found.get("name") if registration is None else registration.name)

    def subject(self) -> Any:
        """What tells this call from the next by the same caller."""
        return self.caller.f_locals.get("value") if self.callee is None else self.callee

    def stack(self, frame: FrameType | None) -> str:
        """Where the callback is, when the thread executes this frame."""
        inside: list[tuple[FrameType, int]] = []
        while frame is not None and frame is not self.caller:
            inside.insert(0, (frame, frame.f_lineno))
            frame = frame.f_back
        return stack_of(inside) or "  in native code"


class Watchdog:
    """Reports calls that take longer than `limit_s`; give it a look every `period_s`.

    `step` is the code of what the event loop runs each thing with, to find apps' tasks that it has not heard of.
    """

    def __init__(self, counters: Counters, limit_s: float, step: CodeType | None = None) -> None:
        self.period_s = limit_s / LOOKS
        self._step = step
        self._limit_s = limit_s
        self._counters = counters
        self._blocked: Counter[str] = Counter()
        self._call: Call | None = None
        self._subject: Any = None
        self._since = 0.0
        self._report_at = 0.0
        self._name = ""
        self._looked: tuple[float, float] | None = None

    def look(self, frame: FrameType | None, now: float, worked: float) -> None:
        """Take what the thread executes now; `worked` is how long the process has used a processor so far."""
        call = call_of(frame, self._step)
        subject = call.subject() if call is not None else None
        if call != self._call or subject is not self._subject:
            self._returned(now)
            self._call, self._subject = call, subject
            self._since = self._begin(now, worked)
            self._report_at = self._since + self._limit_s
        if call is not None and now >= self._report_at:
            self._report(call, frame, now - self._since)
        self._looked = now, worked

    def _begin(self, now: float, worked: float) -> float:
        """When a call that is seen for the first time began, at the latest.

        This thread could not look while that one was in native code and kept the interpreter to itself.
        """
        looked, worked_then = self._looked or (now, worked)
        kept = now - looked > self._limit_s and worked - worked_then > (now - looked) / 4
        return looked if kept else now

    def _report(self, call: Call, frame: FrameType | None, seconds: float) -> None:
        self._report_at = self._since + seconds * AGAIN
        if not self._name:
            self._name = call.name
            self._blocked[self._name] += 1
            self._counters.add("callback_blocked")
        if worth_logging(self._blocked[self._name]):
            text = "callback %s has been running for %.2f s, and all switches wait; it is at\n%s"
            log.warning(text, self._name, seconds, call.stack(frame))

    def _returned(self, now: float) -> None:
        if self._name and worth_logging(self._blocked[self._name]):
            log.warning("callback %s returned after %.2f s", self._name, now - self._since)
        self._name = ""


def call_of(frame: FrameType | None, step: CodeType | None = None) -> Call | None:
    """The call of a callback that the thread with this innermost frame executes, or the task that is none of ours."""
    call, callee, foreign = None, None, None
    while frame is not None:
        if frame.f_code in CALLERS:
            call = Call(frame, frame.f_back, callee)
        elif frame.f_code is step and call is None and foreign is not None:
            call = Call(frame, frame.f_back, foreign)
        if not _is_ours(frame):
            foreign = frame
        callee, frame = frame, frame.f_back
    return call


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__package__")).partition(".")[0] == "controller"
