"""Figures of a program that runs, in the text that Prometheus reads (its exposition format 0.0.4).

    # HELP ofswim_members Members, by state.
    # TYPE ofswim_members gauge
    ofswim_members{state="alive"} 3

What only grows is a counter, and its name ends in `_total`; what goes up and down is a gauge. Units are seconds and
bytes, and stand last in the name. `console.scraping` is asked for this text over HTTP.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Value = tuple[str, Labels, float]


@dataclass(frozen=True, slots=True)
class Metric:
    """Values of one thing that is measured: each with an ending of the name, labels, and a number."""

    name: str
    kind: str
    help: str
    values: tuple[Value, ...]


def counter(name: str, help_: str, value: float) -> Metric:
    """What has been counted since the start; `_total` is added to the name."""
    return Metric(f"{name}_total", "counter", help_, (("", {}, value),))


def gauge(name: str, help_: str, value: float, /, **labels: str) -> Metric:
    """What is so now."""
    return Metric(name, "gauge", help_, (("", labels, value),))


def gauges(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    """What is so now of several, told apart by a label."""
    return Metric(name, "gauge", help_, tuple(("", {label: of}, n) for of, n in values.items()))


class Histogram:
    """How large what was observed is, in steps; nothing observed is kept."""

    def __init__(self, name: str, help_: str, steps: Iterable[float]) -> None:
        """A step counts what is as large, or smaller, and larger than the one before."""
        self._name, self._help = name, help_
        self._steps = sorted(steps)
        self._counts = [0] * (len(self._steps) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._steps, value)] += 1
        self._sum += value

    def metric(self) -> Metric:
        """As it is now."""
        ends = [*map(_number, self._steps), "+Inf"]
        found = list(accumulate(self._counts))
        values: list[Value] = [("_bucket", {"le": end}, n) for end, n in zip(ends, found)]
        values += [("_sum", {}, self._sum), ("_count", {}, found[-1])]
        return Metric(self._name, "histogram", self._help, tuple(values))


def exposition(metrics: Iterable[Metric]) -> str:
    """The text."""
    return "".join(map(_lines, metrics))


def _lines(metric: Metric) -> str:
    said = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    head = f"# HELP {metric.name} {said}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(
        f"{metric.name}{ending}{_labels(labels)} {_number(value)}\n"
        for ending, labels, value in metric.values
    )


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
