"""Which flow entries a user means: `table=0,tcp,nw_dst=10.0.0.0/8,out_port=2,cookie=7/-1`.

The words are those that `ovs-ofctl dump-flows` takes, and mean the same: entries are chosen whose match is
what the fields say, or more specific (OpenFlow 1.3.5, 7.3.5.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ofswitch.words.fields import field_of, needed, plain, read, split, take, value_of
from openflow.constants import OFPVID_PRESENT, GroupId, TableId
from openflow.errors import OpenFlowError
from openflow.match import Match, Value
from openflow.messages.flows import FlowStatsRequest

_ALL_64 = 0xFFFF_FFFF_FFFF_FFFF
_ANY_TAG = (OFPVID_PRESENT, OFPVID_PRESENT)

_NO_CHOICE = frozenset(
    {"actions", "duration", "hard_timeout", "idle_timeout", "n_bytes", "n_packets", "priority"}
)
"""What a list of entries shows besides."""


class Wanted(NamedTuple):
    """Flow entries that somebody asks for; ports as they were named, "" where that was not said."""

    request: FlowStatsRequest
    in_port: str
    out_port: str

    def asked(self, number: Callable[[str], int]) -> FlowStatsRequest:
        """The request, with the number of each port that was named."""
        request = self.request
        if self.in_port:
            match = request.match.replace(in_port=number(self.in_port))
            request = replace(request, match=match)
        return replace(request, out_port=number(self.out_port)) if self.out_port else request


def parse_entries(text: str) -> Wanted:
    """Read which entries are meant; all, if the text is empty. Raises ValueError with a sentence for the user."""
    given = split(text)
    for name in given:
        if name in _NO_CHOICE:
            raise ValueError(f"{name}: entries are not chosen by that; filter the lines, with grep")
    in_port, out_port = take(given, "in_port"), take(given, "out_port")
    cookie, cookie_mask = _cookie(take(given, "cookie"))
    request = FlowStatsRequest(
        table_id=_number("table", take(given, "table"), TableId.MAX, TableId.ALL),
        out_group=_number("out_group", take(given, "out_group"), GroupId.MAX, GroupId.ANY),
        cookie=cookie,
        cookie_mask=cookie_mask,
        match=_match(read(given, _read)),
    )
    return Wanted(request, in_port, out_port)


def _match(fields: dict[str, Value]) -> Match:
    """The match of these fields and of what they need."""
    more: dict[str, Value] = dict(needed(fields))
    if "vlan_vid" in more:
        more["vlan_vid"] = _ANY_TAG
    match = Match(more | fields)
    try:
        match.check()
    except OpenFlowError as error:
        raise ValueError(error.text) from None
    return match


def _read(name: str, text: str, fields: Mapping[str, Any]) -> tuple[str, Value]:
    """The field that is meant, and its value, perhaps under a mask."""
    if plain(name) == "in_phy_port":
        raise ValueError("in_phy_port is the same as in_port: say that")
    field = field_of(name, fields)
    if "/" not in text:
        return field.name, value_of(name, field, text)
    if not field.maskable:
        raise ValueError(f"{name}={text}: {field.name} takes no mask")
    return field.name, Match({field.name: text}).get(field.name, (0, 0))


def _cookie(text: str) -> tuple[int, int]:
    """A cookie and the bits of it that count: all unless a mask follows, none if there is no text."""
    if not text:
        return 0, 0
    value, slash, mask = text.partition("/")
    try:
        bits = int(mask, 0) if slash else _ALL_64
        cookie, bits = int(value, 0), _ALL_64 if bits == -1 else bits
    except ValueError:
        cookie = bits = -1
    if not (0 <= cookie <= _ALL_64 and 0 <= bits <= _ALL_64):
        raise ValueError(f"cookie={text}: write a number, or NUMBER/MASK, of 64 bits each")
    return cookie, bits


def _number(name: str, text: str, most: int, default: int) -> int:
    if not text:
        return default
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        raise ValueError(f"{name}={text}: write a number from 0 to {most}")
    return value
