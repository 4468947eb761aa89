"""The header view: both engines say the same of every frame."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import native, packet
from tests.frames import FRAMES, broken_frames

pytestmark = pytest.mark.native

ATTRIBUTES = [name for name in vars(packet.Packet) if not name.startswith("_") and name != "fields"]


def seen(view: Any) -> dict[str, Any]:
    """All that a view says, each time from a new one: reading must not depend on what was read before."""
    return {name: getattr(view(), name) for name in ATTRIBUTES} | {
        "fields": list(view().fields().items()),
        "repr": repr(view()),
    }


def agree(frame: bytes, total_len: int = 0) -> bool:
    compiled = seen(lambda: native.CODEC.Packet(frame, total_len))
    return compiled == seen(lambda: packet.Packet(frame, total_len))


def test_every_attribute_is_compared() -> None:
    assert {"data", "total_len", "eth_dst", "ipv6_nd_tll", "l4_offset", "vlan_count"} <= {
        *ATTRIBUTES
    }
    assert len(ATTRIBUTES) == 45


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_they_agree_on_every_kind_of_frame_cut_anywhere(frame: bytes) -> None:
    for length in range(len(frame) + 1):
        for total_len in (0, len(frame)):
            assert agree(frame[:length], total_len)


@given(broken_frames(), st.integers(0, 200))
def test_they_agree_on_broken_frames(frame: bytes, total_len: int) -> None:
    assert agree(frame, total_len)


@given(st.binary(max_size=120), st.integers(0, 200))
def test_they_agree_on_arbitrary_bytes(frame: bytes, total_len: int) -> None:
    assert agree(frame, total_len)
