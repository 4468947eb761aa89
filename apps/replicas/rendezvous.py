"""Rendezvous hashing: who of several is in charge of something, so that all who know the same agree without a word.

Each has a rank for each thing, and the highest is in charge. When one goes, only what it was in charge of moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b


@lru_cache(maxsize=1 << 16)
def rank(dpid: int, name: str) -> bytes:
    """How much a replica is the one for a switch."""
    return blake2b(name.encode(), digest_size=8, key=dpid.to_bytes(8, "big")).digest()


def choose(dpid: int, names: Iterable[str]) -> str | None:
    """The one of these replicas that is the master of a switch; None of none."""
    return max(names, key=lambda name: (rank(dpid, name), name), default=None)
