"""Our TCP with the kernel's as its peer, both ways, over a link that loses frames."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from apps.membership.network import frames
from apps.membership.network.frames import Arp, Transport
from apps.membership.tcp import Connection, segments
from apps.membership.tcp.segments import SYN, Segment
from ofswitch.frame import Frame
from ofswitch.offload import complete_checksum
from ofswitch.ports import Port, open_port
from openflow.packet import Packet

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a network namespace"),
]

NAMESPACE = f"acr-{os.getpid()}"
OURS, THEIRS = bytes([10, 78, 0, 2]), bytes([10, 78, 0, 1])
MAC = 0x0A53_0000_0001
OUR_PORT, THEIR_PORT = 7946, 7947
PATIENCE_S = 60.0
SIZE = 300_000

CLIENT = """
import socket, sys
sock = socket.create_connection(("10.78.0.2", 7946), 50)
sock.sendall(open(sys.argv[1], "rb").read())
sock.shutdown(socket.SHUT_WR)
got = b"".join(iter(lambda: sock.recv(65536), b""))
sys.exit(got != open(sys.argv[2], "rb").read())
"""
SERVER = """
import socket, sys
listener = socket.create_server(("10.78.0.1", 7947))
print("listening", flush=True)
sock, _ = listener.accept()
got = b"".join(iter(lambda: sock.recv(65536), b""))
sock.sendall(open(sys.argv[2], "rb").read())
sock.close()
sys.exit(got != open(sys.argv[1], "rb").read())
"""


@pytest.fixture
def port() -> Iterator[Port]:
    """Our end of a link to a namespace, whose kernel leaves nothing to be done by hardware."""
    enter = ["ip", "netns", "exec", NAMESPACE]
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        made = open_port(f"tap:acr{os.getpid()},netns={NAMESPACE},name=eth0,ip=10.78.0.1/24")
        try:
            off = ["ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off"]
            subprocess.run([*enter, *off], check=True, capture_output=True)
            yield made
        finally:
            made.close()
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


class Host:
    """A host with one connection, on the other end of the link."""

    def __init__(self, port: Port, to_send: bytes, loss: float) -> None:
        self.port = port
        self.to_send = to_send
        self.loss = loss
        self.rng = Random(1)
        self.mac = 0
        self.connection: Connection | None = None
        self.peer_port = self.our_port = 0
        self.got = bytearray()
        self.lost = 0

    def connect(self) -> None:
        """Open the connection, once the Ethernet address is known."""
        self.our_port, self.peer_port = 50000, THEIR_PORT
        self.connection = Connection.connect(7, time.monotonic())

    def run(self, process: subprocess.Popen[bytes]) -> int:
        """Until the other side has ended and we have all of it; its status."""
        limit = time.monotonic() + PATIENCE_S
        while process.poll() is None or not self.over:
            assert time.monotonic() < limit, self.connection and self.connection.state
            select.select([self.port.fileno()], [], [], 0.01)
            for frame in self.port.receive(64):
                self._receive(complete_checksum(frame).data)
            self._go_on()
        return process.returncode

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        connection = self.connection
        return connection is not None and (connection.finished or connection.closed)

    def _receive(self, data: bytes) -> None:
        packet = Packet(data)
        read = frames.read(packet)
        if isinstance(read, Arp):
            self.mac = read.sender_mac
            if read.op == frames.ARP_REQUEST and read.target == OURS:
                body = frames.arp(frames.ARP_REPLY, MAC, OURS, read.sender_mac, read.sender)
                self._put(frames.ETH_ARP, body)
        elif isinstance(read, Transport) and read.proto == frames.TCP and not self._loses():
            parsed = segments.parse(read.data)
            assert parsed is not None
            self._take(*parsed)

    def _take(self, src: int, dst: int, segment: Segment) -> None:
        if self.connection is None and segment.flags == SYN:
            self.our_port, self.peer_port = dst, src
            self.connection = Connection.accept(segment, 0xFFFF_FFF0, time.monotonic())
        elif self.connection is not None:
            self.connection.receive(segment, time.monotonic())
            self._go_on()

    def _go_on(self) -> None:
        connection, now = self.connection, time.monotonic()
        if connection is None:
            return
        connection.advance(now)
        self.got += connection.read()
        if not connection.greeting and self.to_send:
            connection.write(self.to_send, now)
            connection.finish(now)
            self.to_send = b""
        for segment in connection.take_segments():
            data = segments.emit(segment, self.our_port, self.peer_port)
            whole = frames.sealed(frames.TCP, OURS, THEIRS, data, segments.CHECKSUM_AT)
            if not self._loses():
                self._put(frames.ETH_IPV4, frames.packet(frames.TCP, OURS, THEIRS, whole))

    def _loses(self) -> bool:
        lost = self.rng.random() < self.loss
        self.lost += lost
        return lost

    def _put(self, eth_type: int, payload: bytes) -> None:
        self.port.send([Frame(frames.ethernet(self.mac, MAC, 0, eth_type, payload))])


def start(program: str, *arguments: Path, **options: int) -> subprocess.Popen[bytes]:
    """Run a program in the namespace."""
    enter = ["ip", "netns", "exec", NAMESPACE]
    command = [*enter, sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("loss", [0.0, 0.02])
def test_the_kernel_connects_to_us(port: Port, tmp_path: Path, loss: float) -> None:
    theirs, ours = write_files(tmp_path)
    host = Host(port, ours.read_bytes(), loss)
    assert host.run(start(CLIENT, theirs, ours)) == 0
    assert bytes(host.got) == theirs.read_bytes()
    assert bool(host.lost) == bool(loss)


@pytest.mark.parametrize("loss", [0.0, 0.02])
def test_we_connect_to_the_kernel(port: Port, tmp_path: Path, loss: float) -> None:
    theirs, ours = write_files(tmp_path)
    server = start(SERVER, ours, theirs, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"listening\n"
    host = Host(port, ours.read_bytes(), loss)
    address = subprocess.check_output(
        ["ip", "netns", "exec", NAMESPACE, "cat", "/sys/class/net/eth0/address"], text=True
    )
    host.mac = int(address.strip().replace(":", ""), 16)
    host.connect()
    assert host.run(server) == 0
    server.stdout.close()
    assert bytes(host.got) == theirs.read_bytes()


def write_files(folder: Path) -> tuple[Path, Path]:
    """What each side is to send."""
    theirs, ours = folder / "theirs", folder / "ours"
    theirs.write_bytes(Random(1).randbytes(SIZE))
    ours.write_bytes(Random(2).randbytes(SIZE))
    return theirs, ours
