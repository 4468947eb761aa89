"""Sockets that listen, and sockets that dial."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Callable
from contextlib import suppress

from controller.address import Address

BACKLOG = 1024
"""Connections that may wait to be accepted."""
ACCEPT_AT_ONCE = 64
OTHER_FILES = 64
"""What else is open: listening sockets, logs, what apps have."""
ACCEPT_AGAIN_S = 1.0
"""The pause when no descriptor is left for another connection."""

log = logging.getLogger(__name__)


class ListenError(OSError):
    """It is not possible to listen there; the text says what to do about it."""


class Listener:
    """Sockets that listen at one address, and what is done with who connects."""

    def __init__(self, sockets: list[socket.socket], accept: Callable[[socket.socket], object]):
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._accept = accept
        for sock in sockets:
            self._loop.add_reader(sock, self._ready, sock)

    @property
    def port(self) -> int:
        """The port, also if it was chosen by the system."""
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        for sock in self._sockets:
            self._loop.remove_reader(sock)
            sock.close()

    def _ready(self, sock: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                accepted, _ = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(sock, error)
                return
            self._accept(accepted)

    def _pause(self, sock: socket.socket, error: OSError) -> None:
        """Nothing is left for another connection: those that wait may wait."""
        log.error("cannot accept a connection: %s", error.strerror or error)
        self._loop.remove_reader(sock)
        self._loop.call_later(ACCEPT_AGAIN_S, self._resume, sock)

    def _resume(self, sock: socket.socket) -> None:
        if sock.fileno() >= 0:
            self._loop.add_reader(sock, self._ready, sock)


def allow(connections: int) -> None:
    """Have so many connections allowed, as far as that is ours to allow: the system's default is about a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    if most < wanted:
        text = (
            "%d switches can be connected, not %d: this process may have %d files open (ulimit -Hn)"
        )
        log.warning(text, max(0, most - OTHER_FILES), connections, most)


async def bind(where: Address) -> list[socket.socket]:
    """Sockets that listen at an address, one for each of what its name stands for. Raises ListenError."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        found = await loop.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            sock.listen(BACKLOG)
            sock.setblocking(False)
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise ListenError(_why_not(where, error)) from None
    return sockets


async def dial(where: Address) -> socket.socket:
    """A connection to an address. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    problem: OSError = OSError("the name stands for no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise problem


def peer_of(sock: socket.socket, *, tls: bool = False) -> str:
    """The other end's address, for people."""
    with suppress(OSError, TypeError, IndexError):
        name = sock.getpeername()
        return str(Address(name[0], name[1], tls))
    return "an unknown address"


def _why_not(where: Address, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"cannot listen at {where}: the port is in use, probably by another controller. "
                f"Stop that, or choose another port with --listen {where.scheme}:{where.host}:PORT"
            )
        case errno.EACCES | errno.EPERM:
            return f"cannot listen at {where}: that port needs root; choose one above 1023"
        case errno.EADDRNOTAVAIL:
            return f"cannot listen at {where}: this machine does not have that address"
        case _:
            return f"cannot listen at {where}: {error.strerror or error}"
