"""A simulated member: its protocol, its clock, and whether its process runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Generic, Protocol, TypeVar

from apps.swim.address import Address
from apps.swim.effects import Effect, Kind


class Node(Protocol):
    """A member's protocol: `apps.swim.core.Core`, or another one to compare with."""

    @property
    def deadline(self) -> float:
        """When to call `advance`, at the latest."""

    def advance(self, now: float) -> list[Effect]:
        """The time is `now`: do what is due."""

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """A datagram."""

    def join(self, addresses: Iterable[Address], now: float) -> list[Effect]:
        """Become one cluster with whoever is at these addresses."""


N = TypeVar("N", bound=Node)


@dataclass(slots=True, eq=False)
class Host(Generic[N]):
    """Where a member runs. `events` are (time, kind, whom about), if they are recorded."""

    name: str
    number: int
    at: Address
    swim: N
    rate: float = 1.0
    offset: float = 0.0
    up: bool = True
    stalled: bool = False
    stalled_until: float = 0.0
    slow: bool = False
    wake_at: float = inf
    backlog: deque[tuple[bytes, Address]] = field(default_factory=deque)
    events: list[tuple[float, Kind, str]] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def clock(self, now: float) -> float:
        """What its clock shows."""
        return now * self.rate + self.offset

    def when(self, shown: float) -> float:
        """When its clock shows this."""
        return (shown - self.offset) / self.rate

    @property
    def leaving(self) -> bool:
        """Whether it has said that it goes, and not come back."""
        return bool(getattr(self.swim, "leaving", False))

    def kinds(self, name: str) -> list[Kind]:
        """What has happened to a member, by this one's account."""
        return [kind for _, kind, about in self.events if about == name]
