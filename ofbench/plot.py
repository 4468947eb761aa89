"""A picture of a load: a row for each mode, with its course, its latencies, and what each switch got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from ofbench.figures import Result

_WIDTH, _HEIGHT, _TITLE, _MARGIN = 12, 3.2, 0.4, 0.1
"""Inches: of the picture, of a row, of the title above them, of what is around it."""

_ROOM = 1.08
"""An axis from zero goes so much farther than the highest figure on it."""

_ROUND = 10
"""That high is an axis for nothing."""

_DECADE = 10
"""A logarithmic axis shorter than that has too few round numbers on it to read anything off."""


def draw(title: str, results: Sequence[Result], path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    height = _HEIGHT * len(results) + _TITLE
    figure, rows = pyplot.subplots(len(results), 3, figsize=(_WIDTH, height), squeeze=False)
    for axes, result in zip(rows, results, strict=True):
        _course(axes[0], result)
        _latencies(axes[1], result.times)
        _shares(axes[2], result)
    left, top = _MARGIN / _WIDTH, 1 - _MARGIN / height
    above = figure.suptitle(title, fontsize=11, x=left, y=top, ha="left", va="top")
    above.set_in_layout(False)  # its room is kept below
    figure.tight_layout(rect=(0, 0, 1, 1 - _TITLE / height))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _course(axis: Any, result: Result) -> None:
    """Responses per second over the rounds."""
    begun, highest = 0.0, 0.0
    for turn in result.rounds:
        times, rates = zip(*turn.course, strict=True)
        axis.plot([begun + at for at in times], rates, marker=".", linewidth=1, color="tab:blue")
        begun += turn.seconds
        highest = max(highest, *rates)
        axis.axvline(begun, linewidth=0.5, color="lightgrey")
    axis.axhline(result.rate, linestyle="--", linewidth=0.8, color="black")
    axis.set_xlim(left=0)
    _rates(axis, highest)
    axis.set_xlabel("seconds")
    title = f"{result.settings.mode}: {result.rate:,.0f} responses/s"
    axis.set_title(title, fontsize=10, loc="left")


def _latencies(axis: Any, times: Counter[int]) -> None:
    """How many packet-ins were answered within which time."""
    axis.set_xlabel("from packet-in to response")
    axis.set_ylabel("% answered")
    if not times:
        axis.set_xticks([])
        axis.set_yticks([])
        axis.text(0.5, 0.5, "nothing was answered", ha="center", transform=axis.transAxes)
        return
    known = sorted(times)
    parts = accumulate((times[time] for time in known), initial=0)
    total = times.total()
    shares = [100 * part / total for part in parts]
    axis.step([time / 1e9 for time in (known[0], *known)], shares, where="post")
    _seconds(axis, known[-1] / known[0])


def _seconds(axis: Any, ratio: float) -> None:
    """An axis of times, the longest of which is so many times the shortest."""
    from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter

    if ratio < _DECADE:
        axis.xaxis.set_major_locator(MaxNLocator(nbins=4))
    else:
        axis.set_xscale("log")
        steps = (1.0, 3.0) if ratio < _DECADE**2 else (1.0,)
        axis.xaxis.set_major_locator(LogLocator(subs=steps))
        axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_formatter(EngFormatter(unit="s"))


def _shares(axis: Any, result: Result) -> None:
    """What each switch got, in order."""
    from matplotlib.ticker import MaxNLocator

    counts = [sum(counts) for counts in zip(*(turn.responses for turn in result.rounds))]
    seconds = sum(turn.seconds for turn in result.rounds)
    rates = sorted(count / seconds for count in counts)
    axis.bar(range(1, len(rates) + 1), rates, width=1)
    _rates(axis, max(rates))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel(f"switches, by responses (Jain {result.fairness:.4f})")


def _rates(axis: Any, highest: float) -> None:
    """An axis of responses per second, from zero."""
    from matplotlib.ticker import EngFormatter

    axis.set_ylim(0, highest * _ROOM or _ROUND)
    axis.yaxis.set_major_formatter(EngFormatter(sep=""))
    axis.set_ylabel("responses/s")
