"""A picture of the packets per second: a panel for each set of rules, a group of bars for each kind of traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.datapath.measure import TRAFFIC
from benchmarks.datapath.report import TRAFFIC_TITLES, Findings, measured
from benchmarks.datapath.rules import RULES, Rules
from benchmarks.datapath.switches import Switch

_SHADES = {"ofswitch": "Blues", "ovs": "Oranges"}
_LINES = ("-", "--", "-.", ":")
_WIDTH, _HEIGHT, _LEGEND = 11, 2.6, 1
"""Inches: of the picture, of a panel, of the legend."""

_GROUP = 0.85
"""The part of a group's place that its bars take."""


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    pairs = measured(findings)
    panels = [rules for rules in RULES.values() if any(rules.name == name for _, name in pairs)]
    if not panels:
        return
    height = _HEIGHT * len(panels) + _LEGEND
    figure, axes = pyplot.subplots(len(panels), 1, figsize=(_WIDTH, height), squeeze=False)
    colours = _colours(findings, mpl)
    for axis, rules in zip(axes.flat, panels):
        shown = [switch for switch in findings.switches if (switch.name, rules.name) in pairs]
        _bars(axis, findings, rules, shown, colours)
        _yardsticks(axis, findings)
        axis.set_yscale("log")
        axis.set_xticks(range(len(TRAFFIC)), [TRAFFIC_TITLES[traffic] for traffic in TRAFFIC])
        axis.set_ylabel("packets/s")
        axis.set_title(rules.title, fontsize=10, loc="left")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=5, fontsize=7)
    figure.tight_layout(rect=(0, _LEGEND / height, 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _bars(
    axis: Any, findings: Findings, rules: Rules, shown: list[Switch], colours: dict[str, Any]
) -> None:
    width = _GROUP / len(shown)
    for at, switch in enumerate(shown):
        rates = [findings.rate(switch.name, rules.name, traffic) or 0 for traffic in TRAFFIC]
        places = [group + (at - (len(shown) - 1) / 2) * width for group in range(len(TRAFFIC))]
        axis.bar(places, rates, width, label=switch.name, color=colours[switch.name])


def _yardsticks(axis: Any, findings: Findings) -> None:
    """Lines for what forwards without rules, whatever the traffic."""
    yardsticks = [switch.name for switch in findings.switches if not switch.takes_rules]
    for at, name in enumerate(yardsticks):
        if rate := findings.rate(name):
            style = _LINES[at % len(_LINES)]
            axis.axhline(rate, linestyle=style, linewidth=0.8, color="black", label=name)


def _colours(findings: Findings, mpl: Any) -> dict[str, Any]:
    """Shades of a colour for each family."""
    colours = {}
    for family, name in _SHADES.items():
        members = [switch.name for switch in findings.switches if switch.family == family]
        shades = mpl.colormaps[name]
        for at, member in enumerate(members):
            colours[member] = shades(0.9 - 0.6 * at / len(members))
    return colours
