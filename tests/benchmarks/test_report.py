"""What the benchmark of switches makes of what it measured."""

from __future__ import annotations

import json
from contextlib import nullcontext

from benchmarks.datapath import report
from benchmarks.datapath.measure import Measurement
from benchmarks.datapath.report import Findings
from benchmarks.datapath.switches import Running, Switch


def switch(name: str, family: str, yardstick: str = "bare tap") -> Switch:
    return Switch(name, family, "tap", yardstick, lambda: nullcontext(Running()))


SWITCHES = [
    switch("bare tap", "bare"),
    switch("Open vSwitch, tap", "ovs"),
    switch("ofswitch native, tap", "ofswitch"),
]


def packets(name: str, rate: float, rules: str = "l2", flows: str = "1") -> Measurement:
    return Measurement(name, rules, flows, {"packets_per_s": rate})


def test_figures_are_medians_of_the_runs() -> None:
    findings = Findings(SWITCHES, [packets("bare tap", rate) for rate in (3e6, 1e6, 2e6)])
    assert findings.rate("bare tap") == 2e6
    assert findings.runs() == 3


def test_ratios_are_to_the_bare_loop_and_to_open_vswitch_with_the_same_ports() -> None:
    rates = {"bare tap": 1.0e6, "Open vSwitch, tap": 0.5e6, "ofswitch native, tap": 0.9e6}
    findings = Findings(SWITCHES, [packets(name, rate) for name, rate in rates.items()])
    text = report.markdown(findings)
    assert "| ofswitch native, tap | 0.900 | 0.90x |  | 1.80x |" in text


def test_rules_are_told_as_a_part_of_the_rate_with_one_flow() -> None:
    name = "ofswitch native, tap"
    measured = [
        packets(name, 1e6),
        packets(name, 0.5e6, "mixed", "new"),
        packets("Open vSwitch, tap", 0.001e6, "mixed", "new"),
    ]
    text = report.markdown(Findings(SWITCHES, measured))
    assert "0.500 (0.50x)" in text
    assert "500.00x" in text


def test_what_was_not_measured_is_left_blank() -> None:
    text = report.markdown(Findings(SWITCHES, [packets("bare tap", 1e6)]))
    assert "None" not in text
    assert "nan" not in text


def test_every_figure_has_words_for_the_terminal_and_a_place_in_the_json() -> None:
    figures = dict.fromkeys(report.UNITS, 1.0)
    measurement = Measurement("bare tap", "l2", "1", figures)
    assert report.line(measurement).startswith("bare tap: one L2 flow, one flow: ")
    cells = json.loads(report.as_json(Findings(SWITCHES, [measurement])))["cells"]
    assert {cell["figure"] for cell in cells} == set(report.UNITS)
