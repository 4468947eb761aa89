"""What the controller asks of the shell around it, which has the clock, the sockets and the event loop.

`controller.runtime` is the shell on asyncio; tests bring one with a clock of their own. The core calls the shell, and
the shell calls `Controller.open`, `Session.receive`, `Session.eof` and `Controller.advance`; all in one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Protocol

from openflow.output import Output


class Waiter(Protocol):
    """Something to await that gets its result later; an asyncio future is one."""

    def done(self) -> bool:
        """Whether it has a result, an exception, or was cancelled."""

    def set_result(self, result: Any, /) -> None:
        """Wake who awaits it with a value."""

    def set_exception(self, exception: BaseException, /) -> None:
        """Wake who awaits it with an exception."""

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the result."""


class Link(Protocol):
    """The transport of one connection, as the core sees it. Transports inherit what they do not need."""

    output: Output | None = None
    """Where the connection's output goes at once, for a transport that needs not be given it by `write`."""

    def join(self, dpid: int, version: int, /) -> None:
        """The switch has joined: its packet-ins may come by `Session.receive_packet_ins`."""
        return

    def leave(self) -> None:
        """The connection is lost, though not yet closed: nothing more is sent to it by datapath id."""
        return

    def write(self, data: bytes, /) -> None:
        """Take bytes to send; never blocks."""

    def backlog(self) -> int:
        """Bytes that were taken and not yet sent."""

    def close(self) -> None:
        """Send what can be sent soon, then close."""


class Shell(Protocol):
    """The world around a controller."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""

    def call_soon(self, fn: Callable[[], None], /) -> None:
        """Call after what runs now."""

    def wake_at(self, deadline: float, /) -> None:
        """Call `Controller.advance` at this time, or earlier."""

    def spawn(self, coroutine: Coroutine[Any, Any, None], /) -> None:
        """Run a coroutine to its end, beside everything else."""

    def waiter(self) -> Waiter:
        """A new thing to await."""
