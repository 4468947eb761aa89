"""A worker's end: connections that the parent hands over, and datapath ids that it is asked for."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from controller.controller import Controller
from controller.switches.claims import Answered
from controller.workers.words import SIZE_MAX, TLS, Said, Word, decode


class Adopt(Protocol):
    """Serves a connection that was accepted."""

    def __call__(self, sock: socket.socket, *, tls: bool) -> asyncio.Future[None]:
        """Take it; what is returned is done when it is closed."""


log = logging.getLogger(__name__)


class Inlet:
    """Serves what comes from the parent; `Claims` for the controller. `lost` is called when the parent is gone."""

    def __init__(
        self, controller: Controller, adopt: Adopt, descriptor: int, lost: Callable[[], None]
    ) -> None:
        self._controller = controller
        self._adopt = adopt
        self._lost = lost
        self._waiting: dict[int, list[Answered]] = {}
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)
        controller.claim_by(self)
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def ready(self) -> None:
        """Have connections handed over."""
        self._say(Said(Word.READY))

    def close(self) -> None:
        """Hear no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def claim(self, dpid: int, peer: str, answered: Answered, /) -> None:
        """Ask for a datapath id."""
        self._waiting.setdefault(dpid, []).append(answered)
        self._say(Said(Word.CLAIM, dpid, peer))

    def release(self, dpid: int, /) -> None:
        """Give it back."""
        self._say(Said(Word.RELEASE, dpid))

    def _readable(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, SIZE_MAX, 1)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._lost()
        else:
            self._hear(decode(data), descriptors)

    def _hear(self, said: Said, descriptors: list[int]) -> None:
        dpid = said.dpid
        match said.word:
            case Word.CONNECTION:
                for descriptor in descriptors:
                    self._serve(socket.socket(fileno=descriptor), said.text == TLS)
            case Word.GRANTED | Word.REFUSED if self._waiting.get(dpid):
                answered = self._waiting[dpid].pop(0)
                if not self._waiting[dpid]:
                    del self._waiting[dpid]
                answered(said.text if said.word is Word.REFUSED else None)
            case Word.PROBE:
                self._controller.probe(dpid, said.text, lambda alive: self._probed(dpid, alive))
            case _:
                log.error("the parent said %s, which only workers say", said)

    def _probed(self, dpid: int, alive: bool) -> None:
        self._say(Said(Word.ALIVE if alive else Word.DEAD, dpid))

    def _serve(self, sock: socket.socket, tls: bool) -> None:
        self._adopt(sock, tls=tls).add_done_callback(lambda _: self._say(Said(Word.CLOSED)))

    def _say(self, said: Said) -> None:
        try:
            self._socket.send(said.encode())
        except OSError as error:
            log.debug("cannot tell the parent %s: %s", said, error)
