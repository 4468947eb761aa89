"""SWIM: who is a member of a cluster, and who is alive, in the protocol of hashicorp/memberlist.

The core knows no sockets, no clock and no chance: datagrams, the time and a random generator are given to it, and it
returns what is to be sent and what has happened. `Swim` is a core with sockets, on asyncio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.swim.transport import StartFailed, Swim

__all__ = ["StartFailed", "Swim"]


def __getattr__(name: str) -> Any:
    # Whoever only simulates needs no asyncio.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from apps.swim import transport

    return getattr(transport, name)
