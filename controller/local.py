"""A connection inside the process: two ends, what is written at one is read at the other.

For a switch and a controller in one program, and for tests: nothing here needs a socket or an event loop. Nobody
is called from within `write`; an end's `on_readable` is called through `call_soon`, as everything that runs later.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.shell import Link

CallSoon = Callable[[Callable[[], None]], None]


class End(Link):
    """One end. `read` what has come; `on_readable` is called when there is something, or when the other end closed."""

    def __init__(self, call_soon: CallSoon) -> None:
        self.on_readable: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        """Called when the other end has read all that was written here."""
        self.closed = False
        self._call_soon = call_soon
        self._input: list[bytes] = []
        self._waiting = 0
        self._called = False
        self._other: End = self

    def write(self, data: bytes, /) -> None:
        """Send bytes; they are dropped when either end is closed."""
        other = self._other
        if data and not self.closed and not other.closed:
            other._input.append(bytes(data))
            other._waiting += len(data)
            other._wake()

    def read(self) -> bytes:
        """All that has come; nothing when nothing has."""
        data = b"".join(self._input)
        self._input.clear()
        self._waiting = 0
        if data and self._other.on_drained is not None:
            self._call_soon(self._other.on_drained)
        return data

    def backlog(self) -> int:
        """Bytes written here that the other end has not read."""
        return self._other._waiting

    @property
    def eof(self) -> bool:
        """Whether the other end is closed and all that it sent has been read."""
        return self._other.closed and not self._input

    def close(self) -> None:
        """Close this end. The other one may still read what was written."""
        if not self.closed:
            self.closed = True
            self._other._wake()

    def _wake(self) -> None:
        if not self._called:
            self._called = True
            self._call_soon(self._readable)

    def _readable(self) -> None:
        self._called = False
        if self.on_readable is not None and not self.closed:
            self.on_readable()


def pipe(call_soon: CallSoon) -> tuple[End, End]:
    """Two ends, connected."""
    one, other = End(call_soon), End(call_soon)
    one._other, other._other = other, one
    return one, other
