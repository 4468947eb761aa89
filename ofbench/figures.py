"""What was measured, and what follows from it: rates, percentiles, fairness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ofbench._load import Counts

PERCENTILES = (50.0, 90.0, 99.0, 99.9)


def fairness(counts: Sequence[float]) -> float:
    """Jain's index: 1 when all have the same, 1/n when one has everything, 0 when nobody has anything."""
    total = sum(counts)
    squares = sum(count * count for count in counts)
    return total * total / (len(counts) * squares) if squares else 0.0


def percentile(times: Counter[int], percent: float) -> float | None:
    """The time that this part of all did not exceed; None when there are none."""
    total = times.total()
    reached = 0
    for time in sorted(times):
        reached += times[time]
        if reached * 100 >= percent * total:
            return float(time)
    return None


@dataclass(slots=True)
class Round:
    """One round of a load: what came back, and how long it took. Times are in nanoseconds."""

    seconds: float = 0.0
    responses: list[int] = field(default_factory=list)
    sent: int = 0
    unanswered: int = 0
    flow_mods: int = 0
    packet_outs: int = 0
    errors: int = 0
    times: Counter[int] = field(default_factory=Counter)
    busy_s: float = 0.0
    """Processor time of the load, without that in which it polled for responses and there were none."""

    course: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the round began, and responses per second up to then."""

    def add(self, part: Counts) -> float:
        """Take in what happened in a part of the round; its responses per second."""
        responses = part["responses"]
        self.seconds += part["seconds"]
        self.responses = list(map(sum, zip(self.responses or [0] * len(responses), responses)))
        self.sent += part["sent"]
        self.unanswered += part["unanswered"]
        self.flow_mods += part["flow_mods"]
        self.packet_outs += part["packet_outs"]
        self.errors += part["errors"]
        self.times += summed(part["times"])
        rate = sum(responses) / part["seconds"] if part["seconds"] else 0.0
        self.course.append((self.seconds, rate))
        return rate

    @property
    def rate(self) -> float:
        """Responses per second of all switches."""
        return sum(self.responses) / self.seconds if self.seconds else 0.0

    @property
    def busy(self) -> float:
        """The part of its processor that the load took; near 1 it is what limits the rate."""
        return self.busy_s / self.seconds if self.seconds else 0.0

    @property
    def fairness(self) -> float:
        """Jain's index over the switches."""
        return fairness(self.responses)


@dataclass(frozen=True, slots=True)
class Result:
    """The rounds of one load."""

    mode: str
    switches: int
    hosts: int
    rounds: list[Round]

    @property
    def rate(self) -> float:
        """The median of the rounds' responses per second."""
        return median(turn.rate for turn in self.rounds)

    @property
    def fairness(self) -> float:
        """The median of the rounds' indices."""
        return median(turn.fairness for turn in self.rounds)

    @property
    def times(self) -> Counter[int]:
        """All times of all rounds."""
        return sum((turn.times for turn in self.rounds), Counter())

    def percentiles(self) -> dict[str, float | None]:
        """Microseconds from a packet-in to its response."""
        times = self.times
        found = {f"p{percent:g}": percentile(times, percent) for percent in PERCENTILES}
        found["max"] = float(max(times)) if times else None
        return {name: microseconds(time) for name, time in found.items()}

    def total(self, name: str) -> int:
        """The sum of a count over the rounds."""
        return sum(getattr(turn, name) for turn in self.rounds)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "mode": self.mode,
            "switches": self.switches,
            "hosts_per_switch": self.hosts,
            "responses_per_s": self.rate,
            "fairness": self.fairness,
            "latency_us": self.percentiles(),
            **{name: self.total(name) for name in COUNTS},
            "rounds": [_round(turn) for turn in self.rounds],
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """One stream of messages into a switch. Times are in nanoseconds, where each message was timed."""

    name: str
    wanted: int
    done: int
    seconds: float
    times: Counter[int] = field(default_factory=Counter)
    error: str | None = None

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def lost(self) -> int:
        """How many answers did not come."""
        return self.wanted - self.done


@dataclass(frozen=True, slots=True)
class Ability:
    """What a switch did of one kind, in all rounds."""

    name: str
    rate: float
    lowest: float
    highest: float
    times: Counter[int]
    lost: int
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "per_s": self.rate,
            "lowest_per_s": self.lowest,
            "highest_per_s": self.highest,
            "p50_us": microseconds(percentile(self.times, 50)),
            "p99_us": microseconds(percentile(self.times, 99)),
            "lost": self.lost,
            "error": self.error,
        }


def abilities(passages: Iterable[Passage]) -> list[Ability]:
    """The medians of what was measured, in the order in which it was first."""
    rounds: dict[str, list[Passage]] = {}
    for passage in passages:
        rounds.setdefault(passage.name, []).append(passage)
    return [_ability(name, found) for name, found in rounds.items()]


def _ability(name: str, rounds: list[Passage]) -> Ability:
    rates = [passage.rate for passage in rounds]
    return Ability(
        name,
        median(rates),
        min(rates),
        max(rates),
        sum((passage.times for passage in rounds), Counter()),
        sum(passage.lost for passage in rounds),
        next((passage.error for passage in rounds if passage.error), None),
    )


def microseconds(nanoseconds: float | None) -> float | None:
    """The same time."""
    return None if nanoseconds is None else nanoseconds / 1000


COUNTS = ("sent", "unanswered", "flow_mods", "packet_outs", "errors")


def _round(turn: Round) -> dict[str, Any]:
    return {
        "seconds": turn.seconds,
        "responses_per_s": turn.rate,
        "fairness": turn.fairness,
        "load_busy": turn.busy,
        "responses_of_switches": turn.responses,
        "responses_per_s_after_s": [[round(at, 3), round(rate)] for at, rate in turn.course],
        "latency_ns": sorted(turn.times.items()),
    }


def summed(times: Iterable[tuple[int, int]]) -> Counter[int]:
    """Times and how often each, as the native module tells them."""
    counted: Counter[int] = Counter()
    for time, count in times:
        counted[time] += count
    return counted
