"""A picture of the packets per second: a panel for each set of rules, a group of bars for each kind of traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.datapath.measure import TRAFFIC
from benchmarks.datapath.report import TRAFFIC_TITLES, Findings, measured
from benchmarks.datapath.rules import RULES

_COLOURS = {"ofswitch": "Blues", "ovs": "Oranges"}


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    pairs = measured(findings)
    panels = [rules for rules in RULES.values() if any(rules.name == name for _, name in pairs)]
    figure, axes = pyplot.subplots(
        max(1, len(panels)), 1, figsize=(11, 2.8 * max(1, len(panels)) + 1), squeeze=False
    )
    colours = _colours(findings, mpl)
    for axis, rules in zip(axes.flat, panels):
        shown = [switch for switch in findings.switches if (switch.name, rules.name) in pairs]
        width = 0.8 / max(1, len(shown))
        for at, switch in enumerate(shown):
            rates = [findings.rate(switch.name, rules.name, traffic) or 0 for traffic in TRAFFIC]
            places = [group + (at - (len(shown) - 1) / 2) * width for group in range(len(TRAFFIC))]
            axis.bar(places, rates, width, label=switch.name, color=colours[switch.name])
        for switch in findings.switches:
            if not switch.takes_rules and (rate := findings.rate(switch.name)):
                axis.axhline(rate, linestyle=":", linewidth=0.8, color="grey")
                axis.annotate(
                    switch.name, (1.002, rate), xycoords=("axes fraction", "data"), fontsize=6
                )
        axis.set_yscale("log")
        axis.set_xticks(range(len(TRAFFIC)), [TRAFFIC_TITLES[traffic] for traffic in TRAFFIC])
        axis.set_ylabel("packets/s")
        axis.set_title(rules.title, fontsize=10, loc="left")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=4, fontsize=7)
    figure.tight_layout(rect=(0, 0.5 / figure.get_figheight(), 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _colours(findings: Findings, mpl: Any) -> dict[str, Any]:
    """Shades of a colour for each family."""
    colours = {}
    for family, name in _COLOURS.items():
        members = [switch.name for switch in findings.switches if switch.family == family]
        shades = mpl.colormaps[name]
        for at, member in enumerate(members):
            colours[member] = shades(0.9 - 0.6 * at / max(1, len(members)))
    return colours
