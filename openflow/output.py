"""What a connection wants written, until somebody takes it."""

from __future__ import annotations

from typing import Protocol


class Output(Protocol):
    """Where a connection puts what is to be written. A shell may bring one from which it need not be taken again."""

    @property
    def queued(self) -> int:
        """Bytes that `take` has yet to take."""

    def append(self, data: bytes, /) -> None:
        """Queue bytes."""

    def take(self) -> bytes:
        """All that is queued, in order; it is queued no longer."""


class Queue:
    """Output that is taken."""

    __slots__ = ("_parts", "queued")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.queued = 0

    def append(self, data: bytes, /) -> None:
        """Queue bytes."""
        self._parts.append(data)
        self.queued += len(data)

    def take(self) -> bytes:
        """All that is queued, in order; it is queued no longer."""
        output = b"".join(self._parts)
        self._parts.clear()
        self.queued = 0
        return output
