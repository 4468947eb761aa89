"""The UDP socket of a member, and the TCP one at the same port."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from apps.swim.address import Address
from apps.swim.transport.addresses import StartFailed

BATCH = 64
"""Datagrams that are read at a time, before anything else has its turn."""

_DATAGRAM_MOST = 1 << 16
_BUFFER = 4 << 20
_SO_RCVBUFFORCE = 33
_TRIES = 16
"""When any port will do: so many are tried, for one that is free for datagrams and streams."""

_MAPPED = bytes(10) + b"\xff\xff"
_LINK_LOCAL = b"\xfe\x80"


class Datagrams:
    """Never blocks: what the system does not take at once is dropped."""

    def __init__(self, sock: socket.socket, scope: int = 0) -> None:
        self._socket = sock
        self._v6 = sock.family == socket.AF_INET6
        self._scope = scope

    def fileno(self) -> int:
        """Readable when datagrams wait."""
        return self._socket.fileno()

    @property
    def family(self) -> socket.AddressFamily:
        """Of its addresses."""
        return socket.AddressFamily(self._socket.family)

    @property
    def reaches(self) -> int:
        """The family of those that it reaches; 0 for both (a socket at `::`)."""
        both = self._v6 and not self._socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        return 0 if both else self.family

    def can_reach(self, to: Address) -> bool:
        """Whether an address is of a family that it reaches."""
        family = socket.AF_INET if len(to.ip) == 4 else socket.AF_INET6
        return self.reaches in (0, family)

    @property
    def port(self) -> int:
        """The port that it has."""
        port: int = self._socket.getsockname()[1]
        return port

    def receive(self) -> Iterator[tuple[bytes, Address]]:
        """Datagrams that wait, but not more than a batch."""
        for _ in range(BATCH):
            try:
                data, source = self._socket.recvfrom(_DATAGRAM_MOST)
            except OSError:
                return
            yield data, address_of(source[0], source[1])

    def send(self, data: bytes, to: Address) -> bool:
        """Whether the system has taken a datagram."""
        try:
            self._socket.sendto(data, self.place(to))
        except OSError:
            return False
        return True

    def place(self, to: Address) -> tuple[str, int] | tuple[str, int, int, int]:
        """An address as sockets of this family want it."""
        if not self._v6:
            return host_of(to.ip), to.port
        ip = to.ip if len(to.ip) == 16 else _MAPPED + to.ip
        return host_of(ip), to.port, 0, self._scope if ip.startswith(_LINK_LOCAL) else 0

    def close(self) -> None:
        """Let the port go."""
        self._socket.close()


@lru_cache(maxsize=1024)
def host_of(ip: bytes) -> str:
    """The text of an IP address."""
    return socket.inet_ntop(socket.AF_INET if len(ip) == 4 else socket.AF_INET6, ip)


@lru_cache(maxsize=1024)
def address_of(host: str, port: int) -> Address:
    """What a socket says of a peer, as an address; IPv4 in IPv6 becomes IPv4."""
    host = host.partition("%")[0]
    ip = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    return Address(ip.removeprefix(_MAPPED) if len(ip) == 16 else ip, port)


def bind(at: Address, scope: int = 0) -> tuple[Datagrams, socket.socket]:
    """Sockets for datagrams and for streams, at one port; port 0 chooses one. Raises StartFailed."""
    for tries_left in reversed(range(_TRIES)):
        try:
            datagrams = _bound(at, socket.SOCK_DGRAM, scope)
            try:
                here = Address(at.ip, datagrams.getsockname()[1])
                streams = _bound(here, socket.SOCK_STREAM, scope)
            except OSError:
                datagrams.close()
                raise
        except OSError as error:
            if at.port == 0 and error.errno == errno.EADDRINUSE and tries_left:
                continue
            raise StartFailed(_why(at, error)) from None
        _enlarge(datagrams)
        return Datagrams(datagrams, scope), streams
    raise AssertionError("not reached")


def _bound(at: Address, kind: socket.SocketKind, scope: int) -> socket.socket:
    v6 = len(at.ip) == 16
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind)
    try:
        sock.setblocking(False)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if v6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(any(at.ip)))
        host = host_of(at.ip)
        sock.bind((host, at.port, 0, scope) if v6 else (host, at.port))
        if kind == socket.SOCK_STREAM:
            sock.listen(128)
    except OSError:
        sock.close()
        raise
    return sock


def _enlarge(sock: socket.socket) -> None:
    """Have the system keep many datagrams while we are busy; root may ask for more than the usual most."""
    for option in (socket.SO_RCVBUF, _SO_RCVBUFFORCE):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER)


def _why(at: Address, error: OSError) -> str:
    advice = {
        errno.EADDRINUSE: "another program has this port",
        errno.EADDRNOTAVAIL: "this host does not have this address",
        errno.EACCES: "ports below 1024 are for root",
    }
    number = error.errno or 0
    return f"cannot listen at {at}: {advice.get(number, os.strerror(number))}"
