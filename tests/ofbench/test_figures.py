"""Rates, percentiles and fairness."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofbench.abilities import Passage, abilities
from ofbench.figures import Result, Round, fairness, percentile
from ofbench.settings import LoadSettings

if TYPE_CHECKING:
    from ofbench._load import Counts


def part(seconds: float, responses: list[int], times: list[tuple[int, int]]) -> Counts:
    return {
        "seconds": seconds,
        "responses": responses,
        "sent": sum(responses) + 1,
        "in_flight": 1,
        "flow_mods": 2,
        "packet_outs": 3,
        "errors": 4,
        "times": times,
        "polled": 0.0,
    }


def test_a_round_is_the_sum_of_its_parts() -> None:
    turn = Round()
    assert turn.add(part(0.5, [10, 20], [(100, 5), (200, 1)])) == 60
    assert turn.add(part(0.5, [30, 20], [(100, 5)])) == 100
    assert (turn.responses, turn.rate) == ([40, 40], 80)
    assert turn.times == Counter({100: 10, 200: 1})
    assert (turn.sent, turn.answered, turn.flow_mods, turn.packet_outs) == (82, 80, 4, 6)
    assert turn.in_flight == 1, "of the last part"
    assert turn.course == [(0.5, 60), (1.0, 100)]


def test_a_round_without_anything_has_no_rate() -> None:
    assert (Round().rate, Round().fairness, Round().busy) == (0, 0, 0)


def test_fairness_is_one_when_all_have_the_same_and_a_part_when_one_has_all() -> None:
    assert fairness([5, 5, 5, 5]) == 1
    assert fairness([7, 0, 0, 0]) == 0.25
    assert fairness([0, 0]) == 0


@given(st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_fairness_lies_between_the_two(counts: list[int]) -> None:
    assert 1 / len(counts) - 1e-9 <= fairness(counts) <= 1 + 1e-9


@given(st.lists(st.integers(0, 100), min_size=1), st.floats(0.1, 100))
def test_a_percentile_is_the_least_time_that_so_many_did_not_exceed(
    times: list[int], percent: float
) -> None:
    found = percentile(Counter(times), percent)
    assert found is not None
    assert sum(time <= found for time in times) * 100 >= percent * len(times)
    assert sum(time < found for time in times) * 100 < percent * len(times)


def test_nothing_has_no_percentile() -> None:
    assert percentile(Counter(), 50) is None


def test_a_result_tells_medians_of_rates_and_percentiles_of_all_times() -> None:
    rounds = [Round(1.0, [rate], times=Counter({rate * 1000: 1})) for rate in (10, 40, 20)]
    result = Result(LoadSettings("latency"), rounds=rounds)
    assert result.rate == 20
    assert result.percentiles() == {"p50": 20, "p90": 40, "p99": 40, "p99.9": 40, "max": 40}


def test_each_packet_in_of_a_load_is_answered_or_unanswered_or_in_flight() -> None:
    warm_up = Round(1.0, [5, 5], sent=20, in_flight=10)
    rounds = [Round(1.0, [10, 0], sent=10, in_flight=7), Round(1.0, [0, 0], sent=4, in_flight=4)]
    result = Result(LoadSettings(), warm_up, rounds)
    assert result.packet_ins == (34, 20, 10, 4)


def test_what_was_sent_in_the_warm_up_and_never_answered_is_in_flight() -> None:
    silent = Round(1.0, [0, 0], sent=100, in_flight=100)
    result = Result(LoadSettings(), silent, [Round(1.0, [0, 0], in_flight=100)])
    assert result.packet_ins == (100, 0, 0, 100)


def test_a_switch_is_told_by_medians_of_what_it_did_and_what_it_lost_in_all_rounds() -> None:
    passages = [
        Passage("adds", 10, 10, 1.0),
        Passage("echo", 2, 2, 1.0, Counter({5000: 2})),
        Passage("adds", 10, 8, 0.1, error="TABLE_FULL"),
        Passage("adds", 10, 10, 0.5),
    ]
    adds, echo = abilities(passages)
    assert (adds.name, adds.rate, adds.lowest, adds.highest) == ("adds", 20, 10, 80)
    assert (adds.lost, adds.error) == (2, "TABLE_FULL")
    assert adds.percentile_us(50) is None
    assert echo.percentile_us(99) == pytest.approx(5)
