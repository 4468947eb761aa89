"""What came of loading a controller, and what follows from it: rates, percentiles, fairness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from ofbench.settings import LoadSettings

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


def microseconds(nanoseconds: float | None) -> float | None:
    """The same time."""
    return None if nanoseconds is None else nanoseconds / 1000


def summed(times: Iterable[tuple[int, int]]) -> Counter[int]:
    """Times and how often each, as the native module tells them."""
    counted: Counter[int] = Counter()
    for time, count in times:
        counted[time] += count
    return counted


@dataclass(slots=True)
class Round:
    """One round of a load: what came back, and how long it took. Times are in nanoseconds."""

    seconds: float = 0.0
    responses: list[int] = field(default_factory=list)
    sent: int = 0
    in_flight: int = 0
    """Packet-ins whose responses were still waited for when it ended."""

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
        self.in_flight = part["in_flight"]
        self.flow_mods += part["flow_mods"]
        self.packet_outs += part["packet_outs"]
        self.errors += part["errors"]
        self.times += summed(part["times"])
        rate = sum(responses) / part["seconds"] if part["seconds"] else 0.0
        self.course.append((self.seconds, rate))
        return rate

    @property
    def answered(self) -> int:
        """Packet-ins of all switches that were answered."""
        return sum(self.responses)

    @property
    def rate(self) -> float:
        """Responses per second of all switches."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def busy(self) -> float:
        """The part of its processor that the load took; near 1 it is what limits the rate."""
        return self.busy_s / self.seconds if self.seconds else 0.0

    @property
    def fairness(self) -> float:
        """Jain's index over the switches."""
        return fairness(self.responses)


class PacketIns(NamedTuple):
    """What became of all packet-ins of a load, those of its warm-up too: each was sent, and is one of the others."""

    sent: int
    answered: int
    unanswered: int
    """The controller passed them over, or nothing came for so long that they were given up."""
    in_flight: int
    """Still waited for at the end."""


@dataclass(slots=True)
class Result:
    """What comes of a load, round by round."""

    settings: LoadSettings
    warm_up: Round = field(default_factory=Round)
    rounds: list[Round] = field(default_factory=list)
    """Those that are over."""

    @property
    def rate(self) -> float:
        """The median of the rounds' responses per second."""
        return median(turn.rate for turn in self.rounds)

    @property
    def fairness(self) -> float:
        """The median of the rounds' indices."""
        return median(turn.fairness for turn in self.rounds)

    @property
    def busy(self) -> float:
        """The median of the parts of its processor that the load took."""
        return median(turn.busy for turn in self.rounds)

    @property
    def times(self) -> Counter[int]:
        """All times of all rounds."""
        return sum((turn.times for turn in self.rounds), Counter())

    @property
    def packet_ins(self) -> PacketIns:
        """What became of them until the last round was over."""
        sent, answered = self.total("sent"), self.total("answered")
        in_flight = [self.warm_up, *self.rounds][-1].in_flight
        return PacketIns(sent, answered, sent - answered - in_flight, in_flight)

    def percentiles(self) -> dict[str, float | None]:
        """Microseconds from a packet-in to its response."""
        times = self.times
        found = {f"p{percent:g}": percentile(times, percent) for percent in PERCENTILES}
        found["max"] = float(max(times)) if times else None
        return {name: microseconds(time) for name, time in found.items()}

    def total(self, name: str) -> int:
        """The sum of a count over the warm-up and the rounds."""
        return sum(getattr(turn, name) for turn in (self.warm_up, *self.rounds))
