"""One end of an OpenFlow connection, without I/O: bytes and the time go in, messages and bytes come out.

    INIT --hello of the peer--> READY --framing lost, hello failed, peer silent--> CLOSED

A shell owns the socket: it gives what it read to `receive`, calls `advance` when `deadline` has passed, and writes what
`take_output` returns after either. Both ends are alike; agent and controller differ only in what they do with the
messages. Negotiation follows OpenFlow 1.3.5, 6.3.1; the keep-alive is an echo request after silence (6.3.3).

A message that cannot be read is answered with its error and handed up as `Malformed`; the connection lives on, since
the frame told where the next one begins. Errors are never answered, whatever is wrong with them: two ends that answer
each other's errors would not stop.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from openflow.codec import decode, encode
from openflow.errors import DecodeError, ErrorCode, OpenFlowError
from openflow.framing import HEADER_SIZE, FramingError
from openflow.messages import EchoReply, EchoRequest, ErrorMsg, Hello, Message
from openflow.native import split
from openflow.negotiation import agree, hello, read_hello, refusal
from openflow.output import Output, Queue
from openflow.requests import Answer, Requests
from openflow.versions import SUPPORTED, USUAL, Version

PROBE_AFTER_S = 15.0
"""Seconds of silence after which the peer is probed, and again until it has missed so many."""

PROBES_MISSED = 3
ERROR_DATA_SIZE = 64
"""Bytes of the message at fault that an error gives back (OpenFlow 1.3.5, 7.4.4: at least as many)."""

# These types have the same number in every version (OpenFlow 1.3.5, 7.1: immutable messages).
_HELLO, _ERROR, _ECHO_REPLY = 0, 1, 3
_TLS = b"\x16\x03"
"""How a peer begins that speaks TLS: a record of its handshake (RFC 8446, 5.1)."""
_TLS_HERE = "the peer speaks TLS at a port without"
_NEVER_ANSWERED = (_HELLO, _ERROR, _ECHO_REPLY)


class State(Enum):
    """Where a connection is in its life."""

    INIT = "init"
    READY = "ready"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The peer's hello came, and both ends speak this version."""

    version: Version


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that could not be read: why, and its bytes. The peer has been told, unless it is an error itself."""

    error: DecodeError
    data: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over: write what is left of the output, then close."""

    reason: str


Received = Message | Negotiated | Answer | Malformed | Lost


class Connection:
    """One end. `versions` are those it speaks, `now` the time in seconds (any clock that only goes forward)."""

    def __init__(
        self,
        versions: frozenset[Version] = frozenset(USUAL),
        *,
        now: float = 0.0,
        probe_after_s: float = PROBE_AFTER_S,
        output: Output | None = None,
    ) -> None:
        if not versions <= frozenset(SUPPORTED) or not versions:
            raise ValueError(f"cannot speak {sorted(versions)}")
        self.state = State.INIT
        self.version: Version | None = None
        self.requests = Requests()
        self._versions = versions
        self._input = bytearray()
        self._output = Queue() if output is None else output
        self.latest = b""
        """The message that came last, as it came: what an error gives back."""
        self._probe_after_s = probe_after_s
        self._heard = now
        self._probes = 0
        self._probe_xids: deque[int] = deque(maxlen=PROBES_MISSED)
        self._write(hello(versions), max(versions))

    # --- out -------------------------------------------------------------------------------------------------

    def send(self, message: Message) -> int:
        """Queue a message and return its xid, which is chosen here when the message has none, and not kept in it.

        Raises Unsupported or EncodeError, and ConnectionError before negotiation and after the end; then nothing
        is queued.
        """
        if self.version is None or self.state is State.CLOSED:
            raise ConnectionError(f"the connection is not ready to send: {self.state.value}")
        xid = getattr(message, "xid", 0) or self.requests.next_xid()
        self._output.append(encode(message, self.version, xid=xid))
        return xid

    def request(self, message: Message) -> int:
        """Send a message whose reply (or error) is wanted as one `Answer`; multipart replies are merged."""
        xid = self.send(message)
        self.requests.expect(xid, message)
        return xid

    def take_output(self) -> bytes:
        """All that is to be written, in order; it is queued no longer."""
        return self._output.take()

    @property
    def queued(self) -> int:
        """Bytes of output that `take_output` has yet to take."""
        return self._output.queued

    def fail(self, error: OpenFlowError, data: bytes) -> None:
        """Answer the message `data` with an OFPT_ERROR."""
        version = self.version or min(self._versions)
        xid = int.from_bytes(data[4:HEADER_SIZE], "big")
        self._write(ErrorMsg(error.code, data[:ERROR_DATA_SIZE], xid=xid), version)

    def close(self, reason: str) -> Lost:
        """End the connection from this side."""
        self.state = State.CLOSED
        self._input.clear()
        return Lost(reason)

    # --- in --------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float, limit: int = 1 << 30) -> list[Received]:
        """What these bytes complete, in order; never raises. At most `limit` messages are taken at once:
        while `backlog` is true, call again with no bytes for more.
        """
        self.feed(data, now)
        if self.state is State.CLOSED:
            return []
        received: list[Received] = []
        while self._take(limit - len(received), received):
            pass
        return received

    def feed(self, data: bytes, now: float) -> None:
        """Keep these bytes for `receive`, or for who takes messages as they are: `peek` and `skip`."""
        if data and self.state is not State.CLOSED:
            self.heard(now)
            self._input += data

    def heard(self, now: float) -> None:
        """The peer has sent something, which somebody else received."""
        self._heard = now
        self._probes = 0

    def peek(self, kind: int, most: int) -> bytes:
        """What waits to be received, up to `most` bytes, if a message of this type comes first; else nothing.

        There may be other messages behind it, and the beginning of one.
        """
        waiting = self._input
        if self.state is not State.READY or len(waiting) < HEADER_SIZE or waiting[1] != kind:
            return b""
        return bytes(memoryview(waiting)[:most])

    def skip(self, size: int) -> None:
        """Leave out these bytes, whole messages that somebody else has received from `peek`."""
        del self._input[:size]

    def _take(self, limit: int, received: list[Received]) -> bool:
        """Take what messages are whole, at most `limit`; whether there were any, and the connection stands."""
        if self.state is State.INIT and len(self._input) > 1 and self._input[1] > _ERROR:
            tls = self._input.startswith(_TLS)
            text = _TLS_HERE if tls else "the first bytes are no hello"
            received.append(self._hello_failed(bytes(self._input[:HEADER_SIZE]), text))
            return False
        try:
            messages, consumed = split(self._input, limit)
        except FramingError as error:
            received.append(self._framing_lost(error))
            return False
        del self._input[:consumed]
        for message in messages:
            if self.state is State.READY:
                self._receive_message(message, received)
            elif self.state is State.INIT:
                received.append(self._receive_first(message))
        return bool(messages) and self.state is not State.CLOSED

    @property
    def backlog(self) -> bool:
        """Whether a whole message waits that `receive` has not taken."""
        size = len(self._input)
        return size >= HEADER_SIZE and size >= int.from_bytes(self._input[2:4], "big")

    def eof(self, left: int = 0) -> Lost:
        """The peer closed its end; `left` bytes of an unfinished message had been kept elsewhere."""
        left += len(self._input)
        return self.close(
            f"closed by the peer {left} bytes into a message" if left else "closed by the peer"
        )

    # --- time ------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When `advance` has something to do."""
        return self._heard + self._probe_after_s * (self._probes + 1)

    def advance(self, now: float) -> list[Received]:
        """Probe a peer that has been silent; give it up when it has missed enough probes."""
        if self.state is State.CLOSED or now < self.deadline:
            return []
        silence = f"nothing heard for {now - self._heard:.0f} s"
        if self.version is None:
            return [self.close(f"no hello: {silence}")]
        if self._probes >= PROBES_MISSED:
            return [self.close(f"{silence}, {self._probes} echo requests unanswered")]
        self._probes += 1
        self._probe_xids.append(self.send(EchoRequest()))
        return []

    # --- one message -----------------------------------------------------------------------------------------

    def _receive_message(self, data: bytes, received: list[Received]) -> None:
        self.latest = data
        try:
            message = self._decode(data)
        except DecodeError as error:
            if data[1] not in _NEVER_ANSWERED:
                self.fail(error, data)
            received.append(Malformed(error, data))
            return
        if data[1] <= _ECHO_REPLY and not self._keep(message, data):
            return
        if self.requests.waiting:
            answer = self.requests.answered(message, len(data))
            if answer is not message:
                if answer is not None:
                    received.append(answer)
                return
        received.append(message)

    def _keep(self, message: Message, data: bytes) -> bool:
        """See to hellos, errors and echoes; whether anybody else shall hear of this one."""
        if isinstance(message, EchoRequest):
            self._write(EchoReply(message.data, xid=message.xid), Version(data[0]))
        elif isinstance(message, EchoReply) and message.xid in self._probe_xids:
            self._probe_xids.remove(message.xid)
            return False
        return not isinstance(message, Hello)  # one is enough

    def _decode(self, data: bytes) -> Message:
        if data[0] != self.version and data[1] not in (_HELLO, _ERROR):
            text = f"version {data[0]:#04x}, {self.version:#04x} was agreed on"
            raise DecodeError(ErrorCode.BAD_REQUEST__BAD_VERSION, "Header", "version", 0, text)
        return decode(data)

    def _receive_first(self, data: bytes) -> Received:
        if data[1] == _ERROR:
            return self.close(f"refused by the peer: {refusal(data)}")
        version = agree(self._versions, data[0], read_hello(data))
        if version is None:
            ours = ", ".join(str(v) for v in sorted(self._versions))
            return self._hello_failed(data, f"no common version: we speak {ours}")
        self.version = version
        self.state = State.READY
        return Negotiated(version)

    def _hello_failed(self, data: bytes, reason: str) -> Lost:
        error = ErrorMsg(ErrorCode.HELLO_FAILED__INCOMPATIBLE, reason.encode())
        xid = int.from_bytes(data[4:HEADER_SIZE], "big")
        # In words that the peer knows, if we know them too.
        self._write(error, Version(data[0]) if data[0] in SUPPORTED else min(self._versions), xid)
        return self.close(reason)

    def _framing_lost(self, error: FramingError) -> Lost:
        head = bytes(self._input[:ERROR_DATA_SIZE])
        self.fail(OpenFlowError(ErrorCode.BAD_REQUEST__BAD_LEN), head)
        return self.close(f"framing lost: {error}")

    def _write(self, message: Message, version: Version, xid: int | None = None) -> None:
        self._output.append(encode(message, version, xid=xid))
