"""Sockets: accepting and dialling, and what serves connections.

Every connection ends up with an `Adopter`: `controller.lanes`, in native code, or asyncio's transports, for which no
native code is needed; those with TLS always with the latter. Each socket is read at most 64 KiB at a time (256 KiB with
TLS): no switch takes more than its turn.
"""

from __future__ import annotations

from controller.transport.adopters import Adopters as Adopters
from controller.transport.sockets import Listener as Listener
from controller.transport.sockets import ListenError as ListenError
from controller.transport.sockets import allow as allow
from controller.transport.sockets import bind as bind
from controller.transport.stopping import stopped_by_signals as stopped_by_signals
