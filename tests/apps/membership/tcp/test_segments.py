"""Segments as bytes and values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.membership.tcp.segments import emit, parse


@given(data=st.binary(max_size=80))
def test_no_bytes_are_too_odd_to_be_parsed(data: bytes) -> None:
    read = parse(data)
    if read is not None:
        src, dst, segment = read
        again = parse(emit(segment, src, dst))
        assert again is not None
        assert again[2] == segment
