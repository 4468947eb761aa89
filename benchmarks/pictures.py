"""Pictures of what was measured: panels below one another, a legend below them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_WIDTH = 11
"""Inches."""

GROUP = 0.85
"""The part of a group's place that its bars take."""


class Picture:
    """A figure with `axes`, one for each panel; sizes are in inches. Raises ImportError without matplotlib."""

    def __init__(self, panels: int, panel: float, legend: float) -> None:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot

        height = panel * panels + legend
        self._legend = legend / height
        self._figure, axes = pyplot.subplots(panels, 1, figsize=(_WIDTH, height), squeeze=False)
        self.axes: list[Any] = list(axes.flat)

    def save(self, path: Path, columns: int, fontsize: int) -> None:
        """Write a PNG, with the first panel's legend in so many columns."""
        from matplotlib import pyplot

        handles, labels = self.axes[0].get_legend_handles_labels()
        place = "lower center"
        self._figure.legend(handles, labels, loc=place, ncols=columns, fontsize=fontsize)
        self._figure.tight_layout(rect=(0, self._legend, 1, 1))
        self._figure.savefig(path, dpi=120)
        pyplot.close(self._figure)


def colours(families: Iterable[tuple[str, str]], shades: Mapping[str, str]) -> dict[str, Any]:
    """A colour for each name of (name, family): shades of its family's colour map."""
    import matplotlib as mpl

    pairs = list(families)
    found = {}
    for family, name in shades.items():
        members = [member for member, its_family in pairs if its_family == family]
        for at, member in enumerate(members):
            found[member] = mpl.colormaps[name](0.85 - 0.55 * at / len(members))
    return found
