"""Where to find a controller or a switch: `tcp:HOST:PORT`, `HOST:PORT`, `[IPV6]:PORT`, or `ptcp:PORT[:HOST]`."""

from __future__ import annotations

from dataclasses import dataclass

PORT = 6653
"""OpenFlow's, where none is given."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place to connect to, or to listen at."""

    host: str
    port: int
    listen: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ptcp:{self.port}:{host}" if self.listen else f"tcp:{host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read an address; raise ValueError with what is wrong."""
    kind, colon, rest = text.partition(":")
    if kind in ("ssl", "pssl") and colon:
        raise ValueError(f"{text!r} is no address here: ofbench has no TLS, just tcp: and ptcp:")
    if kind == "ptcp" and colon:
        port, _, host = rest.partition(":")
        return Address(host.strip("[]") or "0.0.0.0", _port(port, text), listen=True)
    place = rest if kind == "tcp" and colon else text
    if place.startswith("["):
        host, bracket, tail = place[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise ValueError(f"{text!r} is no address: an IPv6 address ends with ]")
        return Address(host, _port(tail[1:], text) if tail else PORT)
    host, colon, port = place.partition(":")
    if not host:
        raise ValueError(f"{text!r} is no address: try tcp:127.0.0.1:{PORT}")
    return Address(host, _port(port, text) if colon else PORT)


def _port(text: str, whole: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise ValueError(f"{whole!r} is no address: {text!r} is no port, those are 1 to 65535")
    return int(text)
