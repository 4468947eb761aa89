"""Sockets: accepting and dialling, and what serves connections.

Every connection ends up with an `Adopter`: either `controller.lanes`, in native code, or asyncio's transports, for
which no native code is needed. Each socket is read at most 64 KiB at a time: no switch takes more than its turn.
"""

from __future__ import annotations

from controller.controller import Controller
from controller.transport.adopter import Adopter as Adopter
from controller.transport.native import Native
from controller.transport.plain import Plain
from controller.transport.sockets import Listener as Listener
from controller.transport.sockets import ListenError as ListenError
from controller.transport.sockets import allow as allow
from controller.transport.sockets import bind as bind
from controller.transport.sockets import dial as dial
from controller.transport.stopping import stopped_by_signals as stopped_by_signals
from openflow.native import wanted


def adopter(controller: Controller) -> Adopter:
    """The native one where there is native code."""
    return Native(controller) if wanted() else Plain(controller)
