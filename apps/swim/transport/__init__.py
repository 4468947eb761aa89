"""A core with sockets: datagrams over UDP and streams over TCP, on asyncio.

addresses   what `--bind` and `--join` say, resolved     datagrams   the UDP socket
streams     exchanges over TCP connections               feed        events for a slow reader
swim        `Swim`, which drives a core with all these
"""

from __future__ import annotations

from apps.swim.transport.addresses import StartFailed
from apps.swim.transport.swim import Swim

__all__ = ["StartFailed", "Swim"]
