"""Offload metadata read, written and moved."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ofswitch.frame import (
    DATA_VALID,
    GSO_ECN,
    GSO_TCPV4,
    GSO_TCPV6,
    GSO_UDP_L4,
    HEADER_SIZE,
    NEEDS_CSUM,
    NO_OFFLOAD,
    Frame,
    Offload,
    parse_offload,
)

u16 = st.integers(0, 0xFFFF)
unfinished = st.builds(
    Offload,
    flags=st.sampled_from([NEEDS_CSUM, NEEDS_CSUM | DATA_VALID]),
    gso_type=st.sampled_from([0, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, GSO_TCPV4 | GSO_ECN]),
    hdr_len=u16,
    gso_size=u16,
    csum_start=u16,
    csum_offset=u16,
)


@given(unfinished)
def test_metadata_survive_the_header(offload: Offload) -> None:
    assert len(offload.emit()) == HEADER_SIZE
    assert parse_offload(offload.emit()) == offload


def test_a_header_is_read_from_the_front_of_a_longer_buffer() -> None:
    offload = Offload(NEEDS_CSUM, csum_start=34, csum_offset=16)
    assert parse_offload(offload.emit() + b"frame") == offload


def test_a_finished_frame_has_no_metadata() -> None:
    assert parse_offload(NO_OFFLOAD) is None
    assert parse_offload(Offload(DATA_VALID).emit()) is None
    assert Frame(b"x").offload is None


def test_the_ecn_flag_is_apart_from_the_segmentation_type() -> None:
    offload = Offload(NEEDS_CSUM, GSO_TCPV6 | GSO_ECN)
    assert (offload.segmentation, offload.has_ecn) == (GSO_TCPV6, True)
    assert not Offload(NEEDS_CSUM, GSO_TCPV6).has_ecn


def test_flags_have_names() -> None:
    assert Offload(NEEDS_CSUM).needs_csum
    assert not Offload(NEEDS_CSUM).data_valid
    assert Offload(DATA_VALID).data_valid


def test_a_pushed_tag_moves_the_checksum_and_a_popped_one_moves_it_back() -> None:
    offload = Offload(
        NEEDS_CSUM, GSO_TCPV4, hdr_len=66, gso_size=1448, csum_start=34, csum_offset=16
    )
    moved = offload.moved(4)
    assert (moved.hdr_len, moved.csum_start, moved.csum_offset) == (70, 38, 16)
    assert moved.moved(-4) == offload


def test_what_is_absent_does_not_move() -> None:
    assert Offload(gso_type=GSO_TCPV4).moved(4) == Offload(gso_type=GSO_TCPV4)
