"""Rumours: what is to be told to many, a limited number of times.

What has been told least goes first, so that news overtake what most know already. There is one rumour at most of each
subject: a newer one takes the place of the older, and is told from the beginning.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import ceil, log10

from apps.swim.packet import COMPOUND_EACH, COMPOUND_MOST

_SMALLEST = 16
"""Bytes below which it is not worth looking for a rumour that fits."""

_MISSES_MOST = 8
"""So many that do not fit are passed over, of those that were told equally often."""


def transmit_limit(mult: int, members: int) -> int:
    """How often a rumour is told in a cluster of so many."""
    return mult * ceil(log10(members + 1))


class Rumours:
    """Encoded messages by their subject, in tiers by how often they have been told."""

    __slots__ = ("_tier_of", "_tiers")

    def __init__(self) -> None:
        self._tiers: dict[int, dict[Hashable, bytes]] = {}
        self._tier_of: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._tier_of)

    def __contains__(self, subject: Hashable) -> bool:
        return subject in self._tier_of

    def put(self, subject: Hashable, message: bytes) -> None:
        """Tell this, and nothing older of the subject."""
        self.drop(subject)
        self._place(subject, message, 0)

    def drop(self, subject: Hashable) -> None:
        """Tell nothing more of it."""
        tier = self._tier_of.pop(subject, None)
        if tier is not None:
            self._remove(subject, tier)

    def drop_most_told(self) -> None:
        """Make room: forget one that has been told most often."""
        self.drop(next(iter(self._tiers[max(self._tiers)])))

    def take(self, room: int, limit: int, most: int = COMPOUND_MOST) -> list[bytes]:
        """Messages to send along in so many bytes, each counted as told once more."""
        taken: list[tuple[int, Hashable, bytes]] = []
        for tier in sorted(self._tiers):
            room = self._pick(tier, room, most - len(taken), taken)
        for tier, subject, message in taken:
            self._remove(subject, tier)
            if tier + 1 < limit:
                self._place(subject, message, tier + 1)
            else:
                del self._tier_of[subject]
        return [message for _, _, message in taken]

    def _pick(
        self, tier: int, room: int, most: int, taken: list[tuple[int, Hashable, bytes]]
    ) -> int:
        """Add what fits of a tier to `taken`, and return what room is left."""
        misses = 0
        for subject, message in self._tiers[tier].items():
            if room < _SMALLEST or most <= 0 or misses >= _MISSES_MOST:
                break
            if len(message) + COMPOUND_EACH > room:
                misses += 1
                continue
            room -= len(message) + COMPOUND_EACH
            most -= 1
            taken.append((tier, subject, message))
        return room

    def _place(self, subject: Hashable, message: bytes, tier: int) -> None:
        self._tier_of[subject] = tier
        self._tiers.setdefault(tier, {})[subject] = message

    def _remove(self, subject: Hashable, tier: int) -> None:
        messages = self._tiers[tier]
        del messages[subject]
        if not messages:
            del self._tiers[tier]
