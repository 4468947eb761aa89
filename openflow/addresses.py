"""Addresses are integers in the whole program; text is for people.

An Ethernet address is an int of 48 bits, an IPv4 address of 32, an IPv6 address of 128: they compare, hash and
mask at the speed of ints. Here is where text becomes ints (`parse_*`) and ints become text (`format_*`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

BROADCAST_MAC = 0xFFFF_FFFF_FFFF
MULTICAST_BIT = 0x0100_0000_0000
"""The group bit of an Ethernet address: set in broadcast and multicast addresses."""


def parse_mac(text: str) -> int:
    """Read `00:11:22:aa:bb:cc` (or with hyphens); raise ValueError for anything else."""
    octets = text.strip().replace("-", ":").split(":")
    if len(octets) != 6 or not all(1 <= len(octet) <= 2 for octet in octets):
        raise ValueError(f"not an Ethernet address: {text!r}")
    try:
        return int.from_bytes(bytes(int(octet, 16) for octet in octets), "big")
    except ValueError:
        raise ValueError(f"not an Ethernet address: {text!r}") from None


def format_mac(mac: int) -> str:
    """Write an Ethernet address as `00:11:22:aa:bb:cc`."""
    return mac.to_bytes(6, "big").hex(":")


def parse_ipv4(text: str) -> int:
    """Read a dotted quad; raise ValueError for anything else."""
    try:
        return int(IPv4Address(text.strip()))
    except ValueError:
        raise ValueError(f"not an IPv4 address: {text!r}") from None


def format_ipv4(address: int) -> str:
    """Write an IPv4 address as a dotted quad."""
    return str(IPv4Address(address))


def parse_ipv6(text: str) -> int:
    """Read an IPv6 address; raise ValueError for anything else."""
    try:
        return int(IPv6Address(text.strip()))
    except ValueError:
        raise ValueError(f"not an IPv6 address: {text!r}") from None


def format_ipv6(address: int) -> str:
    """Write an IPv6 address in its canonical short form."""
    return str(IPv6Address(address))


def prefix_mask(length: int, width: int) -> int:
    """The mask of `width` bits whose first `length` bits are ones; ValueError if it is longer."""
    if not 0 <= length <= width:
        raise ValueError(f"a prefix of {length} bits does not fit an address of {width}")
    return ((1 << length) - 1) << (width - length)
