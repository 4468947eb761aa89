"""Which packet-ins a `Match` covers, for callbacks that want only those.

The match becomes one expression of Python, compiled once, that reads no more of a packet-in than it needs to say no.
Header fields are the frame's own, whatever the version that it came by; pipeline fields are those that the switch told.

Where there are many matches, `Index` looks them up: those that test the same bits of the same fields are one dictionary
by what these bits must be. So a packet-in costs one look-up for each kind of match, however many there are of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from openflow import Match, PacketIn
from openflow.packet import Packet

_PIPELINE = {
    "in_port": "event.in_port",
    "in_phy_port": "told(event, 'in_phy_port', event.in_port)",
    "metadata": "told(event, 'metadata', 0)",
    "tunnel_id": "told(event, 'tunnel_id', 0)",
}
"""How to read the fields that are not the frame's; one that is zero may be left out (OpenFlow 1.3.5, 7.4.1)."""

Check = Callable[[PacketIn], bool]
"""Takes a packet-in and says whether it is covered."""

Callback = Callable[[Any, int, Any], Any]


def covers(match: Match) -> Check:
    """Say of packet-ins whether a match covers them. Raises ValueError for fields that no packet-in has."""
    check: Check = eval(f"lambda event: {_expression(match)}", {"told": _told})
    return check


def only_for(match: Match, callback: Callback) -> Callback:
    """The callback, called for packet-ins that the match covers. Raises ValueError as `covers` does."""
    if not match:
        return callback
    call = "callback(controller, dpid, event)"
    source = f"lambda controller, dpid, event: {call} if {_expression(match)} else None"
    names = {"callback": callback, "told": _told, "__package__": __package__}
    guarded: Callback = eval(compile(source, __file__, "eval"), names)
    return guarded


class Index:
    """Many matches, by their place in an order."""

    def __init__(self, matches: Sequence[Match]) -> None:
        self._all = range(len(matches))
        self._always: list[int] = []
        shapes: dict[Shape, dict[Hashable, list[int]]] = {}
        for place, match in enumerate(matches):
            if match:
                places = shapes.setdefault(_shape(match), {})
                places.setdefault(tuple(_wanted(match)), []).append(place)
            else:
                self._always.append(place)
        self._shapes = [(_reader(shape), places.get) for shape, places in shapes.items()]

    def covering(self, event: PacketIn) -> Sequence[int]:
        """The places of the matches that cover a packet-in, in order; of all, when it cannot be read."""
        found = self._always
        try:
            for read, places_of in self._shapes:
                places = places_of(read(event))
                if places is not None:
                    found = found + places
        except Exception:  # noqa: BLE001 - an app has raised something else: who is called will say so
            return self._all
        if len(found) > 1:
            return sorted(found)
        return found


Shape = tuple[tuple[str, int | None], ...]
"""What a match tests: fields, each with its mask, None for all bits."""


def _shape(match: Match) -> Shape:
    return tuple(
        (name, value[1] if isinstance(value, tuple) else None)
        for name, value in sorted(match.items())
    )


def _wanted(match: Match) -> list[Hashable]:
    values = (value for _, value in sorted(match.items()))
    return [value[0] if isinstance(value, tuple) else value for value in values]


@lru_cache(maxsize=1024)
def _reader(shape: Shape) -> Callable[[PacketIn], Hashable]:
    """What reads from a packet-in what a match of this shape tests; None stands for a field that it does not have."""
    parts = (
        _reading(name)
        if mask is None
        else f"None if (value := {_reading(name)}) is None else value & {mask}"
        for name, mask in shape
    )
    source = f"lambda event: ({''.join(f'({part}),' for part in parts)})"
    reader: Callable[[PacketIn], Hashable] = eval(source, {"told": _told})
    return reader


def _expression(match: Match) -> str:
    names = sorted(match, key=lambda name: name not in _PIPELINE)
    return " and ".join(_test(match, name) for name in names) or "True"


def _test(match: Match, name: str) -> str:
    value = match[name]
    if isinstance(value, bytes):
        raise ValueError(f"packet-ins cannot be matched on {name}: its meaning is not known")
    if isinstance(value, int):
        return f"{_reading(name)} == {value}"
    wanted, mask = value
    return f"(value := {_reading(name)}) is not None and value & {mask} == {wanted}"


def _reading(name: str) -> str:
    if name in _PIPELINE:
        return _PIPELINE[name]
    if hasattr(Packet, name):
        return f"event.packet.{name}"
    return f"told(event, {name!r}, None)"


def _told(event: PacketIn, name: str, default: int | None) -> int | None:
    """A field that the switch told; a masked or unknown value is none."""
    value = event.match.get(name, default)
    return value if isinstance(value, int) else None
