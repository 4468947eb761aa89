"""A map that several controllers share, as apps hold it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Self

from controller.shared.words import REMOVED, Stamp


class Change(NamedTuple):
    """What became of an entry; `value` and `old` are None where there is, or was, none."""

    key: Any
    value: Any
    old: Any
    local: bool
    """Whether this controller did it, and not another."""


Listener = Callable[[Change], object]
Write = Callable[["SharedMap", Any, Any], None]
"""Takes a map, a key, and its new value or REMOVED."""
_MISSING: Any = object()


class SharedMap(dict[Any, Any]):
    """A dict whose changes the other controllers get. Keys and values are what msgpack can say, lists become tuples.

    Change an entry by writing it: what is changed within a value is known to nobody. A map that is full takes no new
    key; that is counted. Writing raises TypeError for what cannot be told, ValueError for more than a datagram holds.
    """

    __slots__ = ("_write", "listeners", "name", "stamps")

    def __init__(self, name: str, write: Write) -> None:
        super().__init__()
        self._write = write
        self.name = name
        self.stamps: dict[Hashable, Stamp] = {}
        self.listeners: tuple[Listener, ...] = ()

    def on_change(self, fn: Listener) -> Callable[[], None]:
        """Call `fn` with a `Change` for each entry that changes, here or elsewhere. Returns what ends it."""
        self.listeners = (*self.listeners, fn)

        def stop() -> None:
            self.listeners = tuple(one for one in self.listeners if one is not fn)

        return stop

    def __setitem__(self, key: Any, value: Any) -> None:
        self._write(self, key, value)

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._write(self, key, REMOVED)

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Remove an entry and return its value; without a default, KeyError when there is none."""
        value = self.get(key, default)
        if value is _MISSING:
            raise KeyError(key)
        if key in self:
            del self[key]
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove the entry that was added last."""
        key = next(reversed(self), _MISSING)
        if key is _MISSING:
            raise KeyError(f"{self.name} is empty")
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all."""
        for key in list(self):
            del self[key]

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value of a key, which is written when there is none."""
        if key not in self:
            self[key] = default
        return self.get(key, default)

    def update(self, *others: Any, **more: Any) -> None:
        """Write all of these."""
        for key, value in dict(*others, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self

    def keep(self, key: Any, value: Any) -> None:
        """Have an entry, or have it no more, without telling anybody."""
        if value is REMOVED:
            super().pop(key, None)
        else:
            super().__setitem__(key, value)

    def __repr__(self) -> str:
        return f"<shared {self.name}: {dict(self)!r}>"
