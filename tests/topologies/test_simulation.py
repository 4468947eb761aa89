"""The simulation: the same networks in one process, without root."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from topologies.cli import main
from topologies.network import LabError, Network, Unavailable
from topologies.pingall import pingall
from topologies.plan import LabOptions
from topologies.simulation import open_simulation
from topologies.topology import parse_topology

BOTH_VERSIONS = pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])


def ignore(text: str) -> None:
    """Let progress go untold."""


def oflab(*arguments: str) -> tuple[int, str]:
    """Run ``oflab --simulate``; return its status and what it printed."""
    result = CliRunner().invoke(main, [*arguments, "--simulate"])
    return result.exit_code, result.output


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("topology", "pings"), [("single,3", 6), ("linear,3", 6), ("tree,2,3", 72)]
)
def test_all_hosts_reach_each_other(topology: str, pings: int, protocol: str) -> None:
    options = ("--topo", topology, "--protocols", protocol)
    status, printed = oflab(*options, "--test", "pingall")
    assert f"0% dropped ({pings}/{pings} received)" in printed
    assert status == 0


def test_switches_alone_forward_by_themselves() -> None:
    status, printed = oflab("--topo", "tree,2,2", "--controller", "none", "--test", "pingall")
    assert "0% dropped (12/12 received)" in printed
    assert status == 0


def at_the_prompt(how: str, lines: str = "") -> tuple[str, str]:
    """Type lines to a program with its streams redirected; what it printed, and said beside that."""
    program = [sys.executable, "-c", "from console.programs import oflab; oflab()"]
    command = ["sh", "-c", f'"$@" --simulate --cli {how}', "sh", *program]
    found = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return found.stdout, found.stderr


def test_the_prompt_shows_the_flows_that_one_asks_for() -> None:
    asked = ("in_port=1", "s1 in_port=x", "arp,tcp")
    lines = ["h1 ping 10.0.0.2", *(f"flows {which}" for which in asked)]
    printed, _ = at_the_prompt("", "\n".join(lines))
    assert printed.count("in_port=1,") == 1
    assert "there is no port x" in printed
    assert "eth_type cannot be both" in printed


@pytest.mark.parametrize("how", ["<&-", "| head -1"])
def test_streams_that_somebody_closes_are_no_fault(how: str) -> None:
    printed, said = at_the_prompt(how)
    assert "Type help" in printed
    assert said.splitlines()[1:] == ["oflab: controller: learning_switch"]


def test_a_lost_ping_fails_the_test() -> None:
    options = ("--controller", "none", "--fail-mode", "secure")
    status, printed = oflab(*options, "--test", "pingall")
    assert "100% dropped (0/2 received)" in printed
    assert status == 1


def test_without_root_it_simulates_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    result = CliRunner().invoke(main, ["--test", "pingall"])
    assert "not root: simulating" in result.output
    assert "0% dropped (2/2 received)" in result.output
    assert result.exit_code == 0


def test_iperf_says_that_it_needs_root() -> None:
    status, printed = oflab("--test", "iperf")
    assert "run oflab as root" in printed
    assert status == 1


def test_the_demonstration_leaves_out_what_needs_root_and_succeeds() -> None:
    status, printed = oflab("demo")
    for words in ("0% dropped (6/6 received)", "left out", "eth_dst=h1", "CONTROLLER"):
        assert words in printed
    assert status == 0


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--controller", "no_such_app", "no_such_app"),
        ("--controller", "tcp:host:x", "no TCP port"),
        ("--protocols", "OpenFlow99", "OpenFlow99"),
        ("--topo", "ring,3", "no known shape"),
    ],
)
def test_a_mistake_is_told_in_a_line(option: str, value: str, words: str) -> None:
    status, printed = oflab(option, value, "--test", "pingall")
    assert words in printed.rstrip().split("\n")[-1]
    assert status in {1, 2}


async def _use(network: Network) -> dict[str, Any]:
    answers = {question: await network.ask("s1", question) for question in ("show", "flows")}
    return {"matrix": await pingall(network), **answers, "drops": await network.ask("s1", "drops")}


def test_a_switch_answers_as_it_does_in_the_lab() -> None:
    async def work() -> dict[str, Any]:
        async with open_simulation(parse_topology("single,2"), LabOptions(), ignore) as network:
            return await _use(network)

    facts = asyncio.run(work())
    assert facts["show"]["dpid"] == "0000000000000001"
    assert [port["name"] for port in facts["show"]["ports"]] == ["s1-eth1", "s1-eth2"]
    assert any("CONTROLLER" in line for line in facts["flows"])


def test_a_simulated_host_can_ping_and_nothing_else() -> None:
    async def work() -> None:
        async with open_simulation(parse_topology("single,2"), LabOptions(), ignore) as network:
            assert await network.run("h1", ["ping", "-c", "1", "10.0.0.2"]) == 0
            with pytest.raises(Unavailable):
                await network.run("h1", ["ls"])
            with pytest.raises(Unavailable):
                await network.run_in_background("h1", ["ls"])
            with pytest.raises(Unavailable):
                await network.set_link(network.topology.links[0], up=False)

    asyncio.run(work())


def test_a_simulation_that_cannot_start_leaves_no_task() -> None:
    async def work() -> set[asyncio.Task[Any]]:
        with pytest.raises(LabError):
            async with open_simulation(
                parse_topology("single,2"), LabOptions(datapath="none such"), ignore
            ):
                pass
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(work()) == set()


AT_THE_END = """
from controller import Event
from openflow import FlowMod

def init(ctrl):
    ctrl.register_cb(Event.SHUTDOWN, say_goodbye)

def say_goodbye(ctrl, *_):
    for dpid in ctrl.switches:
        ctrl.send(dpid, FlowMod(priority=1))
    print("goodbye to", len(ctrl.switches))
"""


def test_the_controller_ends_before_its_switches(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = tmp_path / "at_the_end.py"
    script.write_text(AT_THE_END)
    controller = f"learning_switch,{script}"
    status, printed = oflab("--topo", "linear,3", "--controller", controller, "--test", "pingall")
    assert status == 0
    assert "goodbye to 3" in printed
    assert "does not say whether" not in caplog.text
