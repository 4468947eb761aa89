"""Three replicas and eight switches as processes: what fails, and what nobody notices."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.failover.lab import Lab, Replica, running, wait_until
from benchmarks.failover.measure import FAULTS, fail
from tests.apps.replicas.system import writer

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for network namespaces"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    apps = ("learning_switch", str(writer.__file__))
    # A machine that is busy with other things must not look like one that has failed.
    options = ("--preset", "lan")
    with running(tmp_path_factory.mktemp("replicas"), options, apps=apps) as lab:
        yield lab
    for replica in lab.replicas:
        assert "Traceback" not in replica.program.errors.read_text()


@pytest.mark.parametrize("fault", ["kill", "oneway"])
def test_established_flows_lose_nothing_and_new_ones_work_again(lab: Lab, fault: str) -> None:
    outcome = fail(lab, FAULTS[fault], measured=False)
    assert outcome.switches > 0
    assert outcome.pings > 0
    assert outcome.pings_lost == 0


def written(lab: Lab, dpid: int) -> Counter[tuple[int, int]]:
    """How many flow entries of the app there are, by replica and term."""
    control = str(lab.folder / f"s{dpid}.sock")
    command = [sys.executable, "-m", "ofswitch", "flows", f"s{dpid}", "--control", control]
    listing = subprocess.check_output(command, text=True)
    cookies = [int(found, 16) for found in re.findall(r"cookie=0x([0-9a-f]+)", listing)]
    return Counter((cookie >> 32, cookie & 0xFFFF_FFFF) for cookie in cookies if cookie)


def mine(found: Counter[tuple[int, int]], replica: Replica) -> dict[int, int]:
    """A replica's terms, and how much it has written in each."""
    return {term: count for (number, term), count in found.items() if number == replica.number}


def test_a_master_that_was_paused_cannot_write_when_it_is_resumed(lab: Lab) -> None:
    victim = lab.busiest()
    dpid = min(victim.switches)
    wait_until(lambda: mine(written(lab, dpid), victim), "the master writes")
    before = written(lab, dpid)

    def others_write() -> bool:
        found = written(lab, dpid)
        return any(found[who] > before[who] for who in found if who[0] != victim.number)

    victim.program.signal(signal.SIGSTOP)
    wait_until(others_write, "another master writes")
    then = mine(written(lab, dpid), victim)
    victim.program.signal(signal.SIGCONT)
    wait_until(lambda: len(mine(written(lab, dpid), victim)) > len(then), "it is master again")
    now = mine(written(lab, dpid), victim)
    assert {term: now[term] for term in then} == then
