"""One exchange over a stream, without the stream: a request and its answer, and then it is over.

Whoever drives it connects (or has accepted), writes what `take_output` gives, hands what it reads to `receive`, and
writes again; once `done`, and all output is written, it closes the connection. Whether that goes well or not, and at
the latest at `deadline`, it calls `close`.
"""

from __future__ import annotations

from collections.abc import Callable

from apps.swim.address import Address
from apps.swim.context import Context
from apps.swim.effects import Effect
from apps.swim.errors import Crowded, SwimError, Unanswered
from apps.swim.framing import Heard, Reader, frame
from apps.swim.messages import Message, Refusal, encode

Hear = Callable[[Heard], bytes]
"""What to do with the message of the other side; the answer, empty for none. Raises SwimError to refuse it."""


class Room:
    """For what the streams of a member hold together: messages until they are whole, answers until all is closed.

    Half of it is for all of them in equal shares: those that never end keep out nobody who wants little.
    """

    def __init__(self, most: int, streams: int) -> None:
        self.held = 0
        self._common = most // 2
        self._share = self._common // streams

    def change(self, before: int, after: int) -> None:
        """A stream holds so much now. Raises Crowded."""
        self.held += after - before
        if after > self._share and self.held > self._common:
            raise Crowded(f"{self.held} bytes on all streams, and {after} of them on this one")


class Stream:
    """`failure` says what went wrong, if anything did."""

    def __init__(
        self,
        context: Context,
        room: Room,
        peer: Address,
        deadline: float,
        hear: Hear,
        *,
        request: Callable[[], bytes] | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        """`request` makes our message if we are the one who asks."""
        self.peer = peer
        self.deadline = deadline
        self.done = False
        self.failure = ""
        self._context = context
        self._room = room
        self._held = 0
        self._opener = request is not None
        self._request = request
        self._hear = hear
        self._on_close = on_close
        self._output = b""
        self._reader = Reader(context.config.envelope, labelled=not self._opener, hold=self._hold)

    def take_output(self) -> bytes:
        """What is to be written now."""
        if self._request is not None and not self.done:
            request, self._request = self._request, None
            self._write(request())
        output, self._output = self._output, b""
        return output

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """Bytes that have come."""
        context = self._context
        if self.done:
            return []
        context.now = now
        try:
            heard = self._reader.feed(data)
            if heard is not None:
                self._write(self._hear(heard))
                self._end()
            self._hold(self._reader.held + len(self._output))
        except SwimError as error:
            context.counters[error.reason] += 1
            self._refuse(str(error))
        return context.flush()

    def close(self, now: float, failure: str = "closed by the other side") -> list[Effect]:
        """The connection is no more, or never was; `failure` says why, if it was before its time."""
        self._context.now = now
        if not self.done:
            self._fail(failure)
        self._hold(0)
        if self._on_close is not None:
            self._on_close()
            self._on_close = None
        return self._context.flush()

    def _refuse(self, text: str) -> None:
        """Tell who asked what is wrong, as memberlist does."""
        self._fail(text)
        self._output = b""
        self._hold(0)
        if not self._opener:
            self._write(encode(Refusal(text)))

    def _fail(self, text: str) -> None:
        self.failure = text
        self._context.counters["streams_failed"] += 1
        self._end()

    def _hold(self, size: int) -> None:
        before, self._held = self._held, size
        self._room.change(before, size)

    def _end(self) -> None:
        self.done = True
        self._reader = Reader(
            self._context.config.envelope, labelled=False
        )  # forgets what it holds

    def _write(self, plain: bytes) -> None:
        if plain:
            context = self._context
            self._output += frame(
                context.config.envelope, plain, context.rng.randbytes, opener=self._opener
            )


def expect(heard: Heard, kind: type[Message]) -> None:
    """Refuse another message than the one that answers ours."""
    if isinstance(heard.head, Refusal):
        raise Unanswered(f"the other side refuses: {heard.head.error}")
    if type(heard.head) is not kind:
        raise Unanswered(f"{type(heard.head).__name__} instead of {kind.__name__}")
