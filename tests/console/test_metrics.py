"""The text that Prometheus reads."""

from __future__ import annotations

from console.metrics import Histogram, Metric, counter, exposition, gauge, gauges


def test_figures_are_told_as_prometheus_reads_them() -> None:
    metrics = [
        gauge("a_info", "Of it.", 1, name="x"),
        gauges("a_members", "Who\nis there, \\ by state.", "state", {"alive": 3, "dead": 0}),
        counter("a_lost", "Lost.", 2.5),
    ]
    assert exposition(metrics) == (
        "# HELP a_info Of it.\n"
        "# TYPE a_info gauge\n"
        'a_info{name="x"} 1\n'
        "# HELP a_members Who\\nis there, \\\\ by state.\n"
        "# TYPE a_members gauge\n"
        'a_members{state="alive"} 3\n'
        'a_members{state="dead"} 0\n'
        "# HELP a_lost_total Lost.\n"
        "# TYPE a_lost_total counter\n"
        "a_lost_total 2.5\n"
    )


def test_labels_may_hold_anything() -> None:
    text = exposition([gauge("a", "b", 1, name='a"\\\nb')])
    assert 'a{name="a\\"\\\\\\nb"} 1\n' in text


def test_a_histogram_counts_what_is_as_large_as_a_step() -> None:
    histogram = Histogram("t_seconds", "Times.", [1, 0.25])
    for value in (0.1, 0.25, 0.5, 1.5):
        histogram.observe(value)
    assert histogram.metric() == Metric(
        "t_seconds",
        "histogram",
        "Times.",
        (
            ("_bucket", {"le": "0.25"}, 2),
            ("_bucket", {"le": "1"}, 3),
            ("_bucket", {"le": "+Inf"}, 4),
            ("_sum", {}, 2.35),
            ("_count", {}, 4),
        ),
    )
