"""Tables for terminals of any width."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from ofbench.abilities import Passage, SwitchResult
from ofbench.address import parse_address
from ofbench.figures import Result, Round
from ofbench.report import controller_report, fitting, silence, switch_report
from ofbench.settings import LoadSettings, SwitchSettings

PLACE = parse_address("127.0.0.1")
RATES = [1_524_761, 1_404_123]


def results() -> list[Result]:
    """Two modes with figures of seven digits."""
    rounds = [Round(1.0, [rate], times=Counter({58_196_000: 1})) for rate in RATES]
    return [Result(LoadSettings(mode), rounds=rounds) for mode in ("throughput", "latency")]


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
    times = Counter({99_000: 1})
    passages = [
        Passage("flow-mods that add", done + 4, done, 1.0, times, error)
        for done in (1_234_567, 1_334_567, 1_434_567)
    ]
    result = SwitchResult(SwitchSettings(), 5, passages)
    console = Console(file=io.StringIO(), width=80)
    console.print(switch_report(PLACE, result))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\u2026" not in text
    assert all(figure in text for figure in ("1,334,567", "1,234,567", "1,434,567", "99", "12"))


def silent(**counts: int) -> list[Result]:
    """Nothing was answered in either mode."""
    rounds = [Round(1.0, [0, 0], in_flight=20, **counts)]
    warm_up = Round(1.0, [0, 0], sent=20, in_flight=20)
    return [Result(LoadSettings(mode), warm_up, rounds) for mode in ("throughput", "latency")]


def test_a_controller_that_answers_has_no_complaint() -> None:
    assert silence(PLACE, results()) is None


def test_a_controller_that_answers_nothing_is_asked_whether_its_app_answers() -> None:
    assert silence(PLACE, silent()) == (
        "tcp:127.0.0.1:6653 answered none of 40 packet-ins in throughput and latency mode:"
        " does its app answer?"
    )


def test_a_controller_is_told_what_came_in_place_of_answers() -> None:
    assert silence(PLACE, [*results()[:1], silent(flow_mods=7)[1]]) == (
        "tcp:127.0.0.1:6653 answered none of 20 packet-ins in latency mode:"
        " of the 7 flow-mods and packet-outs that it sent, none named a packet-in"
    )
