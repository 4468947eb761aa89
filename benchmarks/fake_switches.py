"""A load of fake switches for any OpenFlow 1.0 controller, in the manner of cbench.

Each fake switch connects, shakes hands, and sends packet-ins whose source and destination walk through a number of
Ethernet addresses, as fast as the controller takes them (`throughput`) or one at a time (`latency`). A response is a
packet-out or a flow-mod that names the buffer of a packet-in, so a controller that answers one packet-in with both a
flow-mod and a packet-out is counted once.

One process, one selector, no parsing beyond what counting needs: the load must not be the bottleneck.
"""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field

from openflow import (
    V1_0,
    FeaturesReply,
    FeaturesRequest,
    PacketIn,
    Port,
    encode,
)
from openflow.connection import Connection
from openflow.framing import split

FRAME_SIZE = 64
BATCH = 256
"""Packet-ins that are written at once in throughput mode."""

_NO_BUFFER = b"\xff\xff\xff\xff"
_PACKET_OUT, _FLOW_MOD = 13, 14
_BUFFER_OFFSET = {_PACKET_OUT: 8, _FLOW_MOD: 64}


@dataclass(slots=True)
class FakeSwitch:
    """One connection to the controller."""

    dpid: int
    sock: socket.socket
    batches: list[bytes]
    one: list[bytes]
    pending: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    responses: int = 0
    turn: int = 0


def connect(host: str, port: int, dpid: int, macs: int, timeout_s: float = 10.0) -> FakeSwitch:
    """Connect one fake switch and answer the handshake up to the features reply."""
    sock = _dial(host, port, timeout_s)
    connection = Connection(frozenset({V1_0}))
    ready = False
    while not ready:
        sock.sendall(connection.take_output())
        for received in connection.receive(sock.recv(65536), 0.0):
            if isinstance(received, FeaturesRequest):
                reply = FeaturesReply(dpid, 256, 1, ports=_ports(), xid=received.xid)
                connection.send(reply)
                ready = True
    sock.sendall(connection.take_output())
    sock.setblocking(False)
    messages = [_packet_in(dpid, index, macs) for index in range(macs)]
    batches = [b"".join(messages[at : at + BATCH]) for at in range(0, macs, BATCH)]
    return FakeSwitch(dpid, sock, batches, messages)


def _dial(host: str, port: int, timeout_s: float) -> socket.socket:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            sock = socket.create_connection((host, port), timeout=timeout_s)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock


def _ports() -> list[Port]:
    return [Port(number, 0x0200_0000_0000 + number, f"eth{number}") for number in range(1, 5)]


def _packet_in(dpid: int, index: int, macs: int) -> bytes:
    source = 0x0200_0000_0000 | dpid << 24 | index
    target = 0x0200_0000_0000 | dpid << 24 | (index + 1) % macs
    frame = target.to_bytes(6, "big") + source.to_bytes(6, "big") + b"\x08\x00" + b"\x45"
    frame = frame.ljust(FRAME_SIZE, b"\0")
    message = PacketIn(index, FRAME_SIZE, 1 + index % 4, data=frame, xid=index + 1)
    return encode(message, V1_0)


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured: responses per second of each switch in the counted time."""

    seconds: float
    responses: list[int]

    @property
    def rate(self) -> float:
        """Responses per second of all switches."""
        return sum(self.responses) / self.seconds

    @property
    def fairness(self) -> float:
        """Jain's index over the switches: 1 when all get the same."""
        total = sum(self.responses)
        squares = sum(count * count for count in self.responses)
        return total * total / (len(self.responses) * squares) if squares else 0.0


def run(
    switches: list[FakeSwitch], seconds: float, *, latency: bool, warm_up_s: float = 1.0
) -> Load:
    """Load the controller for a while; what comes in the warm-up is not counted."""
    selector = selectors.DefaultSelector()
    for switch in switches:
        selector.register(switch.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, switch)
        if latency:
            _send(switch, switch.one)
            selector.modify(switch.sock, selectors.EVENT_READ, switch)
    start = time.perf_counter()
    _pump(selector, start + warm_up_s, latency=latency)
    before = [switch.responses for switch in switches]
    counted = time.perf_counter()
    _pump(selector, counted + seconds, latency=latency)
    elapsed = time.perf_counter() - counted
    selector.close()
    return Load(elapsed, [s.responses - b for s, b in zip(switches, before, strict=True)])


def _pump(selector: selectors.BaseSelector, until: float, *, latency: bool) -> None:
    while time.perf_counter() < until:
        for key, events in selector.select(0.1):
            switch: FakeSwitch = key.data
            if events & selectors.EVENT_READ and _receive(switch) and latency:
                _send(switch, switch.one)
            if events & selectors.EVENT_WRITE:
                _send(switch, switch.batches)


def _send(switch: FakeSwitch, source: list[bytes]) -> None:
    data = switch.pending or source[switch.turn % len(source)]
    if not switch.pending:
        switch.turn += 1
    try:
        sent = switch.sock.send(data)
    except BlockingIOError:
        sent = 0
    switch.pending = data[sent:]


def _receive(switch: FakeSwitch) -> int:
    """Count the responses that have come; 0 when there are none."""
    try:
        data = switch.sock.recv(1 << 18)
    except BlockingIOError:
        return 0
    if not data:
        raise ConnectionError(f"the controller closed the connection of switch {switch.dpid}")
    switch.received += data
    messages, consumed = split(switch.received, 1 << 30)
    del switch.received[:consumed]
    count = sum(map(_is_response, messages))
    switch.responses += count
    return count


def _is_response(message: bytes) -> bool:
    offset = _BUFFER_OFFSET.get(message[1])
    return offset is not None and message[offset : offset + 4] != _NO_BUFFER
