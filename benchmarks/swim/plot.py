"""A picture: first detection, knowledge of all, false positives and load, over the size of the cluster.

Lines are contenders; on the left nothing is lost, then a tenth, then a twentieth of the members is slow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.pictures import Picture, colours
from benchmarks.swim.findings import MEANS, Findings

_SHADES = {"ours": "Blues", "paper": "Oranges", "mirage": "Greys"}
_PANELS = {
    "detected": "first detection, periods",
    "known": "known to all, periods",
    "false_per_hour": "false positives/h",
    "bytes_per_s": "bytes/s of a member",
}
_PANEL, _LEGEND = 2.6, 0.5
_LEAST = 1e-6
"""Where what never happened is drawn, on a logarithmic axis."""


def draw(findings: Findings, path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    picture = Picture(len(_PANELS), _PANEL, _LEGEND)
    tints = colours([(one.name, one.family) for one in findings.contenders], _SHADES)
    conditions = findings.conditions()
    sizes = sorted({one.cell.size for one in findings.measured})
    for axis, (figure, title) in zip(picture.axes, _PANELS.items(), strict=True):
        for contender in findings.contenders:
            _line(axis, findings, contender.name, figure, tints[contender.name])
        places = [
            at * (len(sizes) + 1) + n for at in range(len(conditions)) for n in range(len(sizes))
        ]
        axis.set_xticks(places, [f"{size:,}" for _ in conditions for size in sizes], fontsize=7)
        for at, condition in enumerate(conditions):
            axis.annotate(
                condition,
                (at * (len(sizes) + 1), 1.03),
                xycoords=("data", "axes fraction"),
                fontsize=8,
            )
        if figure != "detected":
            axis.set_yscale("log")
        axis.set_ylabel(title, fontsize=8)
        axis.grid(axis="y", alpha=0.3)
    picture.axes[0].axhline(1.6, color="black", linewidth=0.6, linestyle=":")
    picture.save(path, columns=len(findings.contenders), fontsize=8)


def _line(axis: Any, findings: Findings, contender: str, figure: str, colour: Any) -> None:
    """One for each condition, side by side, in the same colour."""
    sizes = sorted({one.cell.size for one in findings.measured})
    label: str | None = contender
    for at, condition in enumerate(findings.conditions()):
        points = []
        for cell in findings.cells(condition):
            value = findings.figure(contender, cell, figure)
            if value is not None:
                mean = findings.mean(contender, cell, figure) if figure in MEANS else None
                place = at * (len(sizes) + 1) + sizes.index(cell.size)
                points.append((place, max(value, _LEAST), mean.error if mean else 0.0))
        if points:
            axis.errorbar(*zip(*points), marker="o", markersize=3, color=colour, label=label)
            label = None
