"""Exchanges of the core with its peers: its streams (`apps.swim.streams`) over our TCP (`apps.membership.tcp`)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address

from apps.membership.context import Context
from apps.membership.network import frames
from apps.membership.tcp import Connection, segments
from apps.membership.tcp.segments import ACK, CHECKSUM_AT, RST, SYN, Segment
from apps.swim.address import Address
from apps.swim.agenda import Timer
from apps.swim.effects import Effect
from apps.swim.streams import Stream
from controller.counters import worth_logging

log = logging.getLogger(__name__)

CONNECTIONS_MOST = 64
"""That others have opened, at a time; and as many that we have."""
OF_ONE_PEER_MOST = 8
_CLOSING_S = 5.0
"""So long after its exchange a connection may take to close."""
_OWN_PORTS = 49152

Key = tuple[Address, int]
"""The peer's address and port, and our port."""
SendPacket = Callable[[bytes, bytes], None]


class Exchange:
    """A connection and the core's end of it; one whose stream ends waits to be closed."""

    def __init__(self, connection: Connection, stream: Stream, *, served: bool) -> None:
        self.connection = connection
        self.stream = stream
        self.served = served
        self.limit = stream.deadline
        self.timer: Timer | None = None


class Exchanges:
    """All of them. `carry` is given the effects that they have; `send` takes packets to an address."""

    def __init__(
        self,
        context: Context,
        at: Address,
        send: SendPacket,
        serve: Callable[[Address, float], Stream],
        carry: Callable[[list[Effect]], None],
    ) -> None:
        self._at = at
        self._agenda = context.agenda
        self._rng = context.rng
        self._counters = context.counters
        self._now = context.now
        self._send = send
        self._serve = serve
        self._carry = carry
        self._exchanges: dict[Key, Exchange] = {}
        self._complaints = 0

    def __len__(self) -> int:
        return len(self._exchanges)

    def open(self, to: Address, stream: Stream) -> None:
        """Connect, and exchange."""
        opened = sum(not exchange.served for exchange in self._exchanges.values())
        key = self._free_key(to)
        if opened >= CONNECTIONS_MOST or key is None:
            self._counters["connections_refused"] += 1
            self._carry(stream.close(self._now(), "too many connections"))
            return
        connection = Connection.connect(self._rng.getrandbits(32), self._now())
        self._begin(key, Exchange(connection, stream, served=False))

    def receive(self, source: bytes, data: bytes) -> None:
        """A segment, its checksum found right."""
        parsed = segments.parse(data)
        if parsed is None:
            self._counters["not_understood"] += 1
            return
        src, dst, segment = parsed
        key = (Address(source, src), dst)
        exchange = self._exchanges.get(key)
        if exchange is not None:
            exchange.connection.receive(segment, self._now())
            self._go_on(key, exchange)
        elif segment.flags & (SYN | RST | ACK) == SYN and dst == self._at.port:
            self._accept(key, segment)
        else:
            self._refuse(key, segment)

    def _accept(self, key: Key, syn: Segment) -> None:
        served = {k: e for k, e in self._exchanges.items() if e.served}
        of_peer = sum(other.ip == key[0].ip for other, _ in served)
        if of_peer >= OF_ONE_PEER_MOST or not self._make_room(served):
            self._counters["connections_refused"] += 1
            return
        connection = Connection.accept(syn, self._rng.getrandbits(32), self._now())
        stream = self._serve(key[0], self._now())
        self._begin(key, Exchange(connection, stream, served=True))

    def _make_room(self, served: dict[Key, Exchange]) -> bool:
        """When there are too many, one whose handshake is not done has to go, the oldest."""
        if len(served) < CONNECTIONS_MOST:
            return True
        for key, exchange in served.items():
            if exchange.connection.greeting:
                exchange.connection.abort("too many connections")
                self._go_on(key, exchange)
                return True
        return False

    def _refuse(self, key: Key, segment: Segment) -> None:
        self._counters["segments_unasked"] += 1
        reset = segments.reset_for(segment)
        if reset is not None:
            self._put(key, reset)

    def _free_key(self, to: Address) -> Key | None:
        for _ in range(8):
            key = (to, _OWN_PORTS + self._rng.getrandbits(14))
            if key not in self._exchanges and key[1] != self._at.port:
                return key
        return None

    # --- an exchange ----------------------------------------------------------------------------

    def _begin(self, key: Key, exchange: Exchange) -> None:
        self._exchanges[key] = exchange
        self._go_on(key, exchange)

    def _go_on(self, key: Key, exchange: Exchange) -> None:
        """Carry bytes between connection and core, and send what is to be sent."""
        connection, stream, now = exchange.connection, exchange.stream, self._now()
        data = connection.read()
        if data and not stream.done:
            self._carry(stream.receive(data, now))
            if stream.failure:
                self._complain(key[0], stream.failure)
        if connection.closed or (connection.finished and not stream.done):
            failure = connection.failure or "closed by the other side"
            self._carry(stream.close(now, failure))
        if not connection.greeting and not connection.closed:
            self._write(exchange, now)
        for segment in connection.take_segments():
            self._put(key, segment)
        if exchange.timer is not None:
            exchange.timer.cancel()
        if connection.closed:
            self._end(key, exchange)
        else:
            when = min(connection.deadline, exchange.limit)
            exchange.timer = self._agenda.add(when, partial(self._advance, key, exchange))

    def _complain(self, peer: Address, failure: str) -> None:
        """Who has another key or label than we, say, would go on trying and never be told of here."""
        self._complaints += 1
        if worth_logging(self._complaints):
            log.warning("cannot exchange with %s: %s", ip_address(peer.ip), failure)

    def _write(self, exchange: Exchange, now: float) -> None:
        connection, stream = exchange.connection, exchange.stream
        output = stream.take_output()
        if output:
            connection.write(output, now)
        if stream.done and not connection.finishing:
            connection.finish(now)
            exchange.limit = now + _CLOSING_S

    def _advance(self, key: Key, exchange: Exchange) -> None:
        now = self._now()
        if now >= exchange.limit:
            done = exchange.stream.done
            exchange.connection.abort("not closed in time" if done else "no answer in time")
        exchange.connection.advance(now)
        self._go_on(key, exchange)

    def _end(self, key: Key, exchange: Exchange) -> None:
        if self._exchanges.pop(key, None) is None:
            return
        if exchange.connection.failure:
            self._counters["connections_failed"] += 1

    def _put(self, key: Key, segment: Segment) -> None:
        peer, port = key
        data = segments.emit(segment, port, peer.port)
        whole = frames.sealed(frames.TCP, self._at.ip, peer.ip, data, CHECKSUM_AT)
        self._send(peer.ip, frames.packet(frames.TCP, self._at.ip, peer.ip, whole))
