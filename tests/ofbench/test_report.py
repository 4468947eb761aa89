"""Tables for terminals of any width."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from ofbench.address import parse_address
from ofbench.figures import Ability, Result, Round
from ofbench.report import controller_report, fitting, switch_report

PLACE = parse_address("127.0.0.1")
RATES = [1_524_761, 1_404_123]


def results() -> list[Result]:
    """Two modes with figures of seven digits."""
    rounds = [Round(1.0, [rate], times=Counter({58_196_000: 1})) for rate in RATES]
    return [Result(mode, 16, 100_000, rounds) for mode in ("throughput", "latency")]


@pytest.mark.parametrize("width", [80, 160])
def test_no_figure_of_a_controller_is_cut(width: int) -> None:
    console = Console(file=io.StringIO(), width=width)
    console.print(fitting(controller_report(PLACE, results()), console))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\u2026" not in text
    assert text.count("1,524,761") == 2
    assert ("responses/s" in text, "throughput" in text, "unanswered" in text) == (True, True, True)
    assert max(map(len, text.splitlines())) <= width


def test_no_figure_of_a_switch_is_cut_on_80_columns() -> None:
    error = "BAD_REQUEST__BAD_TYPE of a long kind"
    ability = Ability("flow-mods that add", 1e6, 1234567, 1334567, Counter({99000: 1}), 12, error)
    console = Console(file=io.StringIO(), width=80)
    console.print(switch_report(PLACE, 5, [ability]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\u2026" not in text
    assert all(figure in text for figure in ("1,000,000", "1,234,567", "1,334,567", "99", "12"))
