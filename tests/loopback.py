"""Ports of the loopback interface."""

from __future__ import annotations

import os
import socket
from contextlib import closing, suppress


def free_port() -> int:
    """A port that nobody has, for UDP and TCP, and that the system gives to nobody who wants any."""
    for port in range(20_000 + os.getpid() % 8000, 32_000):
        with (
            suppress(OSError),
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagrams,
            closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as streams,
        ):
            datagrams.bind(("127.0.0.1", port))
            streams.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
