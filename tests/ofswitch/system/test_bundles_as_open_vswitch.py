"""What is said of bundles and flow monitors, and what comes of them: our switch and Open vSwitch, the same scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.kernel import isolation
from tests.kernel.bundle_plays import STEPS
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

SEED = 4


@pytest.fixture(scope="module")
def played() -> Any:
    command = [sys.executable, "-m", "tests.kernel.bundle_plays", str(SEED)]
    done = subprocess.run(
        isolation.isolated(command),
        cwd=isolation.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("version", ["1.0", "1.3"])
def test_both_switches_say_and_do_the_same(played: Any, version: str) -> None:
    play = played[version]
    steps = list(zip(play["script"], play["ovs"], play["ours"], strict=True))
    assert len(steps) == STEPS
    for number, (step, theirs, ours) in enumerate(steps):
        assert ours == theirs, f"seed {SEED}, step {number}: {step}"


def test_the_scripts_meet_what_they_are_about(played: Any) -> None:
    said = json.dumps([play["ovs"] for play in played.values()])
    errors = ("BAD_OUT_GROUP", *(f"(65535, {2300 + code})" for code in (2, 4, 6, 7, 9, 10, 13)))
    for word in (
        *("COMMIT_REPLY", "DISCARD_REPLY", "CLOSE_REPLY", *errors),
        *("added", "modified", "removed", "FlowUpdateAbbrev"),
        *("MONITOR_EXISTS", "BAD_FLAGS", "UNKNOWN_MONITOR"),
    ):
        assert word in said, word
