"""A picture of the packets per second: a panel for each set of rules, a group of bars for each kind of traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.datapath.measure import TRAFFIC
from benchmarks.datapath.report import TRAFFIC_TITLES, Findings, measured
from benchmarks.datapath.rules import RULES, Rules
from benchmarks.datapath.switches import Switch
from benchmarks.pictures import GROUP, Picture, colours

_SHADES = {"ofswitch": "Blues", "ovs": "Oranges"}
_LINES = ("-", "--", "-.", ":")


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    pairs = measured(findings)
    panels = [rules for rules in RULES.values() if any(rules.name == name for _, name in pairs)]
    if not panels:
        return
    picture = Picture(len(panels), panel=2.6, legend=1)
    shades = colours(((switch.name, switch.family) for switch in findings.switches), _SHADES)
    for axis, rules in zip(picture.axes, panels):
        shown = [switch for switch in findings.switches if (switch.name, rules.name) in pairs]
        _bars(axis, findings, rules, shown, shades)
        _yardsticks(axis, findings)
        axis.set_yscale("log")
        axis.set_xticks(range(len(TRAFFIC)), [TRAFFIC_TITLES[traffic] for traffic in TRAFFIC])
        axis.set_ylabel("packets/s")
        axis.set_title(rules.title, fontsize=10, loc="left")
    picture.save(path, columns=5, fontsize=7)


def _bars(
    axis: Any, findings: Findings, rules: Rules, shown: list[Switch], shades: dict[str, Any]
) -> None:
    width = GROUP / len(shown)
    for at, switch in enumerate(shown):
        rates = [findings.rate(switch.name, rules.name, traffic) or 0 for traffic in TRAFFIC]
        places = [group + (at - (len(shown) - 1) / 2) * width for group in range(len(TRAFFIC))]
        axis.bar(places, rates, width, label=switch.name, color=shades[switch.name])


def _yardsticks(axis: Any, findings: Findings) -> None:
    """Lines for what forwards without rules, whatever the traffic."""
    yardsticks = [switch.name for switch in findings.switches if not switch.takes_rules]
    for at, name in enumerate(yardsticks):
        if rate := findings.rate(name):
            style = _LINES[at % len(_LINES)]
            axis.axhline(rate, linestyle=style, linewidth=0.8, color="black", label=name)
