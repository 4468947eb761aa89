"""`ofcontroller run --workers`, as processes."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from openflow import Message, PacketIn, PacketOut, SetConfig
from tests.controller.fakes import FakeSwitch
from tests.controller.test_cli import Process

SCRIPT = """
import os
import openflow as of
from controller import Event

def join(ctrl, dpid, event):
    os.write(1, f"joined {dpid} {os.getpid()}\\n".encode())  # at once: others write there, too

def leave(ctrl, dpid, event):
    os.write(1, f"left {dpid} {os.getpid()}\\n".encode())

def packet_in(ctrl, dpid, event):
    if event.data == b"die":
        os._exit(3)
    ctrl.send(dpid, of.PacketOut(data=event.data))

def init(ctrl):
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.DATAPATH_LEAVE, leave)
    ctrl.register_cb(Event.PACKET_IN, packet_in)
"""


class Peer:
    """A fake switch on a blocking socket."""

    def __init__(self, port: int, dpid: int) -> None:
        self.switch = FakeSwitch(dpid)
        self.sock = socket.create_connection(("127.0.0.1", port), 10)
        self.sock.sendall(self.switch.connection.take_output())

    def run(self, until: float = 0.0) -> bool:
        """Take what comes; whether the controller has closed."""
        self.sock.settimeout(max(until - time.monotonic(), 0.05))
        try:
            data = self.sock.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            return True
        answer = self.switch.take(data)
        if answer:
            self.sock.sendall(answer)
        return not data

    def wait_for(self, kind: type[Message], data: bytes = b"") -> None:
        """Take what comes up to a message of this kind, and with this data if it has any."""
        deadline = time.monotonic() + 10
        while not any(getattr(one, "data", data) == data for one in self.switch.of_type(kind)):
            assert time.monotonic() < deadline
            assert not self.run(deadline)


def pid_that_says(process: Process, text: str) -> int:
    """Read lines up to one that begins so; the process that said it."""
    assert process.process.stdout is not None
    for line in process.process.stdout:
        if line.startswith(text):
            return int(line.split()[-1])
    raise AssertionError(f"nobody said {text!r}")


def joined(process: Process, port: int, dpid: int) -> tuple[Peer, int]:
    """A switch that has joined, and its worker."""
    peer = Peer(port, dpid)
    peer.wait_for(SetConfig)
    return peer, pid_that_says(process, f"joined {dpid} ")


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, SCRIPT, "--workers", "2")
    yield process
    if process.process.poll() is None:
        process.end(signal.SIGTERM)


def test_switches_are_shared_out_and_served(process: Process) -> None:
    port = process.port()
    (one, first), (other, second) = joined(process, port, 1), joined(process, port, 2)
    assert first != second
    for peer in (one, other):
        peer.sock.sendall(peer.switch.send(PacketIn(data=b"hello")))
        peer.wait_for(PacketOut, b"hello")
    code, output = process.end(signal.SIGINT)
    assert code == 0, output
    assert sorted(line for line in output.splitlines() if line.startswith("left")) == sorted(
        [f"left 1 {first}", f"left 2 {second}"]
    )


def test_a_worker_that_dies_is_told_and_started_again(process: Process) -> None:
    port = process.port()
    (one, first), (other, second) = joined(process, port, 1), joined(process, port, 2)
    one.sock.sendall(one.switch.send(PacketIn(data=b"die")))
    process.wait_for("ended with status 3; 1 switches lost it; starting it again")
    assert one.run(time.monotonic() + 10)
    other.sock.sendall(other.switch.send(PacketIn(data=b"still here")))
    again, worker = joined(process, port, 1)
    assert worker != first
    assert not again.run()
    other.wait_for(PacketOut, b"still here")
    code, output = process.end(signal.SIGTERM)
    assert code == 0, output
    assert f"left 2 {second}" in output


def test_a_datapath_id_is_one_switch_in_all_workers(process: Process) -> None:
    port = process.port()
    (one, first) = joined(process, port, 5)
    stranger = Peer(port, 5)
    deadline = time.monotonic() + 10
    while not stranger.run(deadline):
        one.run()
        assert time.monotonic() < deadline
    assert stranger.switch.lost is None or "alive" in stranger.switch.lost
    one.sock.sendall(one.switch.send(PacketIn(data=b"mine")))
    one.wait_for(PacketOut, b"mine")
    _, output = process.end(signal.SIGTERM)
    assert f"left 5 {first}" in output
    assert output.count("joined 5") == 0


def test_what_is_wrong_with_a_script_is_said_once(tmp_path: Path) -> None:
    process = Process(tmp_path, "def init(ctrl):\n    oops\n", "--workers", "3")
    code, output = process.end()
    assert code == 1
    assert output.count("line 2, in init: NameError: name 'oops' is not defined") == 1
    assert "Traceback" not in output


def test_workers_end_when_their_parent_is_killed(process: Process) -> None:
    port = process.port()
    _, worker = joined(process, port, 1)
    process.process.kill()
    deadline = time.monotonic() + 10
    while is_running(worker):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{pid}")
