"""What parent and worker say to one another: a word, and for some a datapath id and a text.

parent: CONNECTION (with a descriptor)   serve this; with the text `ssl`, behind TLS
        GRANTED dpid                     the switch may join
        REFUSED dpid text                it may not: another connection has its datapath id, and lives
        PROBE dpid text                  does yours live? Another connection (from there) shows its datapath id
worker: READY                            the scripts run
        CLOSED                           a connection has ended
        CLAIM dpid text                  a switch (connected from there) wants to join
        RELEASE dpid                     it has left
        ALIVE dpid, DEAD dpid            the answer to PROBE
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SIZE_MAX = 512
TLS = "ssl"


class Word(StrEnum):
    """What a message says."""

    CONNECTION = "connection"
    GRANTED = "granted"
    REFUSED = "refused"
    PROBE = "probe"
    READY = "ready"
    CLOSED = "closed"
    CLAIM = "claim"
    RELEASE = "release"
    ALIVE = "alive"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    word: Word
    dpid: int = 0
    text: str = ""

    def encode(self) -> bytes:
        """Its bytes."""
        return f"{self.word} {self.dpid:x} {self.text}".encode()[:SIZE_MAX]


def decode(data: bytes) -> Said:
    """The message; raises ValueError when it is none."""
    word, dpid, text = data.decode("utf-8", "replace").split(" ", 2)
    return Said(Word(word), int(dpid, 16), text)
