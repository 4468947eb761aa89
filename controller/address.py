"""Where to listen and whom to connect to: `tcp:HOST:PORT` or `ssl:HOST:PORT`, as Open vSwitch writes it."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_PORT = 6653
"""The port that IANA has given to OpenFlow."""

_SCHEMES = ("tcp", "ssl")
"""Without TLS and with it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP endpoint."""

    host: str
    port: int
    tls: bool = False

    @property
    def scheme(self) -> str:
        """How connections speak there."""
        return _SCHEMES[self.tls]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}:{host}:{self.port}"


def parse_address(text: str, default_port: int = DEFAULT_PORT) -> Address:
    """Read `tcp:HOST:PORT`, `tcp:HOST`, or `tcp:[IPV6]:PORT`, or the same with `ssl:`.

    Raises ValueError, saying what is wrong.
    """
    scheme, colon, rest = text.strip().partition(":")
    if scheme not in _SCHEMES or not colon:
        raise ValueError(f"{text!r} is not an address: expected tcp:HOST:PORT or ssl:HOST:PORT")
    host, port = _split(rest)
    if not host:
        raise ValueError(f"{text!r} has no host: expected {scheme}:HOST:PORT")
    tls = scheme == "ssl"
    if not port:
        return Address(host, default_port, tls)
    if not port.isascii() or not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(f"{text!r} has no valid port: expected a number up to 65535")
    return Address(host, int(port), tls)


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") > 1:
        raise ValueError(
            f"{text!r}: an IPv6 address stands in brackets, as in tcp:[::1]:{DEFAULT_PORT}"
        )
    host, _, port = text.partition(":")
    return host, port
