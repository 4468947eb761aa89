"""Numbered datagrams between hosts: how many were sent, and which never came."""

from __future__ import annotations

import itertools
import time
from struct import Struct

from benchmarks.soak.network import HOSTS, Host

BASE_PORT = 7000
_NUMBER = Struct("!Q")
_SIZES = (18, 64, 512, 1400)
"""Octets of payload, in turn: the smallest frame, the largest, and some between."""


class Stream:
    """Datagrams from one host to another, each with its number."""

    def __init__(self, source: Host, target: Host, port: int) -> None:
        self.source, self.target, self.port = source, target, port
        self.sent = self.received = self.out_of_order = 0
        self._next = 0
        self._sender = source.datagram_socket(port)
        self._receiver = target.datagram_socket(port)
        self._payloads = itertools.cycle([bytes(size - _NUMBER.size) for size in _SIZES])

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.source.address} to {self.target.address}, port {self.port}"

    def send(self, count: int) -> None:
        """Send so many datagrams; those that the host's own queue has no room for do not count."""
        there = (self.target.address, self.port)
        for payload in itertools.islice(self._payloads, count):
            try:
                self._sender.sendto(_NUMBER.pack(self.sent) + payload, there)
            except BlockingIOError:
                return
            self.sent += 1

    def receive(self) -> None:
        """Take what has come."""
        while True:
            try:
                data = self._receiver.recv(2048)
            except BlockingIOError:
                return
            number = _NUMBER.unpack_from(data)[0]
            self.out_of_order += number < self._next
            self._next = max(self._next, number + 1)
            self.received += 1

    def close(self) -> None:
        """Close the sockets."""
        self._sender.close()
        self._receiver.close()


def make_streams() -> list[Stream]:
    """One from every host to every other."""
    pairs = itertools.permutations(HOSTS, 2)
    return [Stream(*pair, BASE_PORT + number) for number, pair in enumerate(pairs)]


def settle(streams: list[Stream], patience_s: float = 2.0) -> None:
    """Wait until everything that was sent has come, or has had time enough to."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        for stream in streams:
            stream.receive()
        if all(stream.received == stream.sent for stream in streams):
            return
        time.sleep(0.01)
