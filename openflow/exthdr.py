"""The chain of IPv6 extension headers: what it amounts to for a match, and where it ends.

Part of `openflow.packet`, which asks here only for the few packets that have such headers. The
field `ipv6_exthdr` is a set of flags (OpenFlow 1.3.5, 7.2.3.8): one for each kind of header that is
present, one for a header repeated without need, and one for an order other than the recommended one
(RFC 8200, 4.1):

    hop-by-hop, destination options, routing, fragment, authentication, ESP, destination options

Fixed here where the specification leaves it open:

- Destination options stand in the first of their two places as long as nothing or a hop-by-hop
  header came before them, and in the second otherwise.
- A hop-by-hop header that does not come first is out of order, and does not set OFPIEH_HOP.
- The chain ends with ESP, behind which all is encrypted, and with No Next Header; these are then
  the packet's `ip_proto`. So does it with a fragment that is not the first one.
"""

from __future__ import annotations

from collections import Counter
from enum import IntFlag
from typing import NamedTuple

__all__ = ["EXTENSIONS", "Chain", "ExtHdr", "header_length", "walk"]


class ExtHdr(IntFlag):
    """The flags of `ipv6_exthdr` (OpenFlow 1.3.5, 7.2.3.8: `ofp_ipv6exthdr_flags`)."""

    NONEXT = 1 << 0
    ESP = 1 << 1
    AUTH = 1 << 2
    DEST = 1 << 3
    FRAG = 1 << 4
    ROUTER = 1 << 5
    HOP = 1 << 6
    UNREP = 1 << 7
    UNSEQ = 1 << 8


class _Kind(NamedTuple):
    flag: ExtHdr
    place: int
    """In the recommended order; destination options also have place 1."""
    may_occur: int = 1


HOP_BY_HOP, ROUTING, FRAGMENT, ESP, AUTH, NO_NEXT, DESTINATION = 0, 43, 44, 50, 51, 59, 60

EXTENSIONS = {
    HOP_BY_HOP: _Kind(ExtHdr.HOP, 0),
    ROUTING: _Kind(ExtHdr.ROUTER, 2),
    FRAGMENT: _Kind(ExtHdr.FRAG, 3),
    AUTH: _Kind(ExtHdr.AUTH, 4),
    ESP: _Kind(ExtHdr.ESP, 5),
    DESTINATION: _Kind(ExtHdr.DEST, 6, may_occur=2),
    NO_NEXT: _Kind(ExtHdr.NONEXT, 7),
}
"""The extension headers, by their number in a Next Header field."""


class Chain(NamedTuple):
    """What a whole chain of extension headers amounts to."""

    exthdr: int
    ip_proto: int
    offset: int
    """Behind the last extension header."""
    later_fragment: bool


def walk(data: bytes, proto: int, offset: int, end: int) -> Chain | None:
    """Follow the chain from header `proto` at `offset` on; None when `end` cuts it short."""
    headers: list[int] = []
    later_fragment = False
    while proto in EXTENSIONS and not later_fragment:
        headers.append(proto)
        if proto in (ESP, NO_NEXT):
            break
        if offset + 8 > end or offset + (length := header_length(data, proto, offset)) > end:
            return None
        if proto == FRAGMENT:
            later_fragment = data[offset + 2] << 8 | data[offset + 3] > 7
        proto = data[offset]
        offset += length
    return Chain(_flags(headers), proto, offset, later_fragment)


def header_length(data: bytes, proto: int, offset: int) -> int:
    """Return the length in bytes of the extension header `proto` (RFC 8200, 4; RFC 4302, 2.2)."""
    if proto == FRAGMENT:
        return 8
    if proto == AUTH:
        return (data[offset + 1] + 2) * 4
    return (data[offset + 1] + 1) * 8


def _flags(headers: list[int]) -> int:
    """Say which headers are there, whether one repeats, and whether one is out of order."""
    flags = last = 0
    for index, number in enumerate(headers):
        kind = EXTENSIONS[number]
        place = 1 if number == DESTINATION and last == 0 else kind.place
        if place < last or (number == HOP_BY_HOP and index):
            flags |= ExtHdr.UNSEQ
        if number != HOP_BY_HOP or not index:
            flags |= kind.flag
        last = place
    if any(count > EXTENSIONS[number].may_occur for number, count in Counter(headers).items()):
        flags |= ExtHdr.UNREP
    return int(flags)
