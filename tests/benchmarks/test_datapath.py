"""The benchmark of switches on real links, for moments."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.datapath import measure, traffic
from benchmarks.datapath.rules import SINK, Rules, default_rules, flow
from benchmarks.datapath.switches import switches
from benchmarks.network import HOSTS, SWITCH, inside
from benchmarks.processes import run
from tests.needs import needs

pytestmark = [
    pytest.mark.system,
    needs("cargo"),
    pytest.mark.skipif(bool(measure.why_not()), reason=measure.why_not()),
]

ROOT = Path(__file__).parents[2]


def benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.datapath", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=110
    )


def test_it_measures_and_writes_what_it_found(tmp_path: Path) -> None:
    cell = ["--switch", "bridge", "--rules", "l2", "--traffic", "1"]
    done = benchmark("--runs", "1", "--seconds", "0.2", *cell, "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    cells = json.loads((tmp_path / "measurements.json").read_text())["cells"]
    found = {cell["figure"]: cell["median"] for cell in cells}
    assert found["packets_per_s"] > 1000
    assert found["gbit_per_s"] > 0.1
    assert 0 < found["p50_us"] < 100_000
    assert "Linux bridge, veth" in (tmp_path / "table.md").read_text()
    assert not re.findall(r"^ofb\d+-[abs]\b", run("ip", "netns", "list"), re.MULTILINE)


def test_a_switch_that_is_not_there_is_told_with_those_that_are() -> None:
    done = benchmark("--switch", "crossbar")
    assert done.returncode == 1
    assert "Linux bridge" in done.stderr


def test_the_flows_that_are_sent_are_those_that_rules_are_made_for(tmp_path: Path) -> None:
    def lines() -> list[str]:
        matches = [
            "nw_src={},nw_dst={},tp_src={},tp_dst={}".format(*flow(number)) for number in range(3)
        ]
        return [
            *default_rules(),
            *(f"udp,dl_dst={SINK},{match},actions=output:2" for match in matches),
        ]

    (switch,) = (one for one in switches() if one.name == "ofswitch reference, veth")
    rules = tmp_path / "rules"
    rules.write_text("\n".join(Rules("three", "three flows", lambda: iter(lines())).lines()))
    with switch.start() as running:
        running.program(rules)
        send = [str(traffic.program()), "send", "eth0", "--target", SINK, "--flows", "3"]
        run(*inside(HOSTS[0].namespace, *send, "--seconds", "0.01"))
        dump = run(*inside(SWITCH, "ovs-ofctl", "-O", "OpenFlow13", "dump-flows", running.target))
    hits = [int(count) for count in re.findall(r"n_packets=(\d+).*udp", dump)]
    assert len(hits) == 3
    assert min(hits) > 0
