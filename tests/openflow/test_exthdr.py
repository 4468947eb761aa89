"""`openflow.exthdr`: which chains of extension headers raise which flags."""

from __future__ import annotations

import pytest

from openflow.exthdr import (
    AUTH,
    DESTINATION,
    ESP,
    FRAGMENT,
    HOP_BY_HOP,
    NO_NEXT,
    ROUTING,
    Chain,
    ExtHdr,
    walk,
)

TCP = 6


def chain_of(*headers: int) -> Chain:
    """Walk a chain of the headers with 16 bytes of body each, the last one leading to TCP."""
    data = b"".join(
        bytes([after, 0 if header in (FRAGMENT, AUTH) else 1])
        + bytes(6 if header in (FRAGMENT, AUTH) else 14)
        for header, after in zip(headers, (*headers[1:], TCP), strict=True)
    )
    chain = walk(data, headers[0], 0, len(data))
    assert chain is not None
    return chain


@pytest.mark.parametrize(
    "headers",
    [
        (HOP_BY_HOP, DESTINATION, ROUTING, FRAGMENT, AUTH, DESTINATION),
        (DESTINATION, DESTINATION),
        (FRAGMENT, ESP),
        (ROUTING, NO_NEXT),
    ],
    ids=str,
)
def test_the_recommended_order_is_expected(headers: tuple[int, ...]) -> None:
    assert not chain_of(*headers).exthdr & (ExtHdr.UNSEQ | ExtHdr.UNREP)


@pytest.mark.parametrize(
    "headers",
    [(FRAGMENT, ROUTING), (ROUTING, DESTINATION, AUTH), (DESTINATION, HOP_BY_HOP)],
    ids=str,
)
def test_another_order_is_unexpected(headers: tuple[int, ...]) -> None:
    exthdr = chain_of(*headers).exthdr
    assert exthdr & ExtHdr.UNSEQ
    assert not exthdr & ExtHdr.UNREP


@pytest.mark.parametrize(
    "headers", [(ROUTING, ROUTING), (DESTINATION,) * 3, (HOP_BY_HOP, HOP_BY_HOP)], ids=str
)
def test_a_repeat_is_unexpected(headers: tuple[int, ...]) -> None:
    assert chain_of(*headers).exthdr & ExtHdr.UNREP


def test_a_hop_by_hop_header_that_is_not_first_does_not_set_its_flag() -> None:
    assert chain_of(DESTINATION, HOP_BY_HOP).exthdr == ExtHdr.DEST | ExtHdr.UNSEQ


@pytest.mark.parametrize("last", [ESP, NO_NEXT])
def test_what_lies_behind_the_last_header_is_not_looked_at(last: int) -> None:
    chain = walk(b"", last, 0, 0)
    assert chain is not None
    assert (chain.ip_proto, chain.offset) == (last, 0)


def test_a_later_fragment_ends_the_chain() -> None:
    data = bytes([DESTINATION, 0, 0, 8, 0, 0, 0, 0])
    assert walk(data, FRAGMENT, 0, 8) == Chain(ExtHdr.FRAG, DESTINATION, 8, later_fragment=True)


def test_a_chain_cut_short_is_none() -> None:
    data = bytes([TCP, 1]) + bytes(14)
    assert walk(data, ROUTING, 0, 16) is not None
    assert all(walk(data[:end], ROUTING, 0, end) is None for end in range(16))
