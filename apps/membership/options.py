"""What can be set about the app, and how it is written in the environment.

OFSWITCH_MEMBERSHIP="address=10.0.0.254 preset=fast passive=printer@10.0.0.9,10.0.0.10" ofcontroller run membership
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import ip_address
from typing import Any

from apps.swim.address import DEFAULT_PORT, Address, parse_address
from apps.swim.config import BARE, PRESETS, SERF, Config
from apps.swim.keyring import Keyring, parse_key
from apps.swim.packet import Envelope
from apps.swim.tags import encode_tags, parse_tag
from openflow.addresses import parse_mac

VARIABLE = "OFSWITCH_MEMBERSHIP"
PROBES = ("arp", "icmp")
_PASSIVE_INTERVALS = 5
_MULTICAST = 1 << 40


class OptionError(ValueError):
    """An option is wrong; the text says which, and what it may be."""


@dataclass(frozen=True, slots=True)
class Options:
    """Of `Membership`. Without an `address` there are only hosts without an agent."""

    address: bytes = b""
    """The controller's virtual IP address in the data network, 4 or 16 bytes; nobody else may have it."""
    name: str = "controller"
    port: int = DEFAULT_PORT
    mac: int = 0
    """Its Ethernet address; 0: one made from the IP address."""
    vlan: int = 0
    """The VLAN in which addresses are asked for; 0 for none."""
    preset: str = "lan"
    """Of `apps.swim.config`; the times of hosts without an agent follow from it, too."""
    keys: tuple[bytes, ...] = ()
    label: str = ""
    join: tuple[Address, ...] = ()
    meta: bytes = b""
    """What it says of itself; written as tags, `role=controller,rack=7`."""
    serf: bool = True
    """Whether we speak Serf above SWIM, as agents do; programs that use memberlist bare refuse who does."""

    learn: bool = True
    """Whether hosts without an agent are learned from their ARP requests and replies."""
    passive: tuple[tuple[str, bytes], ...] = ()
    """Names and addresses of hosts without an agent that are looked for."""
    probe: str = "arp"
    """How these are probed: by ARP (for IPv6 by neighbour solicitations), or by echo requests."""
    interval_s: float = 0.0
    """Between two probes of such a host; 0: five probe intervals of the preset."""
    hosts_most: int = 4096
    hosts_of_port: int = 256

    port_rate: float = 250.0
    """Frames for us that are taken of one port, in a second."""
    rate: float = 2000.0
    """And of all."""

    @property
    def config(self) -> Config:
        """Of the SWIM core."""
        keyring = Keyring(*self.keys) if self.keys else None
        envelope, versions = Envelope(self.label.encode(), keyring), SERF if self.serf else BARE
        return replace(PRESETS[self.preset], envelope=envelope, versions=versions)

    @property
    def passive_interval_s(self) -> float:
        """Between two probes of a host without an agent."""
        return self.interval_s or _PASSIVE_INTERVALS * PRESETS[self.preset].probe_interval_s


def parse_options(text: str) -> Options:
    """Read words such as `address=10.0.0.254`. Raises OptionError."""
    found: dict[str, Any] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        name = name.replace("-", "_")
        if name not in _PARSERS:
            raise OptionError(f"there is no option {name!r}; there are: {', '.join(_PARSERS)}")
        if name in found:
            raise OptionError(f"{name} is given twice")
        try:
            found[name] = _PARSERS[name](value)
        except ValueError as error:
            raise OptionError(f"{word}: {error}") from None
    options = Options(**found)
    if options.join and not options.address:
        raise OptionError("join needs an address of our own: address=...")
    return options


def _choice(known: Mapping[str, Any] | tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"it is one of {', '.join(known)}")
        return text

    return parse


def _yes_or_no(text: str) -> bool:
    return _choice(("yes", "no"))(text) == "yes"


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        number = float(text)
        if not least <= number <= most:
            raise ValueError(f"it is from {least:g} to {most:g}")
        return number

    return parse


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(f"it is from {least} to {most}")
        return number

    return parse


def _name(text: str) -> str:
    if not 0 < len(text) <= 128:
        raise ValueError("a name has 1 to 128 characters")
    return text


def _meta(text: str) -> bytes:
    return encode_tags(dict(parse_tag(word) for word in text.split(",")))


def _mac(text: str) -> int:
    mac = parse_mac(text)
    if mac & _MULTICAST or not mac:
        raise ValueError("it is the address of no single host")
    return mac


def _hosts(text: str) -> tuple[tuple[str, bytes], ...]:
    found = []
    for word in text.split(","):
        name, _, address = word.rpartition("@")
        ip = ip_address(address)
        found.append((name or str(ip), ip.packed))
    return tuple(found)


def _keys(text: str) -> tuple[bytes, ...]:
    return tuple(parse_key(word) for word in text.split(","))


_PARSERS: dict[str, Callable[[str], Any]] = {
    "address": lambda text: ip_address(text).packed,
    "name": _name,
    "port": _whole(1, 0xFFFF),
    "mac": _mac,
    "vlan": _whole(0, 4094),
    "preset": _choice(PRESETS),
    "keys": _keys,
    "label": str,
    "join": lambda text: tuple(parse_address(word) for word in text.split(",")),
    "meta": _meta,
    "serf": _yes_or_no,
    "learn": _yes_or_no,
    "passive": _hosts,
    "probe": _choice(PROBES),
    "interval_s": _number(0.05, 3600),
    "hosts_most": _whole(1, 1 << 16),
    "hosts_of_port": _whole(1, 1 << 16),
    "port_rate": _number(1, 1e6),
    "rate": _number(1, 1e6),
}
assert list(_PARSERS) == [field.name for field in fields(Options)]
