"""A core with sockets: datagrams over UDP and streams over TCP, on asyncio.

addresses   what `--bind` and `--join` say, resolved     opening   all that has to be there before a member can be
datagrams   the UDP socket                               streams   exchanges over TCP connections
driver      a core with these                            news      what happens is told; `feed`: to a slow reader
swim        `Swim`, a member                             serf      `SerfSwim`, one that Serf agents take for theirs
"""

from __future__ import annotations

from apps.swim.transport.addresses import StartFailed
from apps.swim.transport.swim import Swim

__all__ = ["StartFailed", "Swim"]
