"""How sure one may be of what was counted."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, inf, lgamma, log, sqrt

from benchmarks.swim.measure import Mean

_DOUBT = 0.05
_HALVINGS = 60


def pooled(means: Iterable[Mean]) -> Mean | None:
    """The mean of all values, of which these are means of parts."""
    parts = list(means)
    count = sum(part.of for part in parts)
    if not count:
        return None
    value = sum(part.value * part.of for part in parts) / count
    return Mean(value, sqrt(sum((part.error * part.of) ** 2 for part in parts)) / count, count)


def times_at_least(events: int, hours: float, ours: int, our_hours: float) -> float:
    """What one rate is of another, at the least, with 95 % confidence, where so many events were seen in so long.

    Of all events the share that is ours is binomial; its upper limit is Clopper and Pearson's.
    """
    if not events or not our_hours:
        return 0.0
    low, high = ours / (events + ours), 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        if _at_most(ours, events + ours, share) > _DOUBT:
            low = share
        else:
            high = share
    return (1 - high) / high * our_hours / hours if high else inf


def _at_most(most: int, of: int, share: float) -> float:
    """How likely it is that at most so many are hit, of so many that are hit each with this probability."""
    if not 0 < share < 1:
        return 0.0 if share else 1.0
    return sum(
        exp(_log_choices(of, hit) + hit * log(share) + (of - hit) * log(1 - share))
        for hit in range(most + 1)
    )


def _log_choices(of: int, hit: int) -> float:
    return lgamma(of + 1) - lgamma(hit + 1) - lgamma(of - hit + 1)
