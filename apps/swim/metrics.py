"""The figures of an agent: members by state, health, round-trip times, and all that is counted."""

from __future__ import annotations

from collections.abc import Iterator

from apps.swim import report
from apps.swim.effects import Answered, Effect
from console.metrics import Histogram, Metric, counter, gauge, gauges

_RTT_STEPS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class RoundTrips:
    """How long members take to answer a probe."""

    def __init__(self) -> None:
        self._histogram = Histogram(
            "ofswim_rtt_seconds", "Round-trip times of answered probes.", _RTT_STEPS_S
        )

    def hear(self, effect: Effect) -> None:
        """Something has happened; it may be an answer."""
        if isinstance(effect, Answered):
            self._histogram.observe(effect.rtt_s)

    def metric(self) -> Metric:
        """As they are now."""
        return self._histogram.metric()


def collected(info: report.Values, round_trips: RoundTrips) -> Iterator[Metric]:
    """All figures, out of what `ofswim info` tells. Counters that are zero are there, too: they can be seen to grow."""
    yield gauge("ofswim_info", "Of the agent.", 1, name=info["name"], version=info["version"])
    yield gauges("ofswim_members", "Members that are known, by state.", "state", info["members"])
    yield gauge(
        "ofswim_health",
        "Local health: 0 is well; an unwell member probes more slowly.",
        info["health"],
    )
    yield round_trips.metric()
    for name, meaning in sorted(report.meanings().items()):
        yield counter(f"ofswim_{name}", meaning, info["counters"].get(name, 0))
