"""Flow entries by the hundred thousand: how fast a switch adds them, and what they take.

All messages are encoded before the clock starts, and go out in one stream with a barrier at its end; the answer to the
barrier stops the clock.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from threading import Thread

from benchmarks.datapath.rules import SINK, flow
from benchmarks.network import HOSTS, SWITCH
from ofswitch.ports.namespace import inside, open_namespace
from openflow import (
    V1_3,
    ApplyActions,
    BarrierRequest,
    FlowMod,
    Hello,
    Match,
    Output,
    decode,
    encode,
)
from openflow.framing import split

TIMEOUT_S = 120
_HELLO, _ERROR, _BARRIER_REPLY = 0, 1, 21
_MARK = FlowMod(
    priority=100,
    match=Match(
        in_port=1,
        eth_type=0x0800,
        ip_proto=17,
        eth_src=HOSTS[0].mac,
        eth_dst=SINK,
        ipv4_src="1.2.3.4",
        ipv4_dst="5.6.7.8",
        udp_src=0x090A,
        udp_dst=0x0B0C,
    ),
    instructions=[ApplyActions([Output(2)])],
)


class Client:
    """A controller that only adds flows."""

    def __init__(self, target: str) -> None:
        self._socket = _connect(target)
        self._socket.settimeout(TIMEOUT_S)
        self._received = bytearray()
        self._socket.sendall(encode(Hello(), V1_3))
        self._wait(_HELLO)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def add(self, messages: bytes) -> float:
        """Send messages and a barrier; return the seconds until its answer. RuntimeError when one is refused."""
        data = messages + encode(BarrierRequest(xid=1), V1_3)
        sender = Thread(target=self._send, args=(data,), daemon=True)
        start = time.perf_counter()
        sender.start()
        self._wait(_BARRIER_REPLY)
        elapsed = time.perf_counter() - start
        sender.join()
        return elapsed

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # whoever reads is told why
            self._socket.sendall(data)

    def _wait(self, wanted: int) -> None:
        while True:
            for message in self._read():
                if message[1] == _ERROR:
                    raise RuntimeError(f"the switch refuses a flow: {decode(message)}")
                if message[1] == wanted:
                    return

    def _read(self) -> Iterator[bytes]:
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            raise RuntimeError(f"no answer to the barrier after {TIMEOUT_S} s") from None
        if not data:
            raise RuntimeError("the switch hangs up")
        self._received += data
        messages, consumed = split(self._received, 1 << 16)
        del self._received[:consumed]
        yield from messages


def _connect(target: str) -> socket.socket:
    """Connect to where ovs-ofctl would: tcp:HOST:PORT in the switch's namespace, or unix:PATH."""
    kind, _, place = target.partition(":")
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(place)
        return sock
    host, _, port = place.rpartition(":")
    namespace = open_namespace(SWITCH)
    try:
        return inside(namespace, lambda: socket.create_connection((host, int(port)), 10))
    finally:
        os.close(namespace)


def encoded(first: int, count: int) -> bytes:
    """FLOW_MODs that add the flows with these numbers, each a match of every field that a flow has."""
    template = encode(_MARK, V1_3)
    places = [
        template.index(bytes(mark)) for mark in ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10), (11, 12))
    ]
    messages = bytearray(template * count)
    size = len(template)
    for at, number in enumerate(range(first, first + count)):
        source, target, *ports = flow(number)
        octets = [IPv4Address(source).packed, IPv4Address(target).packed]
        octets += [port.to_bytes(2, "big") for port in ports]
        for place, value in zip(places, octets):
            begin = at * size + place
            messages[begin : begin + len(value)] = value
    return bytes(messages)
