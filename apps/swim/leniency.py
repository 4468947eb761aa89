"""Who is due more patience: whoever has lately been suspected in vain.

A member that stands still now and then would be suspected, clear itself and be suspected again, and everybody would be
told each time. So whoever has cleared itself is asked a second time, much later, before it is suspected again, for two
rounds; and a round is longer the more members there are: how many false suspicions a cluster is told of does not grow
with its size.

Only a suspicion that others have confirmed counts: who accuses alone may be unwell itself. Nor does one count at a time
when many are suspects: then it is the network that fails, and when it works again they are as well as before. And a
death ends it: who crashes again and again is to be noticed each time.
"""

from __future__ import annotations

_LEAST, _ROUNDS = 600, 2

_MANY = 5
"""More than the fifth part of the members, and more than one, are many."""


def intervals(members: int) -> int:
    """For how many probe intervals patience is shown in a cluster of so many."""
    return max(_LEAST, _ROUNDS * members)


def many(suspects: int, members: int) -> bool:
    """Whether so many suspects in a cluster of so many are more than those that are unwell."""
    return suspects > max(1, members // _MANY)


class Leniency:
    """Until when, by name; and until when nobody wins any."""

    __slots__ = ("_none_until", "_until")

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._none_until = 0.0

    def show(self, name: str, now: float, seconds: float) -> None:
        """A member has cleared itself of a suspicion."""
        if now >= self._none_until:
            self._until[name] = now + seconds

    def suspend(self, until: float) -> None:
        """Many are suspects."""
        self._none_until = until

    def due(self, name: str, now: float) -> bool:
        """Whether a member is due more patience."""
        return now < self._until.get(name, now)

    def forget(self, name: str) -> None:
        """A member has died, or has left."""
        self._until.pop(name, None)
