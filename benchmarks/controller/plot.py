"""A picture of the responses per second: a panel for each mode and number of hosts, a group of bars for each number of
switches, and on each bar the ratio to ovs-testcontroller.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.controller.report import Findings

_SHADES = {"ofswitch": "Blues", "peer": "Oranges", "yardstick": "Greys"}
_WIDTH, _HEIGHT, _LEGEND = 11, 2.8, 0.6
"""Inches: of the picture, of a panel, of the legend."""

_GROUP = 0.85
"""The part of a group's place that its bars take."""


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    kinds = findings.kinds()
    height = _HEIGHT * len(kinds) + _LEGEND
    figure, axes = pyplot.subplots(len(kinds), 1, figsize=(_WIDTH, height), squeeze=False)
    colours = _colours(findings, mpl)
    for axis, (mode, hosts) in zip(axes.flat, kinds, strict=True):
        _bars(axis, findings, mode, hosts, colours)
        axis.set_yscale("log")
        axis.margins(y=0.15)
        axis.set_ylabel("responses/s")
        axis.set_title(f"{mode}, {hosts:,} MACs a switch", fontsize=10, loc="left")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=3, fontsize=8)
    figure.tight_layout(rect=(0, _LEGEND / height, 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _bars(axis: Any, findings: Findings, mode: str, hosts: int, colours: dict[str, Any]) -> None:
    cells = findings.cells(mode, hosts)
    width = _GROUP / len(findings.peers)
    for at, peer in enumerate(findings.peers):
        offset = (at - (len(findings.peers) - 1) / 2) * width
        places = [group + offset for group in range(len(cells))]
        rates = [findings.median(peer.name, cell) or 0 for cell in cells]
        bars = axis.bar(places, rates, width, label=peer.name, color=colours[peer.name])
        ratios = (findings.ratio(peer.name, cell) for cell in cells)
        axis.bar_label(bars, [_label(ratio) for ratio in ratios], fontsize=7)
    names = [f"{cell.switches} switch{'' if cell.switches == 1 else 'es'}" for cell in cells]
    axis.set_xticks(range(len(cells)), names)


def _label(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def _colours(findings: Findings, mpl: Any) -> dict[str, Any]:
    """Shades of a colour for each family."""
    colours = {}
    for family, name in _SHADES.items():
        members = [peer.name for peer in findings.peers if peer.family == family]
        for at, member in enumerate(members):
            colours[member] = mpl.colormaps[name](0.8 - 0.5 * at / len(members))
    return colours
