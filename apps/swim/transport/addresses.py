"""Addresses as people write them, and what becomes of them here: names resolved, the unspecified made known."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
from contextlib import closing, suppress
from ipaddress import ip_address

from apps.swim.address import DEFAULT_PORT, Address
from console.failure import Failure

_ANYWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses of documentation (RFC 5737, RFC 3849): the way to them is the way to everybody."""

_SIOCGIFADDR = 0x8915


class StartFailed(Failure):
    """It cannot be started like this; nothing is left."""


def split_address(text: str, port: int = DEFAULT_PORT, least: int = 1) -> tuple[str, int]:
    """The host and the port of `HOST`, `HOST:PORT`, `::1` or `[::1]:PORT`. Raises ValueError saying what is wrong."""
    host, digits = text, str(port)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r}: write [ADDRESS]:PORT")
        digits = rest.removeprefix(":") if rest else digits
    elif text.count(":") == 1:
        host, digits = text.split(":")
    if not digits.isascii() or not digits.isdigit() or not least <= int(digits) < 1 << 16:
        raise ValueError(f"{text!r}: a port is a number from {least} to 65535, not {digits!r}")
    if not host or any(c.isspace() or c == "/" for c in host):
        raise ValueError(f"{text!r}: write HOST or HOST:PORT")
    return host, int(digits)


async def resolve(
    text: str, port: int = DEFAULT_PORT, family: int = 0, *, least: int = 1
) -> Address:
    """The address that a host has. Raises ValueError for what is no address, OSError for what has none."""
    host, port = split_address(text, port, least)
    with suppress(ValueError):
        return Address(ip_address(host.partition("%")[0]).packed, port)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_DGRAM
        )
    except UnicodeError:
        raise OSError("no host has such a name") from None
    return Address(ip_address(found[0][4][0]).packed, port)


def scope_of(text: str) -> int:
    """The interface's number in `fe80::1%eth0`, 0 where none is named. Raises ValueError for one that is not there."""
    _, percent, zone = split_address(text, least=0)[0].partition("%")
    if not percent:
        return 0
    try:
        return int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    except OSError:
        raise ValueError(f"there is no interface {zone!r}") from None


def is_unspecified(ip: bytes) -> bool:
    """Whether it stands for all addresses of this host: 0.0.0.0 or ::."""
    return not any(ip)


def is_loopback(ip: bytes) -> bool:
    """Whether only this host reaches it."""
    return ip_address(ip).is_loopback


def is_of_many(ip: bytes) -> bool:
    """Whether it stands for many hosts: multicast, or broadcast."""
    return ip_address(ip).is_multicast or ip == bytes([0xFF] * 4)


def own_address(family: socket.AddressFamily, towards: list[Address]) -> bytes:
    """The address by which others reach us: the one from which we would speak to them, or to anybody."""
    size = 4 if family == socket.AF_INET else 16
    hosts = [str(ip_address(to.ip)) for to in towards if len(to.ip) == size]
    for host in (*hosts, _ANYWHERE[family]):
        with (
            suppress(OSError),
            closing(socket.socket(family, socket.SOCK_DGRAM)) as probe,
        ):
            probe.connect((host, DEFAULT_PORT))  # sends nothing: it only asks the routing table
            return ip_address(probe.getsockname()[0].partition("%")[0]).packed
    return _interface_address() if size == 4 else ip_address("::1").packed


def _interface_address() -> bytes:
    """The first address of an interface, that of the loopback one if there is no other."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                ip = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)[20:24]
                if ip[0] != 127:
                    return ip
    return bytes([127, 0, 0, 1])
