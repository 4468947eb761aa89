"""Messages on a byte stream: one contract for both engines, and the two compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import framing, native
from openflow.framing import FramingError

Split = Callable[[bytes | bytearray, int], tuple[list[bytes], int]]


def message(length: int) -> bytes:
    """Return a message that announces `length` bytes and has them, but never fewer than 8."""
    return bytes([4, 2]) + length.to_bytes(2, "big") + bytes(max(length, 8) - 4)


ANY = 1000

lengths = st.lists(st.integers(8, 40) | st.just(0xFFFF), max_size=6)


@pytest.mark.parametrize(
    "split",
    [framing.split, pytest.param(native.split, marks=pytest.mark.native)],
    ids=["python", "native"],
)
class TestContract:
    @given(lengths=lengths, cut=st.integers(1, 40))
    def test_messages_come_out_whole_and_in_order(
        self, split: Split, lengths: list[int], cut: int
    ) -> None:
        messages = [message(length) for length in lengths]
        rest = message(40)[: 40 - cut]
        assert split(b"".join(messages) + rest, ANY) == (messages, sum(lengths))

    @given(lengths=lengths, size=st.integers(1, 100))
    def test_a_stream_in_pieces_gives_the_same_messages(
        self, split: Split, lengths: list[int], size: int
    ) -> None:
        messages = [message(min(length, 64)) for length in lengths]
        stream = b"".join(messages)
        received, buffer = [], b""
        for start in range(0, len(stream), size):
            buffer += stream[start : start + size]
            found, consumed = split(buffer, ANY)
            received += found
            buffer = buffer[consumed:]
        assert (received, buffer) == (messages, b"")

    def test_the_buffer_of_a_connection_may_grow_in_place(self, split: Split) -> None:
        messages, consumed = split(bytearray(message(8) + message(9)), ANY)
        assert (messages, consumed) == ([message(8), message(9)], 17)
        assert {type(found) for found in messages} == {bytes}

    def test_no_more_messages_are_taken_than_the_limit(self, split: Split) -> None:
        assert split(message(8) * 5, 2) == ([message(8)] * 2, 16)
        assert split(message(8) * 5, 0) == ([], 0)
        assert split(message(8) * 5, 9) == ([message(8)] * 5, 40)

    @pytest.mark.parametrize("length", range(8))
    def test_a_length_below_the_header_is_an_error_that_names_it(
        self, split: Split, length: int
    ) -> None:
        with pytest.raises(FramingError, match=f"a message of {length} bytes"):
            split(message(length), ANY)

    def test_messages_before_a_bad_length_are_not_lost(self, split: Split) -> None:
        stream = message(8) + message(20) + message(7)
        assert split(stream, ANY) == ([message(8), message(20)], 28)
        with pytest.raises(FramingError):
            split(stream[28:], ANY)

    def test_a_bad_length_is_seen_before_the_header_is_there_in_full(self, split: Split) -> None:
        with pytest.raises(FramingError):
            split(message(7)[:4], ANY)


@pytest.mark.native
@given(st.binary(max_size=64), st.integers(0, 9))
def test_both_engines_agree_on_arbitrary_bytes(buffer: bytes, limit: int) -> None:
    def outcome(split: Split) -> object:
        try:
            return split(buffer, limit)
        except FramingError as error:
            return str(error)

    assert outcome(native.split) == outcome(framing.split)
