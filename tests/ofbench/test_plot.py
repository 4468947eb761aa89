"""Pictures that can be read, whatever was measured."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from ofbench.figures import Result, Round
from ofbench.settings import LoadSettings

pyplot = pytest.importorskip("matplotlib.pyplot")

NARROW = {35_000_000 + 900_000 * step: step + 1 for step in range(12)}
DECADES = {100_000 * 2**power: 100 - power for power in range(10)}
TIMES = [NARROW, DECADES, {100_000: 1, 1_500_000: 1}, {35_000_000: 9}, {}]


def figure_of(result: Result, path: Path, monkeypatch: pytest.MonkeyPatch) -> pyplot.Figure:
    """What is drawn, while it can be asked."""
    from ofbench.plot import draw

    monkeypatch.setattr(pyplot, "close", lambda figure: None)
    draw("tcp:127.0.0.1:6653, OpenFlow10, 1,000 MACs", [result], path)
    return pyplot.gcf()


def result(times: dict[int, int], rates: list[float]) -> Result:
    course = [(0.25 * at, rate) for at, rate in enumerate(rates, 1)]
    answered = int(min(rates)) // 2
    turn = Round(1.0, [answered, answered], times=Counter(times), course=course)
    return Result(LoadSettings(switches=2), rounds=[turn, turn])


@pytest.mark.parametrize("times", TIMES)
def test_labels_do_not_overlap(
    times: dict[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = figure_of(result(times, [1000.0, 1100.0]), tmp_path / "x.png", monkeypatch)
    axis = figure.axes[1].xaxis
    shown = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
    inside = sorted((box.x0, box.x1) for box in shown)
    assert all(before[1] < after[0] for before, after in pairwise(inside))
    assert inside or not times


@pytest.mark.parametrize("rates", [[1_700_000.0, 1_790_000.0], [0.0, 0.0], [3.0, 900.0]])
def test_no_point_is_at_the_edge(
    rates: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = figure_of(result({}, rates), tmp_path / "x.png", monkeypatch)
    lowest, highest = figure.axes[0].get_ylim()
    assert (lowest, highest > max(rates)) == (0, True)


def test_the_title_says_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = figure_of(result(NARROW, [1.0]), tmp_path / "x.png", monkeypatch)
    assert figure.get_suptitle() == "tcp:127.0.0.1:6653, OpenFlow10, 1,000 MACs"
