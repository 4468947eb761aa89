"""The values of options: each parser takes text, and raises ValueError saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TypeVar

from apps.swim.address import Address, parse_address
from apps.swim.keyring import parse_key
from apps.swim.packet import LABEL_MOST
from apps.swim.tags import encode_tags, parse_tag
from openflow.addresses import parse_mac

N = TypeVar("N", int, float)

NAME_MOST = 128
_MULTICAST = 1 << 40


def choice(known: Mapping[str, object] | tuple[str, ...]) -> Callable[[str], str]:
    """One of several words."""

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"it is one of {', '.join(known)}")
        return text

    return parse


def yes_or_no(text: str) -> bool:
    """Whether something is to be so."""
    return choice(("yes", "no"))(text) == "yes"


def number(least: float, most: float) -> Callable[[str], float]:
    """A number within bounds."""
    return _bounded(float, "a number", least, most)


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""
    return _bounded(int, "a whole number", least, most)


def _bounded(kind: Callable[[str], N], what: str, least: N, most: N) -> Callable[[str], N]:
    def parse(text: str) -> N:
        wrong = ValueError(f"it is {what} from {least:g} to {most:g}")
        try:
            found = kind(text)
        except ValueError:
            raise wrong from None
        if not least <= found <= most:
            raise wrong
        return found

    return parse


def name(text: str) -> str:
    """The name of a member."""
    if not 0 < len(text.encode()) <= NAME_MOST:
        raise ValueError(f"a name has 1 to {NAME_MOST} bytes")
    return text


def label(text: str) -> str:
    """The label of a cluster."""
    if len(text.encode()) > LABEL_MOST:
        raise ValueError(f"a label has at most {LABEL_MOST} bytes")
    return text


def ip(text: str) -> bytes:
    """The IP address of one host."""
    found = ip_address(text)
    if (
        found.is_multicast
        or found.is_unspecified
        or found.is_loopback
        or found.packed == b"\xff" * 4
    ):
        raise ValueError("it is the address of no single host in a network")
    return found.packed


def mac(text: str) -> int:
    """The Ethernet address of one host."""
    found = parse_mac(text)
    if found & _MULTICAST or not found:
        raise ValueError("it is the address of no single host")
    return found


def addresses(text: str) -> tuple[Address, ...]:
    """Addresses of members, with ports or without."""
    return tuple(map(parse_address, text.split(",")))


def tags(text: str) -> bytes:
    """Metadata, written as tags."""
    return encode_tags(dict(map(parse_tag, text.split(","))))


def keys(text: str) -> tuple[bytes, ...]:
    """Keys in base64."""
    return tuple(map(parse_key, text.split(",")))


def hosts(text: str) -> tuple[tuple[str, bytes], ...]:
    """Names and addresses; the name may be left out."""
    found = []
    for word in text.split(","):
        called, _, address = word.rpartition("@")
        found.append((name(called) if called else str(ip_address(address)), ip(address)))
    for index, what in enumerate(("name", "address")):
        if len({one[index] for one in found}) < len(found):
            raise ValueError(f"two of them have the same {what}")
    return tuple(found)
