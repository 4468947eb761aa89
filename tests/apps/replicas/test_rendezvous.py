"""Rendezvous hashing moves no more than it must."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from apps.replicas.rendezvous import choose

NAMES = st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=6)
DPIDS = st.integers(0, (1 << 64) - 1)


@given(DPIDS, NAMES, st.randoms())
def test_the_order_in_which_one_knows_of_them_does_not_matter(dpid, names, rng) -> None:  # type: ignore[no-untyped-def]
    shuffled = sorted(names)
    rng.shuffle(shuffled)
    assert choose(dpid, names) == choose(dpid, shuffled)


@given(DPIDS, NAMES)
def test_only_what_the_missing_one_had_moves(dpid: int, names: set[str]) -> None:
    chosen = choose(dpid, names)
    for name in names:
        if name != chosen:
            assert choose(dpid, names - {name}) == chosen


def test_everybody_has_a_share() -> None:
    shares = Counter(choose(dpid, ["a", "b", "c"]) for dpid in range(3000))
    assert all(850 < share < 1150 for share in shares.values())


def test_of_nobody_nobody_is_chosen() -> None:
    assert choose(1, []) is None
