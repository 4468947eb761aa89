"""What a user writes to name a port: ``KIND:NAME,option=value,...``.

    tap:s1-eth1,netns=h1,name=eth0,mac=02:00:00:00:00:01,ip=10.0.0.1/24+fd00::1/64,mtu=9000
    dev:veth0,no=3,io=xdp
    memory:p1
    pcap:read=in.pcap,write=out.pcap,fast=yes

Every kind takes ``no=N``, the port number it asks for. A mistake raises `PortError` with a sentence
that says what to write instead; nothing is opened here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Any

from openflow.addresses import MULTICAST_BIT, parse_mac

INTERFACE_NAME_MAX = 15
PORT_NO_MAX = 0xFEFF
"""Numbers end below OpenFlow 1.0's reserved ones, so that every version can say them."""

MTU_MIN, MTU_MAX = 68, 65521

Interface = IPv4Interface | IPv6Interface


class PortError(Exception):
    """A port cannot be had; the text says why and what to do about it."""


@dataclass(frozen=True, slots=True)
class PortSpec:
    """A port as asked for, its options checked and converted."""

    kind: str
    name: str
    port_no: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def parse_spec(text: str) -> PortSpec:
    """Read a port specification; raise PortError for anything that could never be opened."""
    kind, colon, rest = text.partition(":")
    if not colon or kind not in OPTIONS:
        such = f", such as dev:{text}" if text and not colon else ""
        raise PortError(f"port {text!r}: write KIND:NAME{such}; the kinds are {_list(OPTIONS)}")
    name, *words = rest.split(",")
    if "=" in name:
        name, words = "", [name, *words]
    options = dict(_read_option(text, kind, word) for word in words if word)
    port_no = options.pop("no", None)
    if kind != "pcap":
        name = _read(text, kind, check_interface_name, name)
    elif not options.keys() & {"read", "write"}:
        raise PortError(f"port {text!r}: give a file to replay (read=) or to record to (write=)")
    return PortSpec(kind, name, port_no, options)


def parse_specs(texts: Iterable[str]) -> tuple[PortSpec, ...]:
    """Read the ports of one switch, of which no two have one name or ask for one number."""
    specs = tuple(map(parse_spec, texts))
    names = Counter(spec.name for spec in specs if spec.name)
    numbers = Counter(spec.port_no for spec in specs if spec.port_no is not None)
    for what, counts in (("name", names), ("number", numbers)):
        for one, count in counts.items():
            if count > 1:
                raise PortError(f"{count} ports have the {what} {one}: give each its own")
    return specs


def _read_option(text: str, kind: str, word: str) -> tuple[str, Any]:
    """Read one ``option=value``."""
    option, equals, value = word.partition("=")
    known = OPTIONS[kind] | COMMON_OPTIONS
    if not equals or option not in known:
        raise PortError(f"port {text!r}: {word!r} is no option of {kind}; it has {_list(known)}")
    return option, _read(text, option, known[option], value)


def _read(text: str, what: str, convert: Callable[[str], Any], value: str) -> Any:
    """Convert a value; a ValueError becomes a PortError that says where."""
    try:
        return convert(value)
    except ValueError as error:
        raise PortError(f"port {text!r}: {what}: {error}") from None


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names)


def check_interface_name(name: str) -> str:
    """Return a name that Linux takes for an interface, else raise ValueError."""
    if not name:
        raise ValueError("a name is missing")
    if len(name.encode()) > INTERFACE_NAME_MAX:
        raise ValueError(f"{name!r} is longer than {INTERFACE_NAME_MAX} characters, Linux's limit")
    if name in {".", ".."} or any(c in "/:%" or c.isspace() for c in name):
        raise ValueError(f"{name!r} cannot be an interface's name: no blank, '/', ':' or '%' in it")
    return name


def _station_address(text: str) -> int:
    """Read the address of one station."""
    address = parse_mac(text)
    if address == 0 or address & MULTICAST_BIT:
        raise ValueError(f"{text} is not the address of one station (first octet odd, or all 0)")
    return address


def _interfaces(text: str) -> tuple[Interface, ...]:
    """Read one address with its prefix length, or several joined by ``+``."""
    if not all("/" in one for one in text.split("+")):
        raise ValueError(f"{text!r} needs a prefix length, as in 10.0.0.1/24")
    return tuple(ip_interface(one) for one in text.split("+"))


def _between(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of numbers within these bounds."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else -1
        if not low <= number <= high:
            raise ValueError(f"{text!r} is not a number from {low} to {high}")
        return number

    return read


def _flag(text: str) -> bool:
    """Read yes or no."""
    if text not in {"yes", "no"}:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


def _one_of(*words: str) -> Callable[[str], str]:
    """Return a reader of one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is none of {', '.join(words)}")
        return text

    return read


def _given(text: str) -> str:
    """Read a text that may not be empty."""
    if not text:
        raise ValueError("a value is missing")
    return text


COMMON_OPTIONS: dict[str, Callable[[str], Any]] = {"no": _between(1, PORT_NO_MAX)}
OPTIONS: dict[str, dict[str, Callable[[str], Any]]] = {
    "tap": {
        "netns": _given,
        "name": check_interface_name,
        "mac": _station_address,
        "ip": _interfaces,
        "mtu": _between(MTU_MIN, MTU_MAX),
        "up": _flag,
    },
    "dev": {"up": _flag, "io": _one_of("auto", "ring", "mmsg", "xdp")},
    "memory": {},
    "pcap": {"read": _given, "write": _given, "fast": _flag},
}
"""The options of each kind of port, and what reads their values."""
