"""A picture of the responses per second: a panel for each mode and number of hosts, a group of bars for each number of
switches, and on each bar the ratio to ovs-testcontroller.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.controller.report import Findings
from benchmarks.pictures import GROUP, Picture, colours

_SHADES = {"ofswitch": "Blues", "peer": "Oranges", "yardstick": "Greys"}


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    kinds = findings.kinds()
    picture = Picture(len(kinds), panel=2.8, legend=0.6)
    families = ((peer.name, peer.family) for peer in findings.peers)
    shades = colours(families, _SHADES)
    for axis, (mode, hosts) in zip(picture.axes, kinds, strict=True):
        _bars(axis, findings, mode, hosts, shades)
        axis.set_yscale("log")
        axis.margins(y=0.15)
        axis.set_ylabel("responses/s")
        axis.set_title(f"{mode}, {hosts:,} MACs a switch", fontsize=10, loc="left")
    picture.save(path, columns=3, fontsize=8)


def _bars(axis: Any, findings: Findings, mode: str, hosts: int, shades: dict[str, Any]) -> None:
    cells = findings.cells(mode, hosts)
    width = GROUP / len(findings.peers)
    for at, peer in enumerate(findings.peers):
        offset = (at - (len(findings.peers) - 1) / 2) * width
        places = [group + offset for group in range(len(cells))]
        rates = [findings.median(peer.name, cell) or 0 for cell in cells]
        bars = axis.bar(places, rates, width, label=peer.name, color=shades[peer.name])
        ratios = (findings.ratio(peer.name, cell) for cell in cells)
        axis.bar_label(bars, [_label(ratio) for ratio in ratios], fontsize=7)
    names = [f"{cell.switches} switch{'' if cell.switches == 1 else 'es'}" for cell in cells]
    axis.set_xticks(range(len(cells)), names)


def _label(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2g}x"
