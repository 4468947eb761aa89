"""Translations between a version's numbers and the neutral ones, as data.

A layout names a translation before the width: `port16` is a 16-bit integer under the translation `port`. Most map
single bits; a bit that has no counterpart on the other side is left out rather than mistaken for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openflow.constants import OFPVID_PRESENT

_RESERVED_16 = 0xFF00
_RESERVED_32 = 0xFFFF_FF00
_ONES_32 = 0xFFFF_FFFF
_ALL_16, _ANY_32 = 0xFFFC, 0xFFFF_FFFF


class Inexpressible(ValueError):
    """A neutral value that a version has no number for; the text ends the sentence "OpenFlow 1.0 has ..."."""


@dataclass(frozen=True, slots=True)
class Translation:
    """`decode` makes a wire value neutral; `encode` is the reverse.

    `encode` raises Inexpressible for what the version lacks, OverflowError or TypeError for what no version has.
    """

    decode: Callable[[int], int]
    encode: Callable[[int], int]


def _port_from_16(port: int) -> int:
    return port if port < _RESERVED_16 else port + 0xFFFF_0000


def _port_to_16(port: int) -> int:
    if not 0 <= port <= _ONES_32:
        raise OverflowError("a port number has 32 bits")
    if _RESERVED_16 <= port < _RESERVED_32:
        raise Inexpressible(f"no port {port}, only up to {_RESERVED_16 - 1}")
    return port & 0xFFFF


def _any_port_from_16(port: int) -> int:
    return _ANY_32 if port == _ALL_16 else _port_from_16(port)


def _any_port_to_16(port: int) -> int:
    return _ALL_16 if port == _ANY_32 else _port_to_16(port)


def _bits(pairs: dict[int, int], *, strict: bool = False) -> Translation:
    """Bits that moved: {bit on the wire: bit in the neutral model}. Strict: others are an error to send."""
    known = sum(1 << neutral for neutral in pairs.values())

    def decode(value: int) -> int:
        return sum(1 << neutral for wire, neutral in pairs.items() if value >> wire & 1)

    def encode(value: int) -> int:
        if not 0 <= value <= _ONES_32:
            raise OverflowError("flags have 32 bits")
        if strict and value & ~known:
            raise Inexpressible(f"no flags {value & ~known:#x}")
        return sum(1 << wire for wire, neutral in pairs.items() if value >> neutral & 1)

    return Translation(decode, encode)


def _shifted(bits: int) -> Translation:
    return Translation(lambda value: value >> bits, lambda value: value << bits)


def _vid_to_wire(value: int) -> int:
    if not value & OFPVID_PRESENT:
        raise Inexpressible(f"no VLAN id {value:#x}, which lacks the bit OFPVID_PRESENT")
    return value & ~OFPVID_PRESENT


def _swapped(one: int, other: int) -> Translation:
    """Two bits that change places; all others stay."""

    def swap(value: int) -> int:
        differ = (value >> one ^ value >> other) & 1
        return value ^ (differ << one | differ << other)

    return Translation(swap, swap)


def _signed_to_wire(value: int) -> int:
    if not -(1 << 31) <= value < 1 << 31:
        raise OverflowError("signed integers here have 32 bits")
    return value & _ONES_32


def _given(value: int | None) -> int:
    if value is None:
        raise Inexpressible("no way to leave it as it is")
    return value


TRANSLATIONS: dict[str, Translation] = {
    # 1.0's port numbers: the reserved ones are the low half of the neutral ones (1.0.2, 5.2.1).
    "port": Translation(_port_from_16, _port_to_16),
    # A request for queue statistics means every port with 1.0's OFPP_ALL (1.0.2, 5.3.5), with 1.3's OFPP_ANY.
    "anyport": Translation(_any_port_from_16, _any_port_to_16),
    # 1.0's port features lack 40 Gbit/s and more, and so number the media lower (1.0.2, 5.2.1).
    "features": _bits({**{bit: bit for bit in range(7)}, **{bit: bit + 4 for bit in range(7, 12)}}),
    # 1.0's bit 3 is STP where 1.3 has GROUP_STATS; bit 7 is ARP_MATCH_IP (1.0.2, 5.3.1).
    "capabilities": _bits({0: 0, 1: 1, 2: 2, 3: 16, 5: 5, 6: 6, 7: 17}),
    # 1.1's bit 7 is ARP_MATCH_IP, too (1.1.0, A.3.1).
    "arpcapabilities": _swapped(7, 17),
    # 1.0's bit 2 is EMERG where 1.3 has RESET_COUNTS (1.0.2, 5.3.3).
    "flowflags": _bits({0: 0, 1: 1, 2: 16}, strict=True),
    # 1.1 and 1.2 have the first two or three of 1.3's flags (1.1.0, A.3.4.1; 1.2, A.3.4.1).
    "basicflags": _bits({0: 0, 1: 1}, strict=True),
    "resetflags": _bits({0: 0, 1: 1, 2: 2}, strict=True),
    # 1.1 sets a VLAN id without the bit that says there is a tag (1.1.0, A.2.5).
    "vidpresent": Translation(lambda value: value | OFPVID_PRESENT, _vid_to_wire),
    # An optical port's offset from a frequency (1.4.0, 7.3.4.3).
    "signed": Translation(lambda value: value - (value >> 31 << 32), _signed_to_wire),
    # Asynchronous messages before 1.4, whose masks are all there (1.3.5, 7.3.10).
    "given": Translation(lambda value: value, _given),
    # 1.0 carries the whole type of service, of which the upper six bits are the DSCP (1.0.2, 5.2.4).
    "dscp": _shifted(2),
}
