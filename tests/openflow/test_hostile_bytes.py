"""Decoding is total. The invariant under every attack: a message comes out, or a DecodeError that says where and why;

and whatever comes out as a message is one: it encodes, and decodes to the same again.
"""

from __future__ import annotations

import re
import struct
import time

import pytest
from hypothesis import example as try_also
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import DecodeError, Message, OpenFlowError, Version, decode, encode
from openflow.versions import SUPPORTED, V1_3
from tests.openflow.examples import EXAMPLES
from tests.openflow.vectors import PATHS

SPOKEN = [encode(message, version) for version, message in EXAMPLES]
CAPTURED = [path.read_bytes() for path in PATHS]
MESSAGES = SPOKEN + CAPTURED

PATH = re.compile(r"[\w/:.#]+(\[\d+\])?(\.[\w/:]+(\[\d+\])?)*")


def with_length(data: bytes, length: int | None = None) -> bytes:
    """The same bytes under a header that says their length, or another."""
    return data[:2] + struct.pack(">H", len(data) if length is None else length) + data[4:]


def attempt(data: bytes) -> Message | None:
    """Decode, and hold the result to the invariant."""
    try:
        message = decode(data)
    except DecodeError as error:
        complain_well(error, data)
        return None
    version = Version(data[0]) if data[0] in SUPPORTED else V1_3
    again = encode(message, version)
    assert decode(again) == message
    return message


def complain_well(error: DecodeError, data: bytes) -> None:
    """A DecodeError names message, field and a byte of this message, and can be answered."""
    assert isinstance(error, OpenFlowError)
    assert error.message
    assert PATH.fullmatch(error.field), error.field
    assert 0 <= error.offset <= len(data)
    assert str(error).startswith(f"{error.message}.{error.field} at byte {error.offset}: ")
    assert all(error.code.wire(version) for version in SUPPORTED)


def message_ids(data: bytes) -> str:
    return f"{data[0]}-{data[1]}-{len(data)}"


every_message = pytest.mark.parametrize("data", MESSAGES, ids=message_ids)


class TestTruncation:
    @every_message
    def test_a_message_cut_anywhere_is_refused(self, data: bytes) -> None:
        for cut in range(len(data)):
            assert attempt(data[:cut]) is None

    @every_message
    def test_a_message_cut_anywhere_that_says_so_is_refused_or_is_a_whole_one(
        self, data: bytes
    ) -> None:
        for cut in range(8, len(data)):
            shorter = with_length(data[:cut])
            message = attempt(shorter)
            if message is not None:
                assert encode(message, Version(data[0])) == shorter

    @every_message
    def test_a_header_that_says_another_length_is_refused(self, data: bytes) -> None:
        for length in {0, 7, 8, len(data) - 1, len(data) + 1, 0xFFFF} - {len(data)}:
            assert attempt(with_length(data, length)) is None

    @every_message
    def test_bytes_behind_a_message_are_refused_or_part_of_it(self, data: bytes) -> None:
        for more in (b"\0", b"\0" * 7, b"\xff" * 8):
            attempt(with_length(data + more))


class TestCorruption:
    @every_message
    def test_every_pair_of_bytes_may_be_a_wrong_length(self, data: bytes) -> None:
        stride = (
            1 + len(data) // 1000 * 4
        )  # two of the vectors are 11 KB of the same few structures
        for offset in range(8, len(data) - 1, stride):
            for length in (b"\0\0", b"\0\4", b"\0\x09", b"\xff\xff"):
                attempt(data[:offset] + length + data[offset + 2 :])

    @settings(max_examples=1000)
    @given(
        data=st.sampled_from(MESSAGES),
        changes=st.lists(st.tuples(st.integers(4, 2000), st.integers(0, 255)), max_size=4),
    )
    def test_bytes_changed_at_random(self, data: bytes, changes: list[tuple[int, int]]) -> None:
        changed = bytearray(data)
        for offset, value in changes:
            changed[max(4, offset % len(data))] = value
        attempt(bytes(changed))

    @settings(max_examples=500)
    @given(
        data=st.sampled_from(MESSAGES), other=st.sampled_from(MESSAGES), cut=st.integers(8, 2000)
    )
    def test_the_body_of_one_message_under_the_head_of_another(
        self, data: bytes, other: bytes, cut: int
    ) -> None:
        attempt(with_length(data[: min(cut, len(data))] + other[8:]))

    @settings(max_examples=1000)
    @given(
        version=st.sampled_from(SUPPORTED), code=st.integers(0, 31), body=st.binary(max_size=120)
    )
    @try_also(version=V1_3, code=18, body=b"\0")
    def test_random_bodies(self, version: Version, code: int, body: bytes) -> None:
        attempt(with_length(bytes([version, code, 0, 0]) + bytes(4) + body))

    @given(data=st.binary(max_size=60))
    def test_random_bytes(self, data: bytes) -> None:
        attempt(data)


def filled(head: str, element: bytes) -> bytes:
    """A message that is as long as one can be, full of small elements."""
    start = bytes.fromhex(head)
    return with_length(start + element * ((0xFFFF - len(start)) // len(element)))


CRAMMED = {
    "hello elements without data": filled("04 00 0000 00000000", b"\0\5\0\4\0\0\0\0"),
    "words of a version bitmap": filled("04 00 0000 00000000 0001fff0", b"\xff\xff\xff\xff"),
    "actions of a packet-out": filled(
        "01 0d 0000 00000000 ffffffff ffff fff0", b"\0\3\0\x08\0\0\0\0"
    ),
    "elements of one byte less": filled("04 0e 0000 00000000" + "00" * 48, b"\0\1\0\7\0\0\0\0"),
    "entries of an empty match": filled(
        "04 0e 0000 00000000" + "00" * 40 + "0001 ffb0", b"\0\1\2\0"
    ),
    "buckets without actions": filled(
        "04 0f 0000 00000000 00000000 00000001", b"\0\x10" + bytes(14)
    ),
    "queues without properties": filled(
        "04 17 0000 00000000 00000001 00000000", bytes(8) + b"\0\x10" + bytes(6)
    ),
    "tables without properties": filled(
        "04 13 0000 00000000 000c 0000 00000000", b"\0\x40" + bytes(62)
    ),
    "table 0 with properties of four bytes": filled(
        "04 13 0000 00000000 000c 0000 00000000 ffd8" + "00" * 62, b"\0\x63\0\4\0\0\0\0"
    ),
    "bands": filled("04 1d 0000 00000000 00000000 00000001", b"\0\1\0\x10" + bytes(12)),
}


@pytest.mark.parametrize("data", CRAMMED.values(), ids=CRAMMED.keys())
def test_the_longest_message_of_the_smallest_elements_takes_bounded_time(data: bytes) -> None:
    start = time.process_time()
    attempt(data)
    assert time.process_time() - start < 3
