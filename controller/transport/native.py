"""All connections behind one descriptor, which the event loop watches (`controller.lanes`)."""

from __future__ import annotations

import asyncio
import socket
from functools import partial

from controller.controller import Controller
from controller.lanes import Lanes, NativeLane
from controller.transport.adopter import CLOSE_TIMEOUT_S, settle
from controller.transport.sockets import peer_of


class Native:
    """All connections behind one descriptor."""

    def __init__(self, controller: Controller) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing: set[NativeLane] = set()
        self._lanes = Lanes(controller, self._close_later)
        self._loop.add_reader(self._lanes.fileno(), self._lanes.serve)

    def adopt(self, sock: socket.socket) -> asyncio.Future[None]:
        """Serve a connection."""
        closed: asyncio.Future[None] = self._loop.create_future()
        with sock:
            self._lanes.add(sock.fileno(), peer_of(sock), partial(settle, closed))
        return closed

    async def close(self) -> None:
        """Let what was closed send what is left."""
        while any(lane.backlog() for lane in self._closing):
            await asyncio.sleep(0.01)
        self._loop.remove_reader(self._lanes.fileno())

    def _close_later(self, lane: NativeLane) -> None:
        self._closing.add(lane)
        self._loop.call_later(CLOSE_TIMEOUT_S, self._abort, lane)

    def _abort(self, lane: NativeLane) -> None:
        self._closing.discard(lane)
        lane.abort()
