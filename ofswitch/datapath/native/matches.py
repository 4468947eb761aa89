"""Matches for the native engine, and back: fields as (OXM number, value, mask)."""

from __future__ import annotations

from collections.abc import Iterable

from ofswitch.datapath.key import Key
from openflow.fields import BY_NUMBER, FIELDS
from openflow.match import Match, Value

Triple = tuple[int, int, int]


def encode_match(match: Match) -> list[Triple]:
    """Take a checked match apart."""
    return [(FIELDS[name].number, *match.masked(name)) for name in match]


def encode_key(key: Key) -> list[tuple[int, int]]:
    """A packet's fields, each by its number."""
    return [(FIELDS[name].number, value) for name, value in key.items()]


def decode_match(triples: Iterable[Triple], fixed: bytes | None = None) -> Match:
    """Put a match together; `fixed` is the OpenFlow 1.0 match that it was read from, if it was."""
    fields: dict[str, Value] = {}
    for number, value, mask in triples:
        field = BY_NUMBER[number]
        fields[field.name] = value if mask == field.ones else (value, mask)
    return Match.of(fields, fixed)
