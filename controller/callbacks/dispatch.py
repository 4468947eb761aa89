"""Which callbacks an event has, and the order in which they hear of it.

Callbacks are called with `(controller, dpid, event)`: those of the highest priority first, and of one priority in the
order of their registration. One that returns STOP keeps the event from those behind it. An async callback is started
in its turn and cannot stop what goes on without it.

The watchdog knows the functions that call them by their code, and finds in their local variables whose call it is
(`Dispatcher.CALLERS`). So nobody has to note anything before a call.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Awaitable, Callable, Iterable, Iterator
from enum import Enum
from typing import Any, Protocol

from controller.callbacks.checks import checked_callback
from controller.callbacks.event_type import AnyEvent
from controller.callbacks.events import checked_event
from controller.callbacks.guard import Guard, name_given
from controller.callbacks.matching import Index, only_for
from openflow import Match
from openflow.match import ANY_PACKET


class Disposition(Enum):
    """What shall become of an event behind a callback; None means CONTINUE."""

    CONTINUE = "continue"
    """The callbacks behind it have their turn."""
    STOP = "stop"
    """Nobody behind it hears of this event."""


CONTINUE = Disposition.CONTINUE
STOP = Disposition.STOP

Verdict = Disposition | int | Awaitable[None] | None
"""What a callback returns; an int is the xid of what it sent."""

Callback = Callable[[Any, int, Any], Verdict]
"""Called with the controller, the switch's datapath id and the event's object."""


class Registration:
    """A callback's place in the order of its event, as `register_cb` returns it; `unregister_cb` takes it.

    With a match it is called for packet-ins that this covers.
    """

    __slots__ = ("active", "callback", "event", "match", "name", "priority")

    def __init__(
        self, event: AnyEvent, callback: Callback, priority: int = 0, match: Match = ANY_PACKET
    ) -> None:
        if not isinstance(priority, int):
            raise TypeError(f"a priority is an int, not {priority!r}")
        self.event = checked_event(event)
        self.callback: Callback = only_for(match, checked_callback(callback))
        self.match = match
        self.priority = priority
        self.name = name_given(callback)
        self.active = True

    def __repr__(self) -> str:
        return f"<{self.name} on {self.event}>"


Order = tuple[Registration, ...]
Selection = Callable[[Any], Iterable[Registration]]
"""Takes an event's object to those of an order who may be called for it."""

INDEXED_FROM = 4
"""So many callbacks are looked up rather than asked one after another."""


class Source(Protocol):
    """Where events come from; None in `lost` while more may come."""

    lost: str | None


class _Alone:
    """Of an event that comes by itself: nothing can be lost behind it."""

    lost: str | None = None


_ALONE = _Alone()


class Dispatcher:
    """The callbacks of every event."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._registrations: dict[AnyEvent, Order] = {}
        self._indexes: dict[AnyEvent, tuple[Order, Selection | None]] = {}
        self._changes = 0

    def register(
        self, event: AnyEvent, callback: Callback, priority: int = 0, match: Match = ANY_PACKET
    ) -> Registration:
        """Add a callback behind those of its priority. It does not hear of an event that is on its way already."""
        registration = Registration(event, callback, priority, match)
        self._changes += 1
        order = list(self._registrations.get(registration.event, ()))
        insort(order, registration, key=lambda r: -r.priority)
        self._registrations[registration.event] = tuple(order)
        return registration

    def unregister(self, registration: Registration) -> None:
        """Remove a callback, at once: even from an event that is on its way. Twice is once."""
        if not isinstance(registration, Registration):
            raise TypeError(f"what register_cb returned is unregistered, not {registration!r}")
        registration.active = False
        self._changes += 1
        event = registration.event
        left = tuple(r for r in self._registrations.get(event, ()) if r is not registration)
        self._registrations[event] = left

    def heard(self, event: AnyEvent) -> bool:
        """Whether any callback waits for this event."""
        return bool(self._registrations.get(event))

    def dispatch(self, controller: Any, event: AnyEvent, dpid: int, value: Any) -> None:
        """Call the event's callbacks, in order. Never raises what they raise."""
        order = self._registrations.get(event)
        if order:
            self._call_in_order(controller, order, dpid, iter((value,)), _ALONE)

    def dispatch_each(
        self, controller: Any, event: AnyEvent, dpid: int, values: Iterable[Any], source: Source
    ) -> None:
        """Do what `dispatch` does for each of the values, in order, until their source is lost.

        This is the way that millions of packet-ins take: in its loops nothing is called but the callbacks.
        """
        values = iter(values)
        while source.lost is None:
            registrations = self._registrations.get(event, ())
            call = self._call_one if len(registrations) == 1 else self._call_in_order
            if call(controller, registrations, dpid, values, source):
                return

    def _call_one(
        self, controller: Any, order: Order, dpid: int, values: Iterator[Any], source: Source
    ) -> bool:
        """Call the only callback with one value after the other; False when something changes before the last."""
        (registration,) = order
        callback = registration.callback
        changes = self._changes
        for value in values:
            try:
                verdict = callback(controller, dpid, value)
            except Exception as error:  # noqa: BLE001 - whatever an app raises
                self._guard.failed(registration.name, error)
            else:
                if verdict is not None and not isinstance(verdict, Disposition):
                    self._guard.returned(registration.name, verdict)
            if self._changes != changes or source.lost is not None:
                return False
        return True

    def _call_in_order(
        self, controller: Any, order: Order, dpid: int, values: Iterator[Any], source: Source
    ) -> bool:
        """Call several callbacks with one value after the other; False when something changes before the last."""
        changes = self._changes
        index = self._index(order) if len(order) >= INDEXED_FROM else None
        for value in values:
            for registration in order if index is None else index(value):
                if not registration.active:
                    continue
                try:
                    verdict = registration.callback(controller, dpid, value)
                except Exception as error:  # noqa: BLE001 - whatever an app raises
                    self._guard.failed(registration.name, error)
                    continue
                if verdict is None or verdict is CONTINUE:
                    continue
                if verdict is STOP:
                    break
                self._guard.returned(registration.name, verdict)
            if self._changes != changes or source.lost is not None:
                return False
        return True

    def _index(self, order: Order) -> Selection | None:
        """What finds those who may be called, in their order, without asking each; None when nobody has a match."""
        event = order[0].event
        known, index = self._indexes.get(event, ((), None))
        if known is not order:
            places = Index([registration.match for registration in order])
            matched = any(registration.match for registration in order)
            index = (
                (lambda value: [order[at] for at in places.covering(value)]) if matched else None
            )
            self._indexes[event] = (order, index)
        return index

    CALLERS = (_call_one, _call_in_order)
    """Whose frames have a `registration` and the `value` that it is called with."""
