"""Send 64-byte frames as fast as one core can, for some seconds, out of an interface.

    python -m benchmarks.flood INTERFACE TARGET_MAC SECONDS

Run inside the sending host's namespace; prints how many the kernel took.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

FRAME_SIZE = 60
"""64 bytes on a wire, less the four of the checksum that no virtual link carries."""

_SOL_PACKET, _PACKET_QDISC_BYPASS = 263, 20
_BATCH = 200


def main(interface: str, target: str, seconds: str) -> None:
    """Send until the time is up."""
    source = Path(f"/sys/class/net/{interface}/address").read_text(encoding="ascii").strip()
    addresses = bytes.fromhex((target + source).replace(":", ""))
    frame = (addresses + b"\x88\xb5").ljust(FRAME_SIZE, b"\0")
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.setsockopt(_SOL_PACKET, _PACKET_QDISC_BYPASS, 1)
    sock.bind((interface, 0))
    sent, send, until = 0, sock.send, time.perf_counter() + float(seconds)
    while time.perf_counter() < until:
        for _ in range(_BATCH):
            try:
                send(frame)
                sent += 1
            except OSError:  # the link's queue is full
                break
    print(sent)


if __name__ == "__main__":
    main(*sys.argv[1:])
