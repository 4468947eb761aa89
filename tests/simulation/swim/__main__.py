"""`python -m tests.simulation.swim --seed 1 --minutes 10`: scenarios from a seed on, each of the next one.

Invariant: whatever happens to members and network, nothing that `apps.swim.simulation.checks` forbids ever happens, and
once all is well again all become of one mind and stay so. The first breach is printed with its scenario and ends it.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from apps.swim.simulation.checks import Breach
from apps.swim.simulation.scenario import Life, drawn


def lived(seed: int) -> float:
    """Live through the scenario of a seed; how long it took to settle. Whatever goes wrong says how to see it again."""
    rng = Random(seed)
    scenario = drawn(seed, rng)
    again = f"in {scenario}\nagain: python -m tests.simulation.swim --seed {seed} --count 1"
    try:
        return Life(scenario, rng).live()
    except Breach as breach:
        raise Breach(f"{breach}\n{again}") from None
    except Exception as error:
        error.add_note(again)
        raise


def main() -> int:
    """Go on until the time is over; 1 when something was found."""
    options = _options()
    end = time.monotonic() + options.minutes * 60
    seed = options.seed
    while time.monotonic() < end and seed - options.seed < options.count:
        try:
            took = lived(seed)
        except Breach as breach:
            print(breach)
            return 1
        if options.verbose:
            print(f"seed {seed}: settled after {took:.1f} s", flush=True)
        seed += 1
    print(f"{seed - options.seed} scenarios from seed {options.seed} on: no breach")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--count", type=int, default=1 << 62, help="at most so many scenarios")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
