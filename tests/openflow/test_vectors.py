"""Messages captured elsewhere: they decode to what is known to be in them, and encode back to the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openflow import (
    Capabilities,
    DecodeError,
    ExperimenterStatsRequest,
    FeaturesReply,
    Match,
    Message,
    PacketIn,
    PacketOut,
    PacketTypesProperty,
    PortFeatures,
    SetField,
    Version,
    decode,
    encode,
)
from openflow.fields import FIELDS
from openflow.structs import Struct
from tests.openflow.os_ken_reading import disagreements, number
from tests.openflow.vectors import ALL, PATHS, WRONG, every_vector, what_it_says


def objects(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """Every object of os-ken's class `name` in a tree of JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from objects(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, name)


def match_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every catalogued field that a message matches or sets, with its value."""
    if isinstance(value, SetField):
        yield value.field, value.value
    if isinstance(value, Match):
        yield from value.items()
    if isinstance(value, PacketTypesProperty):
        yield from value.oxm_values
    if isinstance(value, Struct):
        for name in value.__dataclass_fields__:
            yield from match_fields(getattr(value, name))
    if isinstance(value, list):
        for item in value:
            yield from match_fields(item)


def read(path: Path) -> tuple[Message, Version]:
    data = path.read_bytes()
    return decode(data), Version(data[0])


def test_the_vectors_are_all_there() -> None:
    assert len(ALL) in (0, 314)
    assert len(PATHS) == max(0, len(ALL) - len(WRONG))


def test_vectors_that_are_no_messages_are_refused() -> None:
    for path in ALL:
        if path.stem in WRONG:
            with pytest.raises(DecodeError, match="length"):
                decode(path.read_bytes())


@every_vector
def test_a_message_encodes_back_to_the_bytes_it_was_decoded_from(path: Path) -> None:
    message, version = read(path)
    assert encode(message, version) == path.read_bytes()


@every_vector
def test_every_integer_is_what_os_ken_read(path: Path) -> None:
    message, version = read(path)
    assert disagreements(message, version, what_it_says(path)) == {}


@every_vector
def test_every_match_field_is_what_os_ken_read(path: Path) -> None:
    message, version = read(path)
    theirs = Counter(
        (tlv["field"], number(tlv["value"]), number(tlv.get("mask")))
        for tlv in objects(what_it_says(path), "OXMTlv")
        if tlv["field"] in FIELDS
    )
    ours = Counter(
        (name, *(value if isinstance(value, tuple) else (value, None)))
        for name, value in match_fields(message)
        if name in FIELDS
    )
    if version > Version.V1_0 and not isinstance(message, ExperimenterStatsRequest):
        if isinstance(message, PacketIn) or (
            isinstance(message, PacketOut) and version == Version.V1_5
        ):
            ours["in_port", message.in_port, None] += 1
        assert ours == theirs


def test_bits_that_1_0_numbers_otherwise_keep_their_meaning() -> None:
    for path in PATHS:
        if path.name == "1-6-ofp_switch_features.packet":
            message, _ = read(path)
            assert isinstance(message, FeaturesReply)
            flags = Capabilities
            expected = flags.FLOW_STATS | flags.STP | flags.IP_REASM | flags.ARP_MATCH_IP
            assert message.capabilities == expected
            bits = PortFeatures
            assert message.ports[0].curr == bits.FD_100MB | bits.COPPER | bits.AUTONEG
