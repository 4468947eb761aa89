"""Hostile peers at the OpenFlow port of a real process, and malformed frames at a real port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from openflow import V1_3, FeaturesReply, FeaturesRequest, Hello, decode, encode
from tests.kernel.waiting import wait_until
from tests.ofswitch.system.switches import HOSTS, TAP, ping, running_switch, two_hosts

pytestmark = pytest.mark.system


class Peer:
    """A controller that is well-behaved."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.sendall(encode(Hello(), V1_3))
        self._read()

    def is_served(self) -> bool:
        """Whether its request is answered."""
        self.socket.sendall(encode(FeaturesRequest(xid=7), V1_3))
        while not isinstance(self._read(), FeaturesReply):
            pass
        return True

    def _read(self) -> object:
        head = self._exactly(8)
        return decode(head + self._exactly(int.from_bytes(head[2:4]) - 8))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            assert piece, "the switch hung up"
            data += piece
        return data


def test_hostile_bytes_end_their_own_connection_only(tmp_path: Path) -> None:
    options = ["--listen", "ptcp:0:127.0.0.1", "--port", f"tap:{TAP}1"]
    with running_switch("agt-s1", tmp_path, *options) as switch, ExitStack() as stack:
        _, host, port = switch.listens_at().split(":")
        address = (host, int(port))
        good = Peer(address)
        stack.enter_context(good.socket)
        hello = encode(Hello(), V1_3)
        for attack in (
            bytes(4096),
            b"GET / HTTP/1.1\r\n\r\n" * 1000,
            os.urandom(100_000),
            hello + bytes.fromhex("0400000000000000"),
            hello + bytes.fromhex("04c8000800000011") * 5000,
            hello + bytes.fromhex("040effff00000001") + os.urandom(65527),
            hello[:5],
        ):
            with suppress(OSError), socket.create_connection(address, timeout=5) as bad:
                bad.sendall(attack)
                bad.setblocking(False)
            assert good.is_served()
        idle = [stack.enter_context(socket.create_connection(address)) for _ in range(100)]
        assert good.is_served()
        assert len(idle) == 100
        assert switch.process.poll() is None
        assert "Traceback" not in switch.log()


SEND_MALFORMED = r"""
import random, socket
chance = random.Random(7)
types = bytes.fromhex("0800 86dd 8100 88a8 8847 88e7 0806")
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as port:
    port.bind(("eth0", 0))
    for _ in range(3000):
        at = 2 * chance.randrange(len(types) // 2)
        port.send(bytes(12) + types[at : at + 2] + chance.randbytes(chance.randrange(200)))
"""


def test_malformed_frames_harm_nobody(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports) as switch:
        wait_until(ping, "the first answer")
        send = ["ip", "netns", "exec", HOSTS[0], sys.executable, "-c", SEND_MALFORMED]
        subprocess.run(send, check=True)
        assert ping(1, 2, 5)
        assert switch.process.poll() is None
        assert "Traceback" not in switch.log()
