"""Messages captured elsewhere: they decode to what is known to be in them, and encode back to the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openflow import (
    Capabilities,
    ExperimenterStatsRequest,
    FeaturesReply,
    Match,
    Message,
    PortFeatures,
    SetField,
    Version,
    decode,
    encode,
)
from openflow.addresses import parse_ipv4, parse_ipv6, parse_mac
from openflow.fields import FIELDS
from openflow.structs import Struct
from tests.openflow.examples import integers_in
from tests.openflow.vectors import PATHS, every_vector, what_it_says

NAMES = {
    "actions_all": "actions",
    "actions_ff": "actions",
    "actions_indirect": "actions",
    "actions_select": "actions",
    "bitmaps": "versions",
    "flow_removed_mask_master": "flow_removed_mask",
    "flow_removed_mask_slave": "flow_removed_mask",
    "max_groups_all": "max_groups",
    "max_groups_ff": "max_groups",
    "max_groups_indirect": "max_groups",
    "max_groups_select": "max_groups",
    "next_table_ids": "table_ids",
    "packet_in_mask_master": "packet_in_mask",
    "packet_in_mask_slave": "packet_in_mask",
    "port_status_mask_master": "port_status_mask",
    "port_status_mask_slave": "port_status_mask",
}
"""What os-ken calls a field otherwise; several of ours may be one list of its."""
COMPARED_ELSEWHERE = {"bitmaps", "experimenter", "in_port", "oxm_ids", "value", "xid"}
"""Words of a bitmap, OXM headers and values of match fields, which os-ken takes apart; what its JSON leaves out."""

PORTS_OF_1_0 = {"in_port", "out_port", "port", "port_no"}
BITS_OF_1_0 = {"advertised", "capabilities", "curr", "peer", "supported"}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a tree of JSON, with the name of the field that holds it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, number(value)


def number(value: Any) -> Any:
    """An address as an integer, as we hold it."""
    for parse in (parse_mac, parse_ipv4, parse_ipv6) if isinstance(value, str) else ():
        try:
            return parse(value)
        except ValueError:
            continue
    return value


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
    if isinstance(value, Struct):
        for name in value.__dataclass_fields__:
            yield from match_fields(getattr(value, name))
    if isinstance(value, list):
        for item in value:
            yield from match_fields(item)


def as_sent(name: str, value: int, version: Version) -> int:
    """A value as it stands in a message of this version: 1.0's ports have 16 bits."""
    return value & 0xFFFF if version == Version.V1_0 and name in PORTS_OF_1_0 else value


def read(path: Path) -> tuple[Message, Version]:
    data = path.read_bytes()
    return decode(data), Version(data[0])


def test_the_vectors_are_all_there() -> None:
    assert len(PATHS) in (0, 117)


@every_vector
def test_a_message_encodes_back_to_the_bytes_it_was_decoded_from(path: Path) -> None:
    message, version = read(path)
    assert encode(message, version) == path.read_bytes()


@every_vector
def test_every_integer_is_what_os_ken_read(path: Path) -> None:
    message, version = read(path)
    theirs: dict[str, Counter[Any]] = {}
    for name, value in leaves(what_it_says(path)):
        theirs.setdefault(name, Counter())[value] += 1
    ours: dict[str, Counter[int]] = {}
    elsewhere = COMPARED_ELSEWHERE | (BITS_OF_1_0 if version == Version.V1_0 else set())
    for name, value in integers_in(message, version):
        if name not in elsewhere:
            ours.setdefault(NAMES.get(name, name), Counter())[as_sent(name, value, version)] += 1
    for name, values in ours.items():
        assert values <= theirs.get(name, Counter()), name


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
        if type(message).__name__ == "PacketIn":
            ours["in_port", message.in_port, None] += 1  # type: ignore[attr-defined]
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
