"""Sockets: accepting and dialling, and what serves connections.

Every connection ends up with an `Adopter`: either `controller.lanes`, in native code, or asyncio's transports, for
which no native code is needed. Each socket is read at most 64 KiB at a time: no switch takes more than its turn.
"""

from __future__ import annotations

import os

from controller.controller import Controller
from controller.lanes import available
from controller.transport.adopter import Adopter as Adopter
from controller.transport.native import Native
from controller.transport.plain import Plain
from controller.transport.sockets import Listener as Listener
from controller.transport.sockets import ListenError as ListenError
from controller.transport.sockets import bind as bind
from controller.transport.sockets import dial as dial
from controller.transport.stopping import stopped_by_signals as stopped_by_signals


def adopter(controller: Controller) -> Adopter:
    """The native one where there is native code."""
    if not available() or os.environ.get("OFSWITCH_ENGINE") == "python":
        return Plain(controller)
    return Native(controller)
