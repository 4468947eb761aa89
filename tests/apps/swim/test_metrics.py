"""The figures of an agent."""

from __future__ import annotations

from apps.swim import report
from apps.swim.effects import Answered
from apps.swim.members import Member
from apps.swim.metrics import RoundTrips, collected
from console.metrics import exposition
from tests.apps.swim.cores import at

INFO: report.Values = {
    "name": "h1",
    "version": "1.2",
    "members": {"alive": 2, "suspect": 0, "dead": 1, "left": 0},
    "health": 3,
    "counters": {"push_pulls": 7},
}


def test_figures_are_those_of_info_and_the_round_trips() -> None:
    round_trips = RoundTrips()
    for rtt_s in (0.0004, 0.003):
        round_trips.hear(Answered(Member("h2", at(2)), rtt_s))
    lines = exposition(collected(INFO, round_trips)).splitlines()
    for line in (
        'ofswim_info{name="h1",version="1.2"} 1',
        'ofswim_members{state="alive"} 2',
        'ofswim_members{state="dead"} 1',
        "ofswim_health 3",
        'ofswim_rtt_seconds_bucket{le="0.0005"} 1',
        'ofswim_rtt_seconds_bucket{le="+Inf"} 2',
        "ofswim_rtt_seconds_count 2",
        "ofswim_push_pulls_total 7",
    ):
        assert line in lines


def test_all_counters_are_there_zero_or_not() -> None:
    text = exposition(collected(INFO, RoundTrips()))
    for name, meaning in report.meanings().items():
        assert f"# HELP ofswim_{name}_total {meaning}\n" in text
    assert "ofswim_events_lost_total 0\n" in text
