"""What a switch is told when it starts: checked values, and how each is written on the command line.

Nothing is opened here. A value that could never work raises `ConfigurationError` with a sentence for the user.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from console import places
from console.tls.credentials import Credentials, complaint
from ofswitch.ports.spec import PortSpec
from openflow.connection import PROBE_AFTER_S
from openflow.versions import USUAL, Version

OPENFLOW_PORT = 6653
"""The port that IANA gave to OpenFlow (1.3.5, 6.3.1)."""

ANY_HOST = "0.0.0.0"
MOST_CONTROLLERS = 64
LEAST_PROBE_INTERVAL_S, MOST_PROBE_INTERVAL_S = 0.05, 3600.0
DEFAULT_TABLES = 254
ROOTS_RUN_DIR = Path("/run/ofswitch")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,30}\Z")
_LOCALLY_ADMINISTERED = 0x0200_0000_0000


class ConfigurationError(ValueError):
    """A setting is wrong; the text says which and what to write instead."""


class FailMode(Enum):
    """What the switch does while no controller is connected (OpenFlow 1.3.5, 6.3.2)."""

    STANDALONE = "standalone"
    SECURE = "secure"


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP address; `host` is a name or an IPv4 or IPv6 address without brackets."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def scheme(self) -> str:
        """What Open vSwitch calls the way to speak there."""
        return "ssl" if self.tls else "tcp"

    @property
    def dialled(self) -> str:
        """How it is written when the switch connects to it."""
        return f"{self.scheme}:{self}"

    @property
    def listened_at(self) -> str:
        """How it is written when others connect to it."""
        return f"p{self.scheme}:{self.port}:{self.host}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that a switch is started with."""

    name: str
    dpid: int
    ports: tuple[PortSpec, ...] = ()
    controllers: tuple[Address, ...] = ()
    listen: tuple[Address, ...] = ()
    versions: frozenset[Version] = field(default_factory=lambda: frozenset(USUAL))
    fail_mode: FailMode = FailMode.STANDALONE
    datapath: str = ""
    """`native` or `reference`; empty for native where it was compiled."""
    threads: int = 1
    busy_poll: bool = False
    packet_in_rate: int = 0
    """Packet-ins per second to each controller at most; 0 for any number."""
    probe_interval_s: float = PROBE_AFTER_S
    """A controller silent for so long is asked whether it is there; after four times as long it is given up."""
    tables: int = DEFAULT_TABLES
    control: Path | None = None
    ready: Path | None = None
    tls: Credentials | None = None
    """For the addresses with TLS."""

    def __post_init__(self) -> None:
        secure = [one.dialled for one in self.controllers if one.tls]
        secure += [one.listened_at for one in self.listen if one.tls]
        if wrong := complaint(secure, self.tls):
            raise ConfigurationError(wrong)


def check_name(name: str) -> str:
    """Return a name that can be a switch's: it becomes part of a file's name."""
    if not _NAME.match(name):
        raise ConfigurationError(
            f"switch name {name!r}: use 1 to 31 letters, digits, '-', '_' and '.', the first no sign"
        )
    return name


def parse_dpid(text: str) -> int:
    """Read a datapath id: up to 16 hexadecimal digits, with or without colons."""
    digits = text.replace(":", "").removeprefix("0x")
    try:
        dpid = int(digits, 16) if len(digits) <= 16 and digits.isalnum() else 0
    except ValueError:
        dpid = 0
    if not dpid:
        raise ConfigurationError(
            f"datapath id {text!r}: write up to 16 hexadecimal digits, not all 0"
        )
    return dpid


def derive_dpid(name: str) -> int:
    """The datapath id of a switch that was given none: 48 bits of its name's SHA-256, marked as local.

    So it is the same at every start, and different for switches of different names.
    """
    digest = hashlib.sha256(name.encode()).digest()
    return (int.from_bytes(digest[:6], "big") | _LOCALLY_ADMINISTERED) & ~0x0100_0000_0000


def parse_controller(text: str) -> Address:
    """Read `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`; an IPv6 address stands in brackets."""
    scheme, colon, rest = text.partition(":")
    if scheme not in ("tcp", "ssl") or not colon or not rest:
        raise ConfigurationError(
            f"controller {text!r}: write tcp:HOST:PORT, such as tcp:127.0.0.1:6653, or ssl:HOST:PORT"
        )
    host, port = _split(rest)
    if not host:
        raise ConfigurationError(f"controller {text!r}: a host is missing")
    number = _port_number(port, f"controller {text!r}", least=1)
    return Address(host, number, tls=scheme == "ssl")


def parse_controllers(texts: Iterable[str]) -> tuple[Address, ...]:
    """Read the addresses of all controllers: each once, and not too many."""
    found = tuple(map(parse_controller, texts))
    for address in found:
        if found.count(address) > 1:
            raise ConfigurationError(f"controller {address.dialled} is named twice")
    if len(found) > MOST_CONTROLLERS:
        raise ConfigurationError(f"{len(found)} controllers: name at most {MOST_CONTROLLERS}")
    return found


def parse_probe_interval(text: str) -> float:
    """Read how many seconds a controller may be silent."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not LEAST_PROBE_INTERVAL_S <= seconds <= MOST_PROBE_INTERVAL_S:
        raise ConfigurationError(
            f"--probe-interval {text}: write seconds, from {LEAST_PROBE_INTERVAL_S:g}"
            f" to {MOST_PROBE_INTERVAL_S:g}"
        )
    return seconds


def parse_listen(text: str) -> Address:
    """Read `ptcp:[PORT[:HOST]]` or `pssl:...`; without a host, on every IPv4 address."""
    scheme, colon, rest = text.partition(":")
    if scheme not in ("ptcp", "pssl") or not colon:
        raise ConfigurationError(
            f"listen {text!r}: write ptcp:PORT or ptcp:PORT:HOST, or pssl: for TLS"
        )
    port, _, host = rest.partition(":")
    number = _port_number(port, f"listen {text!r}", least=0)
    return Address(host.strip("[]") or ANY_HOST, number, tls=scheme == "pssl")


def run_dir() -> Path:
    """Where the control sockets of switches are."""
    return places.run_dir("ofswitch")


def control_path(name: str) -> Path:
    """The control socket of the switch with this name, where none was named."""
    return run_dir() / f"{name}.sock"


def path_to_ask(name: str) -> Path:
    """The control socket of a switch that runs: ours, or that of one that root runs where we have none."""
    ours, roots = control_path(name), ROOTS_RUN_DIR / f"{name}.sock"
    return roots if os.path.exists(roots) and not os.path.exists(ours) else ours


def _split(text: str) -> tuple[str, str]:
    """Take `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT` apart."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") > 1:
        return text, ""
    host, _, port = text.partition(":")
    return host, port


def _port_number(text: str, what: str, least: int) -> int:
    if not text:
        return OPENFLOW_PORT
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not least <= number <= 0xFFFF:
        raise ConfigurationError(f"{what}: {text!r} is no TCP port")
    return number
