"""`make fuzz-diff SEED=1 MINUTES=10`: the differential tests for longer, from a seed that can be given again.

Invariant: whatever frames, changes and clocks the two datapaths are given, whatever the bytes of flow-mods, effects,
counters and dumps are equal after every step. A round is some hundred examples from one seed; the next round takes the
next seed. The first failure is reduced to the least that still fails, printed with the seed of its round, and ends it.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.differential import test_datapaths, test_encoded

EXAMPLES_OF_A_ROUND = 300

SETTINGS = settings(
    max_examples=EXAMPLES_OF_A_ROUND,
    database=None,
    deadline=None,
    derandomize=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

PROPERTIES: tuple[tuple[st.SearchStrategy[Any], Callable[[Any], None]], ...] = (
    (test_datapaths.steps(), test_datapaths.live),
    (test_encoded.sessions(), test_encoded.converse),
)


def main() -> int:
    """Go round by round until the time is over; 1 when something was found."""
    options = _options()
    logging.disable()  # what the agents say of refused changes
    end = time.monotonic() + options.minutes * 60
    number = options.seed
    print(f"from seed {number}, for {options.minutes:g} minutes", flush=True)
    while time.monotonic() < end:
        if not _round(number):
            return 1
        number += 1
    frames = test_datapaths.seen
    print(f"{number - options.seed} rounds, {frames} frames: no difference")
    return 0


def _round(number: int) -> bool:
    """Try one seed; whether nothing was found."""
    for strategy, check in PROPERTIES:
        try:
            _property(number, strategy, check)()
        except Exception:  # noqa: BLE001 (whatever it is, it is the finding)
            traceback.print_exc()
            print(f"found in the round of seed {number}: make fuzz-diff SEED={number} MINUTES=1")
            return False
    return True


def _property(
    number: int, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]
) -> Callable[[], None]:
    @seed(number)
    @SETTINGS
    @given(strategy)
    def test(example: Any) -> None:
        check(example)

    return test  # type: ignore[no-any-return]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
