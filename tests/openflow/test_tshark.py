"""What tshark's dissectors read from the messages that we encode: every one, in one capture.

Where tshark is wrong or knows less than the specification is listed here, with the reason.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pytest

from openflow import ErrorCode, Match, Message, SetField, Version, encode
from openflow.fields import KNOWN
from openflow.structs import FAMILIES, Struct
from openflow.versions import V1_0, V1_3, V1_4, V1_5
from tests.needs import needs
from tests.openflow.examples import EXAMPLES, example, integers_in, message_id

pytestmark = needs("tshark")

LAYERS = {V1_0: "openflow", V1_3: "openflow_v4", V1_4: "openflow_v5", V1_5: "openflow_v6"}
"""tshark has a dissector for each of these versions, and none for 1.1 and 1.2."""
READ_PAST_THEIR_END = frozenset(
    name
    for family in FAMILIES.values()
    if any(kind.bad_length is ErrorCode.BAD_PROPERTY__BAD_LEN for kind in family.values())
    for name in family
    if name.startswith(("Experimenter", "Optical"))
) | {"UriProperty"}
"""Properties of no fixed length that is a multiple of 8: tshark 4.0 loses its place behind them."""
DISSECTED = [
    (version, message if version < V1_4 else example(version, type(message), READ_PAST_THEIR_END))
    for version, message in EXAMPLES
    if version in LAYERS
]

every_example = pytest.mark.parametrize(
    ("index", "version", "message"),
    [(index, version, message) for index, (version, message) in enumerate(DISSECTED)],
    ids=message_id,
)

NOT_DISSECTED_IN_1_0 = {
    "AggregateStatsReply",
    "AggregateStatsRequest",
    "EchoReply",
    "EchoRequest",
    "ErrorMsg",
    "Experimenter",
    "ExperimenterStatsReply",
    "ExperimenterStatsRequest",
    "FlowRemoved",
    "FlowStatsReply",
    "PortMod",
    "PortStatsReply",
    "PortStatsRequest",
    "PortStatus",
    "QueueGetConfigReply",
    "QueueGetConfigRequest",
    "QueueStatsReply",
    "QueueStatsRequest",
    "TableStatsReply",
    "TableStatsRequest",
}
"""tshark 4.0 says of these that it does not dissect them yet; Open vSwitch reads them in test_openvswitch.py."""

READ_PAST_THE_END = {"ExperimenterStatsReply", "MeterMod", "MeterConfigStatsReply"}
"""tshark 4.0 takes the body of an experimenter's reply or band, which it shows as a whole, for 4 to 8 bytes longer
than it is, and so calls the message malformed when nothing stands behind. It has read all fields by then."""

_OF_1_4 = {
    "BundleAddMessage",  # no properties of the message within
    "FlowMonitorStatsReply",  # the reason is padding to it
    "QueueDescStatsReply",  # 2 bytes of padding where there are 6
    "QueueStatsReply",  # the same
    "TableStatus",  # the table begins 8 bytes late
}
_OF_1_5 = _OF_1_4 | {
    "BundleControl",
    "BundleFeaturesStatsReply",
    "BundleFeaturesStatsRequest",
    "ControllerStatus",
    "ControllerStatusStatsReply",
    "GetAsyncReply",
    "GroupDescStatsRequest",
    "MeterFeaturesStatsReply",
    "PortDescStatsReply",
    "PortDescStatsRequest",
    "PortStatus",
    "RoleReply",
    "RoleRequest",
    "SetAsync",
    "TableFeaturesStatsReply",
    "TableFeaturesStatsRequest",
}
MISREAD = {(V1_4, name) for name in _OF_1_4} | {(V1_5, name) for name in _OF_1_5}
"""What tshark 4.0 gets wrong, or, of 1.5, takes for the message of 1.4; os-ken and Open vSwitch read them."""

NAMES = {
    "bitmaps": "bitmap",
    "config": "capabilities",
    "curr": "current",
    "matched_count": "match_count",
    "metadata": "write_metadata.value",
    "metadata_mask": "write_metadata.mask",
    "mpls_ttl": "set_mpls_ttl.ttl",
    "next_table_ids": "next_table_id",
    "nw_ttl": "set_nw_ttl.ttl",
    **{
        f"{kind}_mask_{role}": f"reason.{kind}.mask"
        for kind in (
            "flow_removed",
            "packet_in",
            "port_status",
            "requestforward",
            "role_status",
            "table_status",
        )
        for role in ("master", "slave")
    },
    "rx_crc_err": "rx_crc_error",
    "rx_frame_err": "rx_frame_error",
    "rx_over_err": "rx_over_error",
    "state": "sate",
    "table_ids": "table_sync_from.table_id",
    "value": "value_ipv6addr",
}
"""What tshark calls a field otherwise than the specification."""
SHOWN_IN_PARTS = {"oxm_ids", "in_port"}
"""OXM headers are taken apart, and a packet-in's port is part of its match: their fields are compared."""

NOT_SHOWN_IN_1_0 = {"config", "port", "vlan_pcp"}
"""Of 1.0's actions tshark reads OUTPUT only, of ports no numbers; these names mean something else in what it shows."""

Shown = list[tuple[str, str]]


def capture(messages: list[bytes]) -> bytes:
    """A capture file of one TCP conversation with port 6653, a segment for each message."""
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, 101)]  # 101: raw IP
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    sequence = 1
    for message in messages:
        tcp = struct.pack(">HHIIBBHHH", 50000, 6653, sequence, 1, 0x50, 0x18, 0xFFFF, 0, 0)
        size = 20 + len(tcp) + len(message)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 6, 0) + addresses
        packets.append(struct.pack("<IIII", 0, 0, size, size) + ip + tcp + message)
        sequence += len(message)
    return b"".join(packets)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every field in tshark's JSON, by its full name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


@pytest.fixture(scope="module")
def dissected(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    """The fields that tshark shows of each example."""
    path: Path = tmp_path_factory.mktemp("tshark") / "examples.pcap"
    path.write_bytes(capture([encode(message, version) for version, message in DISSECTED]))
    command = ["tshark", "-r", str(path), "-d", "tcp.port==6653,openflow"]
    command += ["-T", "json", "--no-duplicate-keys"]
    done = subprocess.run(command, capture_output=True, check=True)
    below = ("frame", "raw", "ip", "tcp")
    return [
        [
            leaf
            for layer, content in packet["_source"]["layers"].items()
            if layer not in below
            for leaf in leaves({layer: content})
        ]
        for packet in json.loads(done.stdout)
    ]


NOTATIONS: list[Callable[[str], int]] = [
    lambda text: int(text, 0),
    lambda text: int(IPv6Address(text)),
    lambda text: int(text.replace(":", ""), 16),
]


def number(text: str) -> int | str:
    """A field's value as an integer, whether tshark shows it in decimal, as hex or as an address."""
    for notation in NOTATIONS:
        try:
            return notation(text)
        except ValueError:
            continue
    return text


def shown_as(name: str, shown: Shown) -> Counter[int | str]:
    """The values of the fields with this name, or what tshark calls it, which may have a dot for an underscore."""
    names = {name, NAMES.get(name, name)}
    found = [value for key, value in shown for name in names if key.endswith(f".{name}")]
    found = found or [
        value
        for key, value in shown
        for name in names
        if key.replace(".", "_").endswith(f"_{name.replace('.', '_')}")
    ]
    return Counter(number(value) for value in found)


def is_undecoded(version: Version, message: Message) -> bool:
    return version == V1_0 and type(message).__name__ in NOT_DISSECTED_IN_1_0


def breaks_off(version: Version, message: Message) -> bool:
    """Whether tshark 4.0 loses its place, as it does at the first match field of 1.5, in any capture."""
    of_1_5 = version == V1_5 and any(match_fields(message))
    return of_1_5 or (version, type(message).__name__) in MISREAD


def not_shown(name: str, version: Version, theirs: Counter[int | str]) -> bool:
    """Whether tshark is known not to show this field as such."""
    if version == V1_0:
        return not theirs or name in NOT_SHOWN_IN_1_0
    return name in SHOWN_IN_PARTS


@every_example
def test_no_message_is_malformed(
    dissected: list[Shown], index: int, version: Version, message: Message
) -> None:
    complaints = [value for key, value in dissected[index] if key == "_ws.expert.message"]
    faults = [text for text in complaints if not text.startswith("Experimenter")]
    if is_undecoded(version, message):
        assert set(faults) <= {"Message data not dissected yet"}
    elif not breaks_off(version, message) and type(message).__name__ not in READ_PAST_THE_END:
        assert faults == []
        assert not [key for key, _ in dissected[index] if "malformed" in key]


@every_example
def test_every_message_is_recognized(
    dissected: list[Shown], index: int, version: Version, message: Message
) -> None:
    data = encode(message, version)
    layer = LAYERS[version]
    header = {key: number(value) for key, value in reversed(dissected[index])}
    alternatives = {key.replace("openflow_1_0", "openflow"): value for key, value in header.items()}
    found = [alternatives[f"{layer}.{name}"] for name in ("version", "type", "length", "xid")]
    assert found == [version, data[1], len(data), message.xid]


@every_example
def test_every_integer_is_read_as_it_was_meant(
    dissected: list[Shown], index: int, version: Version, message: Message
) -> None:
    ours: dict[str, Counter[int]] = {}
    for name, value in () if breaks_off(version, message) else integers_in(message, version):
        ours.setdefault(name, Counter())[value] += 1
    for name, values in ours.items():
        theirs = shown_as(name, dissected[index])
        assert values <= theirs or not_shown(name, version, theirs), name


@every_example
def test_every_match_field_is_recognized(
    dissected: list[Shown], index: int, version: Version, message: Message
) -> None:
    if version > V1_0 and not breaks_off(version, message):
        expected = Counter(KNOWN[name].number for name in match_fields(message))
        assert expected <= shown_as("oxm.field", dissected[index])


def match_fields(value: Any) -> Iterator[str]:
    """The name of every field that a message matches or sets, and a packet-in's port."""
    names = value.__dataclass_fields__
    if type(value).__name__ == "PacketIn":
        yield "in_port"
    if isinstance(value, SetField):
        yield value.field
    for name in names:
        held = getattr(value, name)
        for item in held if isinstance(held, list) else [held]:
            if isinstance(item, Match):
                yield from item
            elif isinstance(item, Struct):
                yield from match_fields(item)
