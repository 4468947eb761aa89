"""Scenarios of chance, each from its seed. A longer run: `python -m tests.simulation.swim --seed 1 --minutes 10`."""

from __future__ import annotations

from random import Random

import pytest

from apps.swim.simulation.faults import Faults, Slow
from apps.swim.simulation.scenario import Act, Life, Scenario, Step, drawn
from tests.simulation.swim.__main__ import lived

SEEDS = range(50)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_forbidden_happens_and_in_the_end_all_are_of_one_mind(seed: int) -> None:
    lived(seed)


def test_a_seed_is_a_scenario_and_a_scenario_is_a_history() -> None:
    def history(seed: int) -> list[object]:
        rng = Random(seed)
        life = Life(drawn(seed, rng), rng)
        took = life.live()
        return [took, life.world.now, [host.events for host in life.world.hosts.values()]]

    assert history(4) == history(4)
    assert drawn(5, Random(5)) == drawn(5, Random(5)) != drawn(6, Random(6))


PARTITIONED = (Step(Act.PARTITION, 3, 80), Step(Act.HEAL, 0, 1))
ONE_WAY = (Step(Act.CUT_ONE_WAY, 0, 80), Step(Act.UPDATE, 1, 20), Step(Act.HEAL, 0, 1))
RESTARTED_ALONE = (Step(Act.PARTITION, 0, 40), Step(Act.CRASH, 0, 2), Step(Act.START, 0, 40))
LEFT_AND_BACK = (
    Step(Act.LEAVE, 2, 1),
    Step(Act.START, 2, 1),
    Step(Act.LEAVE, 2, 30),
    Step(Act.START, 2, 5),
)


@pytest.mark.parametrize("steps", [PARTITIONED, ONE_WAY, RESTARTED_ALONE, LEFT_AND_BACK])
@pytest.mark.parametrize(
    "faults", [Faults(), Faults(loss=0.2, skew=0.02), Faults(slow=Slow(0.3, (0.05, 1), (0, 0.6)))]
)
def test_well_known_histories_end_well(steps: tuple[Step, ...], faults: Faults) -> None:
    for seed in range(2):
        Life(Scenario(seed, "fast", 7, faults, steps), Random(seed)).live()
