"""Where addresses lead, and which processor this runs on."""

from __future__ import annotations

import os
import resource
import socket

from ofbench.address import Address

_OTHER_FILES = 64
"""What else is open: the terminal, libraries, reports."""


def resolve(address: Address) -> str:
    """An IP address and a port, as the native module takes them."""
    kind = socket.SOCK_STREAM
    family, *_, place = socket.getaddrinfo(address.host, address.port, type=kind)[0]
    host = f"[{place[0]!s}]" if family == socket.AF_INET6 else str(place[0])
    return f"{host}:{address.port}"


def meet(address: Address, timeout_s: float) -> socket.socket:
    """Connect to an address, or take the first connection that comes to it."""
    if not address.listen:
        sock = socket.create_connection((address.host, address.port), timeout_s)
    else:
        with socket.create_server((address.host, address.port), reuse_port=False) as server:
            server.settimeout(timeout_s)
            try:
                sock, _ = server.accept()
            except TimeoutError:
                raise TimeoutError(f"nobody came to {address} in {timeout_s:.0f} s") from None
    sock.settimeout(timeout_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def allow(connections: int) -> None:
    """Have so many connections allowed: the system's default is about a thousand.

    Raise OSError where that is not ours to allow.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        text = f"{connections:,} connections need {wanted:,} open files, and the limit is {hard:,} (ulimit -Hn)"
        raise OSError(text)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def allow_most() -> None:
    """Have as many connections allowed as is ours to allow."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pin(cpu: int) -> None:
    """Run on one processor from now on; raise OSError when there is no such one for us."""
    os.sched_setaffinity(0, {cpu})
