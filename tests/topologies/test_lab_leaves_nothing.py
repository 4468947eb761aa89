"""However a lab ends, no namespace, interface or process of it stays."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.kernel.labs import OflabRun
from tests.kernel.waiting import wait_until
from topologies.namespaces import all_namespaces, namespaces_of

pytestmark = pytest.mark.system

UP = "running until Ctrl-C"
MOMENTS = random.Random(7)
MOMENTS_S = [round(MOMENTS.uniform(0.05, 1.0), 3) for _ in range(5)]
"""When a signal comes: before anything is there, during the start, or when all is up."""


def heeds(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> number - 1 & 1)


@pytest.mark.parametrize("moment_s", MOMENTS_S)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_leaves_nothing(
    tmp_path: Path, number: signal.Signals, moment_s: float
) -> None:
    with OflabRun("--topo", "tree,2,2", log=tmp_path / "log") as oflab:
        # Python itself heeds interrupts while it starts, by exceptions that may be lost.
        pid, python = oflab.process.pid, signal.SIGINT
        wait_until(lambda: heeds(pid, python), "Python")
        wait_until(lambda: not heeds(pid, python) or heeds(pid, signal.SIGTERM), "oflab")
        time.sleep(moment_s)  # the moment is what is tested
        oflab.process.send_signal(number)
        status = oflab.wait()
    assert oflab.leftovers() == []
    assert status in {128 + number, -number}, oflab.printed()  # the latter before the network


def test_impatience_does_not_stop_the_cleaning_up(tmp_path: Path) -> None:
    with OflabRun("--topo", "tree,2,2", log=tmp_path / "log") as oflab:
        oflab.wait_for(UP)
        while oflab.process.poll() is None:
            oflab.process.send_signal(signal.SIGINT)
            time.sleep(0.01)  # as fast as somebody can press Ctrl-C
    assert oflab.leftovers() == []
    assert "Traceback" not in oflab.printed()


def test_the_next_lab_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    with OflabRun("--topo", "linear,2", log=tmp_path / "first") as killed:
        killed.wait_for(UP)
        killed.kill()
        wait_until(lambda: killed.processes() == [], "the end of the killed lab's programs")
        assert len(namespaces_of(killed.process.pid)) == 3
    with OflabRun("--test", "pingall", log=tmp_path / "second") as second:
        assert second.wait() == 0
    assert killed.leftovers() == []
    assert second.leftovers() == []


def test_a_lab_does_not_touch_what_lives(tmp_path: Path) -> None:
    with OflabRun(log=tmp_path / "first") as first:
        first.wait_for(UP)
        with OflabRun("--test", "pingall", log=tmp_path / "second") as second:
            assert second.wait() == 0
        assert len(namespaces_of(first.process.pid)) == 3
        assert first.processes("s1") != []
    assert first.leftovers() == []


def test_a_switch_that_crashes_ends_the_lab_with_a_word(tmp_path: Path) -> None:
    with OflabRun("--topo", "linear,2", log=tmp_path / "log") as oflab:
        oflab.wait_for(UP)
        (switch,) = oflab.processes("s2")
        os.kill(switch, signal.SIGKILL)
        assert oflab.wait() == 1
    assert "s2 has ended" in oflab.printed()
    assert oflab.leftovers() == []


def test_what_runs_in_a_host_ends_with_the_lab(tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.write_text("h1 sleep 1000 &\nh2 bash -c 'setsid sleep 1000 & disown'\n")
    with commands.open() as stdin, OflabRun("--cli", log=tmp_path / "log", stdin=stdin) as oflab:
        assert oflab.wait() == 0
    assert oflab.leftovers() == []


def test_a_lab_makes_no_interface_outside_of_its_namespaces(tmp_path: Path) -> None:
    before = set(os.listdir("/sys/class/net"))
    with OflabRun("--topo", "linear,3", log=tmp_path / "log") as oflab:
        oflab.wait_for(UP)
        assert not {name for name in set(os.listdir("/sys/class/net")) - before if "eth" in name}
        assert {f"lab-{oflab.process.pid}-{node}" for node in ("core", "h1", "h2", "h3")} == {
            name for name in all_namespaces() if f"-{oflab.process.pid}-" in name
        }
    assert oflab.leftovers() == []
