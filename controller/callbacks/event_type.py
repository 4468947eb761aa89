"""What an event is: a name, and the class of the objects that its callbacks are handed.

A type checker reads that class as well, so that it knows what a callback for `Event.PACKET_IN` is called with.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class EventType(Generic[T_co]):
    """One of the events that `Event` lists."""

    __slots__ = ("name", "shows")

    def __init__(self, shows: type[T_co]) -> None:
        self.name = ""
        """What it is called in text: `packet_in`."""
        self.shows = shows
        """The class of its objects; where others are shown as well, the one that stands for them."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name.lower()

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Event.{self.name.upper()}"


AnyEvent = EventType[Any] | str
"""An event of `Event`, or the name of an app's own."""
