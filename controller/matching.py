"""Which packet-ins a `Match` covers, for callbacks that want only those.

The match becomes one expression of Python, compiled once, that reads no more of a packet-in than it needs to say no.
Header fields are the frame's own, whatever the version that it came by; pipeline fields are those that the switch told.
"""

from __future__ import annotations

from collections.abc import Callable
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
