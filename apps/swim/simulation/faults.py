"""What goes wrong, as data: the network does it to datagrams and streams, and the machines to members.

A pair of numbers is a range from which each case is drawn evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Slow:
    """Members whose process stands still again and again; what it gets waits, and so do its timers."""

    share: float = 0.05
    """The part of all members that is slow, spread evenly over them."""
    run_s: Range = (0.1, 2.0)
    """How long it runs between two stalls."""
    stall_s: Range = (0.5, 8.0)
    """How long it stands still."""
    timers_first: bool = True
    """Whether, running again, it sees what time it is before it sees what has come meanwhile."""
    backlog: int = 256
    """Datagrams that wait for it; more are lost, as in a socket's buffer."""

    def holds(self, number: int) -> bool:
        """Whether the member of this number is slow."""
        return int(number * self.share + 0.5) < int((number + 1) * self.share + 0.5)


@dataclass(frozen=True, slots=True)
class Faults:
    """All of it. The default is a good local network."""

    loss: float = 0.0
    """The part of datagrams that is lost. Streams are slower for it."""
    duplication: float = 0.0
    """The part that arrives twice."""
    delay_s: Range = (0.001, 0.01)
    """How long a datagram takes."""
    late: float = 0.0
    """The part that takes `late_s` longer: others overtake it."""
    late_s: Range = (0.1, 1.0)
    skew: float = 0.0
    """Clocks go faster or slower by up to this part, and none shows the same time."""
    slow: Slow | None = None


WELL = Faults()
"""Nothing goes wrong."""
