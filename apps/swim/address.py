"""Where a member is: an IP address in its bytes, as the messages carry it, and a port."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

_MAPPED = bytes(10) + b"\xff\xff"
DEFAULT_PORT = 7946


class Address(NamedTuple):
    """Of 4 bytes (IPv4) or 16 (IPv6)."""

    ip: bytes
    port: int

    def __str__(self) -> str:
        host = ip_address(self.ip)
        return f"{host}:{self.port}" if host.version == 4 else f"[{host}]:{self.port}"


def of_wire(ip: bytes, port: int, default_port: int) -> Address | None:
    """The address in a message, None if it is none. Go may write IPv4 in 16 bytes; old peers leave out the port."""
    if len(ip) == 16 and ip.startswith(_MAPPED):
        ip = ip[12:]
    return Address(ip, port or default_port) if len(ip) in (4, 16) else None


def parse_address(text: str, default_port: int = DEFAULT_PORT) -> Address:
    """Read `10.0.0.1`, `10.0.0.1:7946`, `::1` or `[::1]:7946`; raise ValueError saying what is wrong."""
    host, port = text, str(default_port)
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest else port
    elif text.count(":") == 1:
        host, port = text.split(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"{text!r}: a port is a number from 1 to 65535, not {port!r}")
    return Address(ip_address(host).packed, int(port))
