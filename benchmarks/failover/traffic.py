"""New flows: frames of hosts that nobody has seen yet, one after the other, and which of them arrive.

Both ends are processes in the namespaces of hosts:

    python traffic.py send eth0 DESTINATION PAUSE     prints "number time" of each frame as it is sent
    python traffic.py receive eth0                    prints "number" of each frame as it arrives

Frames have an Ethernet type for experiments, so that no host answers them.
"""

from __future__ import annotations

import socket
import sys
import time

ETH_TYPE = 0x88B5
_MAGIC = b"failover"
_LOCAL = 0x0600_0000_0000
"""Addresses of the made-up hosts: locally administered, and of no other program here."""


def frame(destination: bytes, number: int) -> bytes:
    """The only frame of a host."""
    source = (_LOCAL | number).to_bytes(6, "big")
    head = destination + source + ETH_TYPE.to_bytes(2, "big")
    return (head + _MAGIC + number.to_bytes(8, "big")).ljust(60, b"\0")


def number_in(data: bytes) -> int | None:
    """Which frame this is; None if it is none of ours."""
    return int.from_bytes(data[22:30], "big") if data[14:22] == _MAGIC else None


def send(interface: str, destination: str, pause: str) -> None:
    """Send frames until somebody ends us."""
    to, pause_s = bytes.fromhex(destination.replace(":", "")), float(pause)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        number = time.time_ns() // 1_000_000 % (1 << 30) << 8  # of no run before
        due = time.monotonic()
        while True:
            number += 1
            due += pause_s
            time.sleep(max(0.0, due - time.monotonic()))
            sock.send(frame(to, number))
            print(number, time.monotonic(), flush=True)


def receive(interface: str) -> None:
    """Tell of frames until somebody ends us."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_TYPE)) as sock:
        sock.bind((interface, ETH_TYPE))
        print("ready", flush=True)
        while True:
            found = number_in(sock.recv(2048))
            if found is not None:
                print(found, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(*sys.argv[2:])
    else:
        receive(sys.argv[2])
