"""How a user describes a packet: `in_port=1,eth_dst=00:00:00:00:00:02,tcp,nw_dst=10.0.0.2,tp_dst=80`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ofswitch.trace.compose import TIMES_TO_LIVE
from ofswitch.words.fields import field_of, needed, octet, plain, read, split, take, value_of


class Described(NamedTuple):
    """A packet: the number or name of the port it comes in on ("" when that was not said), and its fields."""

    in_port: str
    fields: dict[str, int]


_NOT_GIVEN = {
    "in_phy_port": "it is the same as in_port",
    "metadata": "it is 0 when a packet comes in, and entries write it",
    "tunnel_id": "it is 0 when a packet comes in, and entries write it",
    "ipv6_exthdr": "give such a packet in hexadecimal, with --packet",
}


def parse_packet(text: str) -> Described:
    """Read a packet's description. Raises ValueError with a sentence for the user."""
    given = split(text)
    in_port = take(given, "in_port")
    return Described(in_port, complete(read(given, _read, TIMES_TO_LIVE)))


def complete(fields: dict[str, int]) -> dict[str, int]:
    """Add what the fields of a packet need; ValueError where they cannot be together."""
    return needed(fields) | fields


def _read(name: str, text: str, fields: Mapping[str, Any]) -> tuple[str, int]:
    """The field that is meant, and its value."""
    word = plain(name)
    if word in _NOT_GIVEN:
        raise ValueError(f"{name} cannot be given: {_NOT_GIVEN[word]}")
    if "/" in text:
        raise ValueError(f"{name}={text}: a packet has one value there, without a mask")
    if word in TIMES_TO_LIVE:
        return word, octet(name, text)
    field = field_of(name, fields, TIMES_TO_LIVE)
    return field.name, value_of(name, field, text)
