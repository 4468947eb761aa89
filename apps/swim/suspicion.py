"""How long a suspect has to clear itself: Lifeguard's dynamic timeout.

It begins long and falls with every member that suspects independently, by the logarithm, to its least once `wanted`
have confirmed. So one unwell member alone condemns slowly, and a crash that everybody sees is known fast.
"""

from __future__ import annotations

from math import log, log10

from apps.swim.agenda import Timer


class Suspicion:
    """Of one member; it lasts `most` seconds at most, and then `timer` condemns it."""

    __slots__ = ("_confirmed_by", "_least", "_start", "_wanted", "most", "timer")

    def __init__(self, from_: str, wanted: int, least: float, most: float, start: float) -> None:
        self._confirmed_by = {from_}
        self._wanted = wanted
        self._least = least
        self.most = most
        self._start = start
        self.timer: Timer | None = None

    @property
    def confirmations(self) -> int:
        """Members that suspect it, too; not counting the first one."""
        return len(self._confirmed_by) - 1

    @property
    def confirmed(self) -> bool:
        """Whether somebody else suspects it, too, or nobody else is there who could."""
        return self.confirmations > 0 or self._wanted < 1

    @property
    def deadline(self) -> float:
        """When it is condemned, as things stand."""
        return self._start + timeout(self.confirmations, self._wanted, self._least, self.most)

    def confirm(self, from_: str) -> bool:
        """Whether this is news: a member that had not said so, while more are wanted."""
        if self.confirmations >= self._wanted or from_ in self._confirmed_by:
            return False
        self._confirmed_by.add(from_)
        return True

    def cancel(self) -> None:
        """It has cleared itself, or is dead."""
        if self.timer is not None:
            self.timer.cancel()


def timeout(confirmations: int, wanted: int, least: float, most: float) -> float:
    """Seconds from the beginning of a suspicion to its end."""
    if wanted < 1:
        return least
    part = log(confirmations + 1) / log(wanted + 1)
    return max(least, most - part * (most - least))


def least_timeout(mult: int, members: int, probe_interval_s: float) -> float:
    """The least timeout in a cluster of so many."""
    return mult * max(1.0, log10(max(1, members))) * probe_interval_s


def confirmations_wanted(mult: int, members: int) -> int:
    """How many others should confirm: two less than the multiplier, and none when there are not so many."""
    wanted = mult - 2
    return 0 if members - 2 < wanted else wanted
