"""Requests of one connection that wait for their reply, for an error or for their time to run out.

`openflow.connection` pairs replies with requests; here is who wants to know, and until when. Whatever happens, `done`
is called exactly once.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.callbacks.checks import Flood, checked_seconds
from controller.callbacks.timers import Timer, Timers
from controller.switches.requests import NotConnected, RequestFailed
from openflow import BarrierRequest, ErrorMsg, Message
from openflow.connection import Connection
from openflow.requests import Answer

MAX_WAITING = 4000
"""Requests of apps that may wait on one connection; `openflow.requests` has room for ours beside them."""

Done = Callable[[Message | Exception], None]
"""Takes the reply to a request, or RequestFailed, TimeoutError or NotConnected."""


class _Ask:
    """A request that waits. A quiet one raises no event when its reply comes."""

    __slots__ = ("done", "quiet", "timer")

    def __init__(self, timer: Timer, done: Done, quiet: bool) -> None:
        self.timer = timer
        self.done = done
        self.quiet = quiet


class Asks:
    """The requests that wait on one connection, by xid."""

    def __init__(self, connection: Connection, timers: Timers) -> None:
        self._connection = connection
        self._timers = timers
        self._waiting: dict[int, _Ask] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, request: Message, timeout_s: float, done: Done, *, quiet: bool = False) -> int:
        """Send a request and return its xid. Raises Flood and what `Connection.send` raises; then nothing waits."""
        if len(self._waiting) >= MAX_WAITING and not quiet:
            raise Flood(f"{len(self._waiting)} requests wait for their replies already")
        checked_seconds("timeout", timeout_s)
        if getattr(request, "xid", 0) in self._waiting:
            request.xid = 0  # the same message object, asked again before its first answer
        xid = self._connection.request(request)
        timer = self._timers.after(timeout_s, self._time_out, xid, timeout_s)
        self._waiting[xid] = _Ask(timer, done, quiet)
        return xid

    def command(self, message: Message, timeout_s: float, done: Done) -> int:
        """Send a message that has no reply and a barrier behind it, whose reply says that all went well."""

        def passed(result: Message | Exception) -> None:
            self._conclude(xid, result)

        xid = self.ask(message, timeout_s, done)
        self.ask(BarrierRequest(), timeout_s, passed, quiet=True)
        return xid

    def quiet(self, xid: int) -> bool:
        """Whether the reply to this request shall raise no event."""
        ask = self._waiting.get(xid)
        return ask is not None and ask.quiet

    def answered(self, answer: Answer) -> None:
        """Take the reply."""
        reply = answer.reply
        if isinstance(reply, ErrorMsg):
            self._conclude(answer.xid, RequestFailed(answer.request, reply))
        else:
            self._conclude(answer.xid, reply)

    def forget(self, xid: int) -> None:
        """Nobody wants this reply any more."""
        ask = self._waiting.pop(xid, None)
        if ask is not None:
            ask.timer.cancel()
            self._connection.requests.forget(xid)

    def lose(self, reason: str) -> None:
        """No reply will come any more."""
        for xid in list(self._waiting):
            self._conclude(xid, NotConnected(reason))

    def _time_out(self, xid: int, timeout_s: float) -> None:
        self._conclude(xid, TimeoutError(f"no answer within {timeout_s:g} s"))

    def _conclude(self, xid: int, result: Message | Exception) -> None:
        ask = self._waiting.get(xid)
        if ask is not None:
            self.forget(xid)
            ask.done(result)
