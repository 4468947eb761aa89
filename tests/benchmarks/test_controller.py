"""The benchmark of controllers: what it makes of what it measured, and one run of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.controller import plot, report
from benchmarks.controller.measure import Cell, Measurement, cells
from benchmarks.controller.peers import BARE, TESTCONTROLLER, Peer, controllers
from benchmarks.controller.report import Findings

ROOT = Path(__file__).parents[2]
CELL = Cell("throughput", 16, 1000)
PEERS = [Peer("ours", "ofswitch", lambda _: []), Peer(TESTCONTROLLER, "peer", lambda _: [])]


def measured(peer: str, rate: float, cell: Cell = CELL, load: float = 0.5) -> Measurement:
    return Measurement(peer, cell, rate, 1.0, 10.0, 20.0, 8.0, load)


def findings(*measurements: Measurement) -> Findings:
    return Findings(PEERS, measurements)


def test_every_mode_number_of_switches_and_of_hosts_is_a_load() -> None:
    found = cells([1, 16], [1000, 100_000])
    assert len(found) == len(set(found)) == 8
    assert {cell.mode for cell in found} == {"throughput", "latency"}


def test_figures_are_medians_of_the_runs_and_ratios_are_to_the_testcontroller() -> None:
    found = findings(
        *(measured("ours", rate) for rate in (3e6, 1e6, 2e6)),
        *(measured(TESTCONTROLLER, rate) for rate in (3e5, 2e5, 1e5)),
    )
    assert found.median("ours", CELL) == 2e6
    assert found.ratio("ours", CELL) == 10
    assert found.runs() == 3
    assert "| ours | 2,000,000 | 10.00x | 1.000 | 10 | 20 | 8 |" in report.markdown(found)


def test_what_was_not_measured_is_left_blank() -> None:
    text = report.markdown(findings(measured("ours", 1e6)))
    assert "None" not in text
    assert f"| {TESTCONTROLLER} |  |  |" in text


def test_a_rate_that_the_load_limited_has_a_sign() -> None:
    text = report.markdown(findings(measured("ours", 1e6, load=0.99)))
    assert "≥ 1,000,000" in text


def test_the_json_holds_medians_and_every_run() -> None:
    found = findings(measured("ours", 1e6), measured("ours", 3e6), measured(TESTCONTROLLER, 1e5))
    told = json.loads(report.as_json(found))
    assert [(one["peer"], one["ratio"]) for one in told["medians"]] == [
        ("ours", 20),
        (TESTCONTROLLER, 1),
    ]
    assert len(told["runs"]) == 3
    assert told["runs"][0]["cell"] == {"mode": "throughput", "switches": 16, "hosts": 1000}


def test_a_measurement_is_told_in_a_line() -> None:
    line = report.line(measured("ours", 1234567))
    assert line.startswith("ours: throughput, 16 switches, 1,000 MACs: 1,234,567 responses/s")


def test_a_picture_is_drawn_with_holes_where_nothing_was_measured(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    one, other = measured("ours", 1e6), measured(TESTCONTROLLER, 1e5, Cell("latency", 1, 1000))
    plot.draw(findings(one, other), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_who_is_missing_says_what_to_install() -> None:
    assert {peer.name for peer in controllers()} >= {TESTCONTROLLER, BARE}
    assert len({peer.name for peer in controllers()}) == len(controllers())


@pytest.mark.native
def test_it_measures_and_writes_what_it_found(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.controller", "--runs", "1", "--seconds", "0.2"]
    few = ["--switches", "2", "--macs", "10", "--mode", "latency"]
    ours = ["--controller", BARE, "--controller", "ofswitch, native"]
    done = subprocess.run(
        [*command, *few, *ours, "--output", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    medians = json.loads((tmp_path / "measurements.json").read_text())["medians"]
    assert {one["peer"] for one in medians} == {BARE, "ofswitch, native codec"}, done.stdout
    assert all(one["responses_per_s"] > 100 for one in medians)
    assert all(one["resident_mib"] > 1 for one in medians)
    assert "ofswitch, native codec" in (tmp_path / "table.md").read_text()
