"""What a coordinator goes by: pauses, generations on their circle, and whether its own ears are to be trusted."""

from __future__ import annotations

import pytest

from apps.replicas.gossip import FORGIVEN_S, Patience, is_later
from apps.replicas.roles import NO_GENERATION
from tests.apps.replicas.cluster import Cluster
from tests.apps.replicas.test_etcd import EtcdCluster

HALF = 1 << 63


def test_pauses_double_to_the_longest_until_it_has_been_calm_for_long() -> None:
    patience = Patience(0.5, 30.0)
    assert [patience.next(now) for now in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert patience.next(7 + FORGIVEN_S) == 30
    assert patience.next(7 + FORGIVEN_S + FORGIVEN_S + 0.1) == 0.5


@pytest.mark.parametrize(
    ("generation", "than", "later"),
    [
        (1, 0, True),
        (0, 0, False),
        (0, 1, False),
        (0, NO_GENERATION, True),
        (HALF - 1, 0, True),
        (HALF, 0, False),
        (0, HALF, False),
    ],
)
def test_a_generation_is_later_by_less_than_half_the_circle(
    generation: int, than: int, *, later: bool
) -> None:
    assert is_later(generation, than) is later


@pytest.mark.parametrize("kind", [Cluster, EtcdCluster])
@pytest.mark.parametrize(
    ("alive", "health", "well"),
    [("abcd", 0, True), ("ab", 0, True), ("a", 0, False), ("abcd", 1, True), ("abcd", 2, False)],
)
def test_who_has_half_of_the_others_around_him_and_hears_them_is_well(
    kind: type[Cluster], alive: str, health: int, *, well: bool
) -> None:
    cluster = kind(*"abcd")
    cluster.sees("a", *alive)
    cluster["a"].health = health
    assert cluster["a"].coordinator.well is well
