"""Statistics of OpenFlow 1.5: some are fields of a message, the others a dict (OpenFlow 1.5.1, 7.2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import AggregateStatsReply, DecodeError, EncodeError, decode, encode
from openflow.faults import Fault
from openflow.forms.oxs import STAT_FIELDS, read_stats, write_stats
from openflow.instructions import StatTrigger
from openflow.messages import FlowMod
from openflow.messages.flows import FlowRemoved
from openflow.versions import V1_3, V1_5

HEAD = bytes.fromhex("06 13 0000 00000001 0002 0000 00000000")
"""An aggregate's reply, up to its statistics."""


def reply(*entries: str, length: int | None = None) -> bytes:
    """An aggregate's reply with these entries, in hex."""
    body = bytes.fromhex("".join(entries))
    size = 4 + len(body) if length is None else length
    stats = bytes(2) + size.to_bytes(2, "big") + body
    data = HEAD + stats + bytes(-len(stats) % 8)
    return data[:2] + len(data).to_bytes(2, "big") + data[4:]


FLOWS = "8002 06 04 00000003"
PACKETS = "8002 08 08 0000000000000005"
BYTES = "8002 0a 08 0000000000000600"
DURATION = "8002 00 08 00000001 00000002"
IDLE = "8002 02 08 00000003 00000004"
STRANGE = "8002 c6 03 010203"
VENDORS = "ffff 06 05 00abcdef 09"
NONE_64, NONE_32 = (1 << 64) - 1, (1 << 32) - 1

READ: dict[str, tuple[bytes, AggregateStatsReply]] = {
    "all of them": (reply(FLOWS, PACKETS, BYTES), AggregateStatsReply(5, 0x600, 3)),
    "none": (reply(), AggregateStatsReply(NONE_64, NONE_64, NONE_32)),
    "others, too": (
        reply(DURATION, IDLE, FLOWS, PACKETS, BYTES, STRANGE, VENDORS),
        AggregateStatsReply(
            5,
            0x600,
            3,
            {
                "duration": (1, 2),
                "idle_time": (3, 4),
                "0x8002.99": b"\1\2\3",
                "0xffff:00abcdef.3": bytes.fromhex("00abcdef09"),
            },
        ),
    ),
    "one that is all ones": (
        reply("8002 08 08" + "ff" * 8),
        AggregateStatsReply(NONE_64, NONE_64, NONE_32, {"packet_count": NONE_64}),
    ),
    "one of a strange length": (
        reply("8002 08 04 00000001"),
        AggregateStatsReply(NONE_64, NONE_64, NONE_32, {"0x8002.4": b"\0\0\0\1"}),
    ),
    "one with the reserved bit": (
        reply("8002 09 08" + "00" * 8),
        AggregateStatsReply(NONE_64, NONE_64, NONE_32, {"0x8002.4/r": bytes(8)}),
    ),
}


@pytest.mark.parametrize(("data", "message"), READ.values(), ids=READ.keys())
def test_statistics_are_read_and_written(data: bytes, message: AggregateStatsReply) -> None:
    message.xid = 1
    assert decode(data) == message
    assert encode(message, V1_5) == data


def test_whatever_order_they_come_in_they_go_out_by_number() -> None:
    assert encode(decode(reply(BYTES, FLOWS, PACKETS)), V1_5) == reply(FLOWS, PACKETS, BYTES)


@pytest.mark.parametrize(
    ("data", "offset", "text"),
    [
        (reply(FLOWS, length=3), 18, "does not fit"),
        (reply(FLOWS, length=40), 18, "does not fit"),
        (reply("8002 06"), 20, "truncated header"),
        (reply("8002 06 09 00000001"), 23, "do not fit"),
        (reply(FLOWS, FLOWS), 28, "given twice"),
    ],
)
def test_what_is_wrong_is_found_at_its_byte(data: bytes, offset: int, text: str) -> None:
    with pytest.raises(DecodeError, match=text) as refused:
        decode(data)
    assert refused.value.offset == offset
    assert refused.value.field.startswith("stats")


WRONG: dict[str, tuple[Any, str]] = {
    "a field and an entry at once": (
        AggregateStatsReply(stats={"packet_count": 1}),
        "stats.packet_count",
    ),
    "a counter out of range": (AggregateStatsReply(flow_count=1 << 32), "flow_count"),
    "a name that is none": (AggregateStatsReply(stats={"colour": 1}), "stats.colour"),
    "a duration that is none": (FlowRemoved(stats={"idle_time": 3}), "stats.idle_time"),
    "bytes under another's name": (
        AggregateStatsReply(stats={"0xffff:00000000.3": b"\1\1\1\1"}),
        "stats.0xffff:00000000.3",
    ),
    "a threshold out of range": (
        FlowMod(instructions=[StatTrigger(0, {"packet_count": -1})]),
        "instructions[0].thresholds.packet_count",
    ),
}


@pytest.mark.parametrize(("message", "path"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_written_is_named(message: Any, path: str) -> None:
    with pytest.raises(EncodeError) as refused:
        encode(message, V1_5)
    assert refused.value.field == path


def test_older_versions_leave_out_what_they_do_not_count() -> None:
    message = AggregateStatsReply(1, 2, 3, {"duration": (1, 2)})
    assert decode(encode(message, V1_3)) == AggregateStatsReply(1, 2, 3)


@given(data=st.binary(max_size=80))
def test_any_bytes_are_statistics_or_a_fault(data: bytes) -> None:
    try:
        stats, stop = read_stats(data, 0, len(data))
    except Fault:
        return
    out = bytearray()
    write_stats(stats, out)
    assert read_stats(bytes(out), 0, len(out)) == (stats, len(out))
    assert stop <= len(data)


def test_the_headers_are_the_specifications() -> None:
    names = {name: field.header.hex() for name, field in STAT_FIELDS.items()}
    assert names == {
        "duration": "80020008",
        "idle_time": "80020208",
        "flow_count": "80020604",
        "packet_count": "80020808",
        "byte_count": "80020a08",
    }
