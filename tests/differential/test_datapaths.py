"""The reference and the native datapath, side by side: whatever happens, nobody can tell them apart."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.differential.pair import Pair
from tests.differential.steps import Step
from tests.differential.strategies import steps

pytestmark = pytest.mark.native

FRAMES_AT_LEAST = 100_000

seen = 0
"""How many frames went through both."""


def live(life: list[Step]) -> None:
    """Lead one life twice, and compare after each step."""
    global seen
    pair = Pair()
    pair.take(life)
    seen += pair.frames


@pytest.mark.timeout(600)
@settings(max_examples=800, suppress_health_check=list(HealthCheck))
@given(steps())
def test_they_do_the_same_step_by_step(life: list[Step]) -> None:
    live(life)


def test_enough_frames_were_tried() -> None:
    if seen == 0:
        pytest.skip("the frames are those of the test above")
    assert seen >= FRAMES_AT_LEAST
