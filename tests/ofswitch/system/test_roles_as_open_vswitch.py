"""What is said to several controllers, and what comes of it: our switch and Open vSwitch, played the same scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.kernel import isolation
from tests.kernel.role_plays import STEPS, VERSIONS
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

SEED = 7


@pytest.fixture(scope="module")
def played() -> Any:
    command = [sys.executable, "-m", "tests.kernel.role_plays", str(SEED)]
    done = subprocess.run(
        isolation.isolated(command),
        cwd=isolation.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("version", [str(version) for version in VERSIONS])
def test_both_switches_say_and_do_the_same(played: Any, version: str) -> None:
    play = played[version]
    steps = list(zip(play["script"], play["ovs"], play["ours"], strict=True))
    assert len(steps) == STEPS
    for number, (step, theirs, ours) in enumerate(steps):
        assert ours == theirs, f"seed {SEED}, step {number}: {step}"


def test_the_scripts_meet_what_they_are_about(played: Any) -> None:
    said = json.dumps([play["ovs"] for play in played.values()])
    for word in (
        *("STALE", "IS_SLAVE", "EPERM", "BAD_ROLE", "RoleStatus", "NxRoleReply(role=SLAVE"),
        *("45250", "RoleReply(role=MASTER", "GetAsyncReply", "BAD_PORT"),
    ):
        assert word in said, word
