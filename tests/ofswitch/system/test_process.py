"""The life of `ofswitch run` as a process: ready, asked, changed, ended without a trace."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.kernel.waiting import wait_until
from tests.ofswitch.system.switches import (
    HOSTS,
    OFSWITCH,
    TAP,
    RunningSwitch,
    interfaces,
    ping,
    running_switch,
    two_hosts,
)

pytestmark = pytest.mark.system


def left_in(folder: Path) -> set[str]:
    """Names of what a switch left in its folder, its log apart."""
    return {path.name for path in folder.iterdir() if path.suffix != ".log"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=str)
def test_a_signal_ends_it_with_0_and_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    with (
        two_hosts() as ports,
        running_switch("agt-s1", tmp_path, *ports, "--port", f"tap:{TAP}3") as switch,
    ):
        assert f"{TAP}3" in interfaces()
        assert left_in(tmp_path) == {"agt-s1.sock", "agt-s1.ready"}
        assert switch.end(how) == 0
        assert interfaces() == ""
        assert left_in(tmp_path) == set()
        assert "Traceback" not in switch.log()


def test_after_sigkill_the_next_switch_of_that_name_starts(tmp_path: Path) -> None:
    with running_switch("agt-s1", tmp_path, "--port", f"tap:{TAP}1") as switch:
        assert switch.end(signal.SIGKILL) == -signal.SIGKILL
    assert "agt-s1.sock" in left_in(tmp_path)
    (tmp_path / "agt-s1.ready").unlink()
    with running_switch("agt-s1", tmp_path, "--port", f"tap:{TAP}1") as switch:
        assert f"{TAP}1" in switch("show", "agt-s1")
    assert left_in(tmp_path) == set()


def test_it_says_that_it_is_ready_on_stdout_and_in_a_file(tmp_path: Path) -> None:
    with running_switch("agt-s1", tmp_path, "--port", f"tap:{TAP}1") as switch:
        assert (tmp_path / "agt-s1.ready").read_text() == f"{switch.process.pid}\n"
        assert switch.process.stdout is not None
        assert switch.process.stdout.readline() == "ready\n"


def test_a_port_that_cannot_be_had_takes_the_others_with_it(tmp_path: Path) -> None:
    command = [*OFSWITCH, "run", "agt-s1", "--control", str(tmp_path / "s"), "--log-level", "error"]
    command += ["--port", f"tap:{TAP}1", "--port", "dev:agt-none"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1
    assert "agt-none" in found.stderr
    assert interfaces() == ""
    assert left_in(tmp_path) == set()


def test_a_second_switch_of_the_same_name_touches_nothing(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports) as switch:
        command = [*OFSWITCH, "run", "agt-s1", "--control", str(switch.control), *ports]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert found.returncode == 1
        assert "running already" in found.stderr
        assert ping()


# --- ports at run time ----------------------------------------------------------------------------------------


def links(switch: RunningSwitch) -> dict[str, str]:
    """The link state of every port."""
    rows = [line.split() for line in switch("port", "list", "agt-s1").splitlines()[1:]]
    return {row[1]: row[4] for row in rows}


def test_ports_are_added_and_deleted_while_it_runs(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path) as switch:
        assert switch("port", "list", "agt-s1") == "no ports\n"
        first, second = ports[1], ports[3]
        assert switch("port", "add", "agt-s1", first) == f"port 1: {TAP}1\n"
        assert switch("port", "add", "agt-s1", f"{second},no=7") == f"port 7: {TAP}2\n"
        wait_until(ping, "the first answer")
        switch("port", "delete", "agt-s1", f"{TAP}1")
        assert not ping()
        switch("port", "delete", "agt-s1", "7")
        assert links(switch) == {}
        listed = subprocess.check_output(["ip", "-n", HOSTS[0], "-o", "link"], text=True)
        assert "eth0" not in listed


def test_a_mistake_in_a_port_is_told_by_the_running_switch(tmp_path: Path) -> None:
    with running_switch("agt-s1", tmp_path) as switch:
        command = [*OFSWITCH, "port", "add", "agt-s1", "dev:agt-none", "--control"]
        found = subprocess.run(
            [*command, str(switch.control)], capture_output=True, text=True, check=False
        )
        assert found.returncode == 1
        assert found.stderr.startswith("ofswitch: ")
        assert "agt-none" in found.stderr


def test_it_notices_links_that_go_down_and_interfaces_that_disappear(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports) as switch:
        wait_until(lambda: set(links(switch).values()) == {"up"}, "both links")
        subprocess.run(["ip", "-n", HOSTS[0], "link", "set", "eth0", "down"], check=True)
        wait_until(lambda: links(switch) == {f"{TAP}1": "down", f"{TAP}2": "up"}, "a link down")
        subprocess.run(["ip", "-n", HOSTS[1], "link", "del", "eth0"], check=True)
        wait_until(lambda: links(switch) == {f"{TAP}1": "down"}, "an interface gone")
        assert f"{TAP}2 has disappeared" in switch.log()


def test_what_it_dropped_has_names(tmp_path: Path) -> None:
    with (
        two_hosts() as ports,
        running_switch("agt-s1", tmp_path, *ports, "--fail-mode", "secure") as switch,
    ):
        assert not ping()
        assert "table_miss" in switch("drops", "agt-s1")
        assert switch("flows", "agt-s1") == ""
