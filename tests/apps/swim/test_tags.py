"""Metadata as tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.tags import decode_tags, encode_tags, parse_tag


def test_tags_are_as_serf_writes_them() -> None:
    assert encode_tags({}) == b"\xff\x80"
    assert encode_tags({"role": "web", "x": "y"}) == b"\xff\x82\xa4role\xa3web\xa1x\xa1y"
    assert encode_tags({"k": "v" * 40})[:7] == b"\xff\x81\xa1k\xda\x00\x28"


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5))
def test_tags_come_back(tags: dict[str, str]) -> None:
    assert decode_tags(encode_tags(tags)) == tags


@given(st.binary(max_size=40))
def test_any_metadata_is_tags_or_none(meta: bytes) -> None:
    for data in (meta, b"\xff" + meta):
        tags = decode_tags(data)
        assert tags is None or all(isinstance(text, str) for pair in tags.items() for text in pair)


def test_metadata_of_another_kind_is_no_tags() -> None:
    for meta in (b"web", b"\xff", b"\xff\xc1", b"\xff\x01", b"\xff\x81\x01\x02"):
        assert decode_tags(meta) is None
    assert decode_tags(b"") == {}


def test_too_many_tags_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 512"):
        encode_tags({"k": "v" * 510})


def test_a_tag_is_a_key_and_a_value() -> None:
    assert parse_tag("k=v=w") == ("k", "v=w")
    assert parse_tag("k=") == ("k", "")
    for text in ("k", "=v", ""):
        with pytest.raises(ValueError, match="KEY=VALUE"):
            parse_tag(text)
