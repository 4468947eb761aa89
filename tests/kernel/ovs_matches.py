"""Gives an Open vSwitch an exact match of each frame, and the frames, and prints its answers: hex by version, as JSON.

Run it behind a wall (`tests.kernel.isolation`), since a bridge is an interface.
"""

from __future__ import annotations

import json
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import openflow as of
from tests.frames import FRAMES
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.ovs_answers import framed
from tests.kernel.waiting import wait_for_listener

PORT = 6653
IN_PORT = of.PortNo.LOCAL
LAST = 0xFFFF


def exact(frame: bytes, version: of.Version) -> of.Match:
    """The exact match of a frame, without what Open vSwitch has not."""
    match = of.Match.from_packet(of.Packet(frame), version, in_port=IN_PORT)
    return match.replace(pbb_isid=None)


def messages(version: of.Version) -> Iterator[of.Message]:
    """A flow for each frame; then the frames, through the table; then the question who came."""
    yield of.FlowMod(command=of.FlowModCommand.DELETE)
    for frame in FRAMES.values():
        match = exact(frame, version)
        yield of.FlowMod(match, priority=len(match))  # the closest of those that match
    for frame in FRAMES.values():
        yield of.PacketOut(in_port=IN_PORT, actions=[of.Output(of.PortNo.TABLE)], data=frame)
    yield of.FlowStatsRequest()
    yield of.BarrierRequest(xid=LAST)


def answers(version: of.Version) -> list[str]:
    """Everything that comes before the answer to the barrier."""
    found: list[str] = []
    with socket.create_connection(("127.0.0.1", PORT), 10) as connection:
        connection.sendall(struct.pack(">BBHI", version, 0, 8, 1))
        for message in messages(version):
            connection.sendall(of.encode(message, version))
        for answer in framed(connection.makefile("rb")):
            if answer[4:8] == LAST.to_bytes(4, "big"):
                break
            found.append(answer.hex())
    return found


def main() -> None:
    """Print the answers by version."""
    protocols = ",".join(version.text for version in of.Version)
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        ovs.add_bridge("matches", f"ptcp:{PORT}:127.0.0.1", protocols, [])
        wait_for_listener(PORT)
        print(json.dumps({str(version): answers(version) for version in of.SUPPORTED}))


if __name__ == "__main__":
    main()
