"""Our classes in Debian's Mininet, behind a wall of namespaces (`tests.kernel.isolation`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.isolation import ROOT, isolated
from tests.needs import needs

CLASSES = ROOT / "topologies" / "mn.py"
SESSION = ROOT / "tests" / "kernel" / "mininet_session.py"
SYSTEM_PYTHON = "/usr/bin/python3"
TIMEOUT_S = 60

pytestmark = [
    pytest.mark.system,
    needs("mn"),
]

BOTH_VERSIONS = pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command behind the wall, where our programs are found beside this Python."""
    environment = {**os.environ, "OFSWITCH_BIN": str(Path(sys.executable).parent)}
    return subprocess.run(
        isolated(command),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def mn(*arguments: str) -> str:
    """Run ``mn`` with our classes and return what it says."""
    done = run("mn", "--custom", str(CLASSES), *arguments)
    return done.stdout + done.stderr


@BOTH_VERSIONS
def test_all_hosts_of_a_tree_reach_each_other(protocol: str) -> None:
    switch = f"ofswitch,datapath=reference,protocols={protocol}"
    network = ("--switch", switch, "--controller", "ofcontroller", "--topo", "tree,2,3")
    said = mn(*network, "--test", "pingall")
    assert "0% dropped (72/72 received)" in said


def test_switches_alone_forward_by_themselves() -> None:
    switch = ("--switch", "ofswitch,failMode=standalone,protocols=OpenFlow10+OpenFlow13")
    said = mn(*switch, "--controller", "none", "--topo", "linear,2", "--test", "pingall")
    assert "0% dropped (2/2 received)" in said


def test_switches_can_live_in_namespaces_of_their_own() -> None:
    network = ("--switch", "ofswitch", "--controller", "ofcontroller", "--topo", "linear,2")
    said = mn(*network, "--innamespace", "--test", "pingall")
    assert said.count("0% dropped (2/2 received)") == 3  # each switch and its controller, the hosts


@pytest.fixture(scope="module", params=["OpenFlow10", "OpenFlow13"])
def session(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a session on Mininet's API tells (`tests.kernel.mininet_session`)."""
    done = run(SYSTEM_PYTHON, str(SESSION), str(CLASSES), request.param)
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "asked_for": request.param}


def test_the_switch_speaks_the_version_that_was_asked_for(session: dict[str, Any]) -> None:
    assert session["version"] == session["asked_for"]


def test_tcp_passes_with_the_hosts_offloads_untouched(session: dict[str, Any]) -> None:
    assert "tcp-segmentation-offload: on" in session["offloads"]
    assert "tx-checksumming: on" in session["offloads"]
    assert session["gbit_per_s"] > 0.1


def test_an_interface_can_be_attached_to_a_running_switch_and_detached(
    session: dict[str, Any],
) -> None:
    assert session["loss_percent_attached"] == 0
    assert session["loss_percent_detached"] == 100


def test_dpctl_lists_the_flows(session: dict[str, Any]) -> None:
    assert "actions=output:" in session["flows"]


def test_dpctl_traces_a_packet(session: dict[str, Any]) -> None:
    assert session["trace"].startswith("in_port=1, eth_dst=ff:ff:ff:ff:ff:ff")
    assert session["trace"].endswith("to the controller\n")


def test_nothing_of_ours_is_left_when_mininet_stops(session: dict[str, Any]) -> None:
    assert session["left_processes"] == []
    assert session["left_interfaces"] == ["lo"]


FAULTS = {
    "an app that is none": ("ofcontroller,app=no_such_app", "ofswitch", "no_such_app"),
    "an option of the switch": ("ofcontroller", "ofswitch,opts=--nonsense", "--nonsense"),
    "an engine that is none": ("ofcontroller", "ofswitch,datapath=magic", "magic"),
}


@pytest.mark.parametrize(("controller", "switch", "word"), FAULTS.values(), ids=FAULTS)
def test_a_program_that_does_not_start_ends_mininet_with_its_reason(
    controller: str, switch: str, word: str
) -> None:
    said = mn("--switch", switch, "--controller", controller, "--test", "pingall")
    (line,) = [line for line in said.split("\n") if "has ended" in line]
    assert word in line


MISSPELT = {
    "of the switch": ("ofswitch,failmode=secure", "ofcontroller", "did you mean failMode?"),
    "of the controller": ("ofswitch", "ofcontroller,ap=hub", "did you mean app?"),
}


@pytest.mark.parametrize(("switch", "controller", "advice"), MISSPELT.values(), ids=MISSPELT)
def test_a_misspelt_option_is_refused(switch: str, controller: str, advice: str) -> None:
    assert advice in mn("--switch", switch, "--controller", controller, "--test", "none")


def test_what_resembles_no_option_is_told_and_does_nothing() -> None:
    said = mn("--switch", "ofswitch,zzz=1", "--controller", "none", "--test", "none")
    assert "s1: no option 'zzz', so it does nothing" in said
    assert "has ended" not in said


BROKEN_SCRIPTS = {
    "no Python": ("def init(ctrl)", "line 1: SyntaxError: expected ':'"),
    "an exception": ("x = 1/0", "line 1: ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize(("source", "sentence"), BROKEN_SCRIPTS.values(), ids=BROKEN_SCRIPTS)
def test_a_broken_script_is_told_with_its_line_and_the_source(source: str, sentence: str) -> None:
    script = "/tmp/broken.py"  # behind the wall
    write = f'echo "{source}" > {script}; exec "$@"'
    controller = ("--controller", f"ofcontroller,app={script}")
    command = ("mn", "--custom", str(CLASSES), "--switch", "ofswitch", *controller)
    said = run("sh", "-c", write, "sh", *command).stderr
    assert f"c0 has ended: ofcontroller: {script}, {sentence}\n    {source}\n" in said
