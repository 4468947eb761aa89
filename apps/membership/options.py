"""What can be set about the app, and how it is written in the environment.

OFSWITCH_MEMBERSHIP="address=10.0.0.254 preset=fast passive=printer@10.0.0.9,10.0.0.10" ofcontroller run membership
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from apps.membership import values
from apps.swim.address import DEFAULT_PORT, Address
from apps.swim.config import BARE, PRESETS, SERF, Config
from apps.swim.keyring import Keyring
from apps.swim.packet import Envelope

VARIABLE = "OFSWITCH_MEMBERSHIP"
PROBES = ("arp", "icmp")
_PASSIVE_INTERVALS = 5
_IPV4 = 4
"""Bytes of an address."""


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


class Option(NamedTuple):
    """How an option is written."""

    parse: Callable[[str], Any]
    example: str
    meaning: str


OPTIONS: dict[str, Option] = {
    "address": Option(
        values.ip,
        "10.0.0.254",
        "the controller's IP address in the hosts' network; without one there are only hosts without an agent",
    ),
    "name": Option(values.name, "controller", "its name in the cluster"),
    "port": Option(values.whole(1, 0xFFFF), "7946", "for UDP and TCP"),
    "mac": Option(
        values.mac,
        "0a:53:0a:00:00:fe",
        "its Ethernet address; one that is made from the IP address, unless given",
    ),
    "vlan": Option(
        values.whole(0, 4094),
        "7",
        "the VLAN in which addresses are asked for; answers have the tag of the question",
    ),
    "preset": Option(
        values.choice(PRESETS),
        "lan",
        "`lan`, `wan`, `local` or `fast`: the one that the agents have",
    ),
    "keys": Option(values.keys, "BASE64,...", "encrypt with the first, open with all"),
    "label": Option(values.label, "TEXT", "of the cluster"),
    "join": Option(
        values.addresses,
        "10.0.0.1,...",
        "members to join when the first switch connects; agents may join us instead, but not again when we had left",
    ),
    "meta": Option(values.tags, "role=controller,...", "tags that all see"),
    "serf": Option(
        values.yes_or_no,
        "yes",
        "whether it speaks Serf above SWIM, as our agents do; `no` among those that are memberlist alone",
    ),
    "learn": Option(values.yes_or_no, "yes", "whether hosts without an agent are learned"),
    "passive": Option(
        values.hosts,
        "printer@10.0.0.9,...",
        "hosts without an agent that are looked for; the name may be left out",
    ),
    "probe": Option(
        values.choice(PROBES), "arp", "or `icmp`; of IPv4 hosts, with an `address` of IPv4"
    ),
    "interval_s": Option(
        values.number(0.05, 3600),
        "5",
        "between two probes of such a host; five probe intervals of the preset, unless given",
    ),
    "hosts_most": Option(values.whole(1, 1 << 16), "4096", "hosts without an agent"),
    "hosts_of_port": Option(values.whole(1, 1 << 16), "256", "of these, behind one port"),
    "port_rate": Option(values.number(1, 1e6), "250", "frames a second that are taken of a port"),
    "rate": Option(values.number(1, 1e6), "2000", "and of all"),
}
assert list(OPTIONS) == [field.name for field in fields(Options)]


def parse_options(text: str) -> Options:
    """Read words such as `address=10.0.0.254`; `help` raises OptionError, too, and tells what there is."""
    if text.strip() == "help":
        raise OptionError(usage())
    found: dict[str, Any] = {}
    for word in text.split():
        name, value = _split(word)
        if name in found:
            raise OptionError(f"{name} is given twice")
        try:
            found[name] = OPTIONS[name].parse(value)
        except ValueError as error:
            raise OptionError(f"{word}: {error}") from None
    options = Options(**found)
    _check(options)
    return options


def usage() -> str:
    """What options there are."""
    rows = [(f"{name}={option.example}", option.meaning) for name, option in OPTIONS.items()]
    width = max(len(form) for form, _ in rows)
    lines = [f"  {form:{width}}  {meaning.replace('`', '')}" for form, meaning in rows]
    return "\n".join(["words with spaces between them, of these:", *lines])


def _split(word: str) -> tuple[str, str]:
    """The name and the value of an option."""
    name, equals, value = word.partition("=")
    name = name.replace("-", "_")
    if name not in OPTIONS:
        near = get_close_matches(name, OPTIONS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(OPTIONS)}"
        raise OptionError(f"there is no option {name!r}; {hint}")
    if not equals:
        raise OptionError(f"{name} has no value; write {name}={OPTIONS[name].example}")
    return name, value


def _check(options: Options) -> None:
    """What is wrong with several options together."""
    own = options.address
    if options.join and not own:
        raise OptionError("join needs an address of our own: address=...")
    if any(len(at.ip) != len(own) for at in options.join):
        raise OptionError("join: these are addresses of another version of IP than our own")
    asks_ipv4 = options.learn or any(len(ip) == _IPV4 for _, ip in options.passive)
    if options.probe == "icmp" and asks_ipv4 and len(own) != _IPV4:
        raise OptionError(
            "probe=icmp of IPv4 hosts needs an IPv4 address of our own, since nobody answers 0.0.0.0: "
            "address=... (or learn=no, and only IPv6 addresses in passive=)"
        )
    if any(options.name == name or own == ip for name, ip in options.passive):
        raise OptionError("passive: one of these has our own name or address")
