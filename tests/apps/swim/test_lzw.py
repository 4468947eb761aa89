"""LZW, by streams that Go's compress/lzw has written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.errors import BadPacket
from apps.swim.lzw import decompress

STREAMS = {
    b"": "000302",
    b"a": "00c30404",
    b"a" * 40: "00c3081c48b0a0c18308090604",
    b"TOBEORNOTTOBEORTOBEORNOT": "00a93c1152e48914274fa80824687061c183090302",
}


@pytest.mark.parametrize("text", STREAMS)
def test_what_go_compresses_is_read(text: bytes) -> None:
    assert decompress(bytes.fromhex(STREAMS[text]), 100) == text


def lzw(data: bytes) -> bytes:
    """Compress, in the plainest way: the codes widen when the reader's table is full."""
    bits, count, width, high = 256, 9, 9, 257
    codes = {bytes([byte]): byte for byte in range(256)}
    held = b""

    def put(code: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += width

    for at in range(len(data)):
        longer = held + data[at : at + 1]
        if longer in codes:
            held = longer
            continue
        put(codes[held])
        high += 1
        if high == 1 << width:
            width += 1
        if high == 4095:
            put(256)
            codes = {bytes([byte]): byte for byte in range(256)}
            width, high = 9, 257
        else:
            codes[longer] = high
        held = data[at : at + 1]
    if held:
        put(codes[held])
        high += 1
        if high == 1 << width:
            width += 1
    put(257)
    return bits.to_bytes((count + 7) // 8, "little")


def test_the_compressor_of_this_test_is_go_s() -> None:
    for text, stream in STREAMS.items():
        assert lzw(text).hex() == stream


@given(st.text("abc", max_size=3000).map(str.encode), st.integers(1, 40))
def test_what_was_compressed_is_read_again(text: bytes, times: int) -> None:
    assert decompress(lzw(text * times), len(text) * times) == text * times


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_text_or_an_error(data: bytes) -> None:
    with suppress(BadPacket):
        assert len(decompress(data, 500)) <= 500


def test_a_bomb_is_stopped() -> None:
    with pytest.raises(BadPacket, match="more than 1000 bytes"):
        decompress(lzw(bytes(100_000)), 1000)
