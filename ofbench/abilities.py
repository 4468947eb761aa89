"""What came of asking a switch: how many messages of each kind it takes in a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from ofbench.figures import microseconds, percentile
from ofbench.settings import SwitchSettings


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

    def percentile_us(self, percent: float) -> float | None:
        """Microseconds from a question to its answer; None where those were not timed."""
        return microseconds(percentile(self.times, percent))


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


@dataclass(slots=True)
class SwitchResult:
    """What comes of asking a switch, stream by stream."""

    settings: SwitchSettings
    datapath_id: int | None = None
    """Known after the handshake."""
    passages: list[Passage] = field(default_factory=list)

    @property
    def abilities(self) -> list[Ability]:
        """The medians of what was measured so far."""
        return abilities(self.passages)
