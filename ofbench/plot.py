"""A picture of a load: a row for each mode, with its course, its latencies, and what each switch got."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from pathlib import Path
from typing import Any

from ofbench.figures import Result

_WIDTH, _HEIGHT = 12, 3.2
"""Inches: of the picture, of a row."""


def draw(results: list[Result], path: Path) -> None:
    """Write a PNG; ImportError when there is no matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    size = (_WIDTH, _HEIGHT * len(results))
    figure, rows = pyplot.subplots(len(results), 3, figsize=size, squeeze=False)
    for axes, result in zip(rows, results, strict=True):
        _course(axes[0], result)
        _latencies(axes[1], result.times)
        _shares(axes[2], result)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _course(axis: Any, result: Result) -> None:
    """Responses per second over the rounds."""
    begun = 0.0
    for turn in result.rounds:
        times, rates = zip(*turn.course, strict=True)
        axis.plot([begun + at for at in times], rates, marker=".", linewidth=1, color="tab:blue")
        begun += turn.seconds
        axis.axvline(begun, linewidth=0.5, color="lightgrey")
    axis.axhline(result.rate, linestyle="--", linewidth=0.8, color="black")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("seconds")
    axis.set_ylabel("responses/s")
    axis.set_title(f"{result.mode}, {result.switches} switches", fontsize=10, loc="left")


def _latencies(axis: Any, times: Counter[int]) -> None:
    """How many packet-ins were answered within which time."""
    if not times:
        return
    known = sorted(times)
    parts = accumulate(times[time] for time in known)
    total = times.total()
    axis.step([time / 1000 for time in known], [100 * part / total for part in parts], where="post")
    axis.set_xscale("log")
    axis.set_xlabel("us from packet-in to response")
    axis.set_ylabel("% answered")


def _shares(axis: Any, result: Result) -> None:
    """What each switch got, in order."""
    counts = [sum(counts) for counts in zip(*(turn.responses for turn in result.rounds))]
    seconds = sum(turn.seconds for turn in result.rounds)
    axis.bar(range(1, len(counts) + 1), sorted(count / seconds for count in counts), width=1)
    axis.set_xlabel(f"switches, by responses (Jain {result.fairness:.4f})")
    axis.set_ylabel("responses/s")
