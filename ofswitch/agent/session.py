"""One controller's connection, from the switch's side: what it is sent, and how much of that may wait.

The controller decides how fast it reads. So that one which stops reading never grows the switch's memory:

- packet-ins beyond `PACKET_INS_WAIT` bytes of waiting output are dropped, counted as `controller_queue_full`;
- packet-ins beyond the rate that the user allows are dropped, counted as `packet_in_rate`;
- above `OUTPUT_HIGH` bytes no further request of this controller is handled (`congested`). Its bytes stay where TCP
  keeps them, and long multipart replies are made only as fast as they are taken;
- other messages nobody asked for (FLOW_REMOVED, PORT_STATUS) are news that a controller must not miss: beyond
  `OUTPUT_MOST` the connection is given up, so that the controller looks afresh when it comes back.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ofswitch.agent.buffers import PacketBuffers
from ofswitch.agent.rate_limit import RateLimit
from ofswitch.agent.standalone import Conduct
from ofswitch.agent.vendor_errors import vendor_error
from ofswitch.agent.wishes import DEFAULT_ASYNC, wants
from openflow import (
    DEFAULT_MISS_SEND_LEN,
    V1_0,
    ControllerRole,
    ErrorMsg,
    Message,
    OpenFlowError,
    SetAsync,
    Version,
    encode,
)
from openflow.connection import ERROR_DATA_SIZE, PROBE_AFTER_S, Connection, Received
from openflow.experimenters import NxFlowFormat

PACKET_INS_WAIT = 1 << 20
OUTPUT_HIGH = 1 << 20
OUTPUT_MOST = 32 << 20


class Session:
    """A connection with a controller, or with a tool that came to a listener.

    What a controller sets for itself is here: its role, which packets it is sent, how much of them, and those of which
    the rest is kept for it. No other controller can use its buffer ids, nor change what it hears.
    """

    def __init__(
        self,
        peer: str,
        versions: frozenset[Version],
        now: float,
        *,
        dialled: bool,
        packet_in_rate: int = 0,
        probe_after_s: float = PROBE_AFTER_S,
    ) -> None:
        """`peer` names it in logs; `dialled` says that the switch was told to connect to it."""
        self.peer = peer
        self.connection = Connection(versions, now=now, probe_after_s=probe_after_s)
        self.role = ControllerRole.EQUAL
        self.wishes: SetAsync = replace(DEFAULT_ASYNC)
        self.miss_send_len = DEFAULT_MISS_SEND_LEN
        self.controller_id = 0
        """Nicira's: output to CONTROLLER is for those that have 0."""
        self.flow_format = NxFlowFormat.OPENFLOW10
        """Nicira's, on 1.0: the form of entries in messages that nobody asked for."""
        self.names_tables = False
        """Nicira's, on 1.0: whether the commands of flow-mods name tables."""
        self.buffers = PacketBuffers()
        self.since = self.role_since = now
        self.dialled = dialled
        self.in_control = False
        """Whether fail-standalone ends with it: see `ofswitch.agent.standalone`."""
        self.conduct = Conduct()
        self.closed = ""
        """Why the session is over: write what is left of the output, then close. Empty while it lives."""
        self.complaints = 0
        """How often something was wrong with a message from it."""
        self.refusals: Counter[str] = Counter()
        self.queued = 0
        self.when_drained: Callable[[], None] | None = None
        """Called once when all of the output has been taken."""
        self._packet_in_rate = RateLimit(packet_in_rate, now)
        self._output: deque[bytes] = deque()
        self._pending: Iterator[bytes] | None = None
        self._behind: deque[bytes] = deque()
        self._held = 0
        self._flush()

    def __str__(self) -> str:
        return self.peer

    @property
    def version(self) -> Version:
        """The version agreed on; before negotiation, the lowest."""
        return self.connection.version or V1_0

    @property
    def spoke(self) -> bool:
        """Whether the peer said hello, and a version was agreed on."""
        return self.connection.version is not None

    @property
    def ready(self) -> bool:
        """Whether messages can be sent: the hellos have been exchanged, the session lives."""
        return self.spoke and not self.closed

    @property
    def congested(self) -> bool:
        """Whether the controller has to read before its next request is handled."""
        return self._pending is not None or self.waits > OUTPUT_HIGH

    @property
    def waits(self) -> int:
        """Octets that wait to be taken, as far as they are known."""
        return self.queued + self._held

    @property
    def waiting(self) -> bool:
        """Whether requests have been received that can be handled now."""
        return self.connection.backlog and not self.congested and not self.closed

    # --- in --------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> None:
        """Add what was read to what waits."""
        self.connection.feed(data, now)

    def take(self, now: float) -> list[Received]:
        """Return what the first message in line amounts to, unless congested."""
        received = self.connection.receive(b"", now, limit=0 if self.congested else 1)
        self._flush()
        return received

    def advance(self, now: float) -> list[Received]:
        """Probe a silent controller, or give it up."""
        received = self.connection.advance(now)
        self._flush()
        return received

    def wants(self, kind: str, reason: int) -> bool:
        """Whether to send it a packet_in, port_status, flow_removed or role_status with this reason."""
        if kind == "packet_in" and self.controller_id:
            return False
        return self.ready and wants(self.wishes, self.role, kind, reason)

    def why_no_packet_in(self, now: float) -> str | None:
        """Name the reason for which it is sent no packet-in now; None when it is sent one, which counts."""
        if self.queued > PACKET_INS_WAIT:
            return "controller_queue_full"
        return None if self._packet_in_rate.admits(now) else "packet_in_rate"

    # --- out -------------------------------------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Queue a message. Raises Unsupported or EncodeError, and then nothing is queued."""
        self._push(encode(message, self.version))

    def reply(self, request: Message, reply: Message) -> None:
        """Queue the reply to a request. Raises as `send` does."""
        reply.xid = request.xid
        self.send(reply)

    def send_all(self, parts: Iterator[bytes]) -> None:
        """Queue encoded messages as they can be taken; nothing else of the session is handled before."""
        self._pending = parts
        self._pump()

    def send_behind(self, parts: Iterable[bytes]) -> None:
        """Queue encoded messages that are to come after all of what `send_all` was given."""
        for part in parts:
            if self._pending is None and not self._behind:
                self._push(part)
                continue
            self._behind.append(part)
            self._held += len(part)
        self._give_up_if_unread()

    def fail(self, error: OpenFlowError, data: bytes | None = None) -> None:
        """Answer a message, the one that came last unless `data` is it, with an OFPT_ERROR that gives it back."""
        data = self.connection.latest if data is None else data
        vendor = vendor_error(error.code, self.version)
        if vendor is None:
            self.connection.fail(error, data)
        else:
            xid = int.from_bytes(data[4:8], "big")
            self.send(ErrorMsg(vendor.wire, vendor.head + data[:ERROR_DATA_SIZE], xid=xid))
        self._flush()

    def close(self, reason: str) -> None:
        """End the session; what is queued may still be written."""
        if not self.closed:
            self.closed = self.connection.close(reason).reason
            self._pending = self.when_drained = None
            self._behind.clear()
            self._held = 0

    def take_output(self, limit: int) -> bytes:
        """Whole messages to write, in order, of `limit` bytes or a little more; empty when there are none."""
        taken: list[bytes] = []
        size = 0
        while self._output and size < limit:
            taken.append(self._output.popleft())
            size += len(taken[-1])
        self.queued -= size
        self._pump()
        if self.when_drained is not None and not self.queued:
            drained, self.when_drained = self.when_drained, None
            drained()
        return b"".join(taken)

    def _pump(self) -> None:
        while self.queued <= OUTPUT_HIGH and (part := self._next_part()) is not None:
            self._push(part)

    def _next_part(self) -> bytes | None:
        """What is next of what could not be queued at once."""
        if self._pending is not None:
            part = next(self._pending, None)
            if part is not None:
                return part
            self._pending = None
        if not self._behind:
            return None
        part = self._behind.popleft()
        self._held -= len(part)
        return part

    def _flush(self) -> None:
        output = self.connection.take_output()
        if output:
            self._push(output)

    def _push(self, data: bytes) -> None:
        self._output.append(data)
        self.queued += len(data)
        self._give_up_if_unread()

    def _give_up_if_unread(self) -> None:
        if self.waits > OUTPUT_MOST:
            self.close(f"does not read: {self.waits >> 20} MiB wait to be sent to it")
