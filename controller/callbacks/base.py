"""What apps give a controller to call, and by what name they find each other.

This is the half of `controller.Controller` that knows nothing of switches: callbacks for events, timers, events of the
apps' own, components. All of it is bounded: an app that goes on asking is told by an exception or a count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from reprlib import repr as shortly
from typing import Any, Self, TypeVar, TypeVarTuple, overload

from controller.callbacks.checks import Flood, checked_function, checked_seconds
from controller.callbacks.components import Components
from controller.callbacks.dispatch import Dispatcher, Registration, Verdict
from controller.callbacks.event_type import AnyEvent, EventType
from controller.callbacks.events import Event, checked_event
from controller.callbacks.guard import Guard, name_given
from controller.callbacks.posted import Posted
from controller.callbacks.timers import Timer, Timers
from controller.counters import Counters
from controller.shell import Shell
from openflow import Match, PacketIn

MAX_TIMERS = 1 << 18
"""Timers of apps that may be pending."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Callbacks:
    """Callbacks, timers, posted events and components of one controller."""

    def __init__(self, shell: Shell) -> None:
        self.counters = Counters()
        """What went wrong or was dropped, by the names in `controller.counters.COUNTED`."""
        self.components = Components()
        """What has been started (`components`)."""
        self._shell = shell
        self._guard = Guard(shell, self.counters)
        self._dispatcher = Dispatcher(self._guard)
        self._timers = Timers(shell.now, self._call, shell.wake_at)
        self._raise = partial(self._dispatcher.dispatch, self)
        self._posted = Posted(self._timers, self.counters, self._raise)

    # --- callbacks -----------------------------------------------------------------------------------

    def register_cb(
        self,
        event: EventType[T] | str,
        callback: Callable[[Self, int, T], Verdict],
        *,
        priority: int = 0,
    ) -> Registration:
        """Call `callback(controller, dpid, event)` whenever this happens; `unregister_cb` takes what this returns.

        `event` is one of `Event`, which knows what it shows the callback (`Event.PACKET_IN` a PacketIn), or a name of
        the apps' own. Callbacks of a higher priority are called first, those of the same in the order of their
        registration. A plain callback returns None or CONTINUE, or STOP to keep the event from those behind it, or
        what `send` returned; an async one goes on beside everything else and cannot stop it.

        Raises TypeError for a callback that takes other arguments, ValueError for the name of an `Event` that is
        written otherwise.
        """
        return self._dispatcher.register(event, callback, priority)

    def register_packet_cb(
        self,
        match: Match | Mapping[str, Any],
        callback: Callable[[Self, int, PacketIn], Verdict],
        *,
        priority: int = 0,
    ) -> Registration:
        """Call `callback(controller, dpid, packet_in)` for the packet-ins that a match covers.

        They are told apart by their frames' headers, on every version of OpenFlow alike; what a frame does not have,
        or is cut off in the packet-in, is not covered. The callback stands in one order with those that
        `register_cb` registered for PACKET_IN. A dict has the names of fields, and values as `Match` takes them.

        Raises ValueError for a field that packet-ins do not have, TypeError as `register_cb` does.
        """
        if not isinstance(match, Mapping):
            raise TypeError(f"match is a Match or a dict of fields, not {shortly(match)}")
        covered = match if isinstance(match, Match) else Match(match)
        return self._dispatcher.register(Event.PACKET_IN, callback, priority, covered)

    def unregister_cb(self, registration: Registration) -> None:
        """Do not call this callback any more, not even for an event that is on its way."""
        self._dispatcher.unregister(registration)

    # --- later ---------------------------------------------------------------------------------------

    def post_callback(self, delay_s: float, fn: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call `fn(*args)`, plain or async, once in so many seconds; `cancel()` what this returns to prevent it.

        What `fn` returns is of no use; 0 seconds are as soon as what runs now is done. Raises Flood when too many
        timers are pending, TypeError or ValueError for what is no number of seconds or no function.
        """
        if len(self._timers) >= MAX_TIMERS:
            self.counters.add("timer_refused")
            raise Flood(f"{len(self._timers)} timers are pending already")
        checked_seconds("delay_s", delay_s)
        checked_function("fn", fn)
        return self._timers.after(delay_s, self._guard.call, name_given(fn), fn, *args)

    async def sleep(self, delay_s: float) -> None:
        """Wait for so many seconds, in an async callback: on the clock that timers go by, without asyncio."""
        waiter = self._shell.waiter()
        timer = self.post_callback(delay_s, waiter.set_result, None)
        try:
            await waiter
        finally:
            timer.cancel()

    def post_event(self, event: AnyEvent, value: Any = None, *, dpid: int = 0) -> bool:
        """Raise an event of the apps' own: its callbacks are called with `(controller, dpid, value)`.

        That happens after the callback that runs now, in the order of posting. True, or False when too many events
        wait; then this one is dropped and counted.
        """
        return self._posted.post(checked_event(event), dpid, value)

    def now(self) -> float:
        """Seconds on a clock that only goes forward: the one that timers go by."""
        return self._shell.now()

    # --- components ----------------------------------------------------------------------------------

    @overload
    def component(self, which: type[T], /) -> T: ...
    @overload
    def component(self, which: str, /) -> Any: ...
    def component(self, which: str | type[Any], /) -> Any:
        """A component that has been started, by its name or its class. Raises NoComponent when there is none."""
        return self.components.find(which)

    def _call(self, fn: Callable[..., Any], *args: Any) -> None:
        fn(*args)
