"""Namespaces, veth pairs and a trivial switch loop for the system tests, all cleaned up afterwards.

Nothing here goes by fixed names, so that several test runs on one machine do not meet.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ofswitch.frame import Frame
from ofswitch.ports import Port, open_port
from ofswitch.ports.namespace import inside, open_namespace

_numbers = itertools.count()
_LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp
BATCH = 32


class HasFileno(Protocol):
    """Something to wait for."""

    def fileno(self) -> int: ...


Rewrite = Callable[[Frame], Frame | None]
"""What to do to a frame on its way; None stops it."""


def fresh_name(stem: str = "") -> str:
    """Return an interface or namespace name that nobody else uses."""
    return f"prt-{os.getpid() % 100000}-{stem}{next(_numbers)}"


def wait_for(source: HasFileno, done: Callable[[], bool]) -> None:
    """Call `done` now and whenever something waits, until it is true.

    What is sent on a veth arrives when the kernel gets round to it, and a lost carrier is told a
    little later too.
    """
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline, "it does not happen"
        select.select([source], [], [], 0.5)


def run(*command: str) -> str:
    """Run a command and return what it printed; its complaint becomes the test's."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}"
    return done.stdout


@dataclass
class Seen:
    """What the loop saw of the frames that it forwarded in one direction."""

    frames: int = 0
    octets: int = 0
    longest: int = 0
    unfinished: int = 0
    gso_types: set[int] = field(default_factory=set)

    def note(self, frame: Frame) -> None:
        """Count a frame."""
        self.frames += 1
        self.octets += len(frame.data)
        self.longest = max(self.longest, len(frame.data))
        if frame.offload is not None:
            self.unfinished += frame.offload.needs_csum
            self.gso_types.add(frame.offload.segmentation)


class Loop:
    """The least that can be called a switch: each port's frames go out of its partner."""

    def __init__(self) -> None:
        self.routes: dict[int, tuple[Port, Port, Rewrite | None, Seen]] = {}

    def join(
        self, a: Port, b: Port, *, there: Rewrite | None = None, back: Rewrite | None = None
    ) -> tuple[Seen, Seen]:
        """Forward between two ports, rewriting frames from `a` to `b` and `back` on the way."""
        seen = Seen(), Seen()
        self.routes[a.fileno()] = (a, b, there, seen[0])
        self.routes[b.fileno()] = (b, a, back, seen[1])
        return seen

    def run_until(self, readable: int, seconds: float = 60.0) -> None:
        """Forward until this descriptor is readable."""
        poll = select.poll()
        for fd in (*self.routes, readable):
            poll.register(fd, select.POLLIN)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for fd, _ in poll.poll(1000):
                if fd == readable:
                    return
                source, target, rewrite, seen = self.routes[fd]
                frames = source.receive(BATCH)
                if rewrite is not None:
                    frames = [out for frame in frames if (out := rewrite(frame)) is not None]
                for frame in frames:
                    seen.note(frame)
                target.send(frames)
        raise AssertionError(f"nothing came of it in {seconds} seconds")


class Lab:
    """Namespaces and interfaces of one test."""

    def __init__(self) -> None:
        self.namespaces: list[str] = []
        self.interfaces: list[str] = []
        self.ports: list[Port] = []
        self.processes: list[subprocess.Popen[str]] = []
        self.sockets: list[socket.socket] = []
        self.loop = Loop()

    def namespace(self) -> str:
        """Make a namespace with a working loopback."""
        name = fresh_name("n")
        run("ip", "netns", "add", name)
        self.namespaces.append(name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def veth(self) -> tuple[str, str]:
        """Make a veth pair in our namespace."""
        ends = fresh_name("v"), fresh_name("v")
        run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        self.interfaces.append(ends[0])
        return ends

    def open(self, spec: str) -> Port:
        """Open a port that is closed in the end."""
        port = open_port(spec)
        self.ports.append(port)
        return port

    def dev_pair(self) -> tuple[Port, Port]:
        """Return ports on both ends of a veth, ready for traffic."""
        near, far = self.veth()
        a, b = self.open(f"dev:{near}"), self.open(f"dev:{far}")
        wait_for(b, lambda: a.link_up() and b.link_up())
        return a, b

    def tap_pair(self) -> tuple[Port, Port]:
        """Return a tap port and a packet socket on its kernel end, ready for traffic."""
        name = fresh_name("t")
        tap = self.open(f"tap:{name}")
        wait_for(tap, tap.link_up)
        return tap, self.open(f"dev:{name}")

    def tap_host(self, address: str) -> tuple[str, Port]:
        """Make a namespace whose eth0 is the kernel end of a tap port."""
        netns = self.namespace()
        ip = f"10.9.0.{address}/24+fd09::{address}/64"
        return netns, self.open(f"tap:{fresh_name('t')},netns={netns},name=eth0,ip={ip}")

    def dev_host(self, address: str) -> tuple[str, Port]:
        """Make a namespace whose eth0 is the far end of a veth with a dev port."""
        netns = self.namespace()
        near, far = self.veth()
        run("ip", "link", "set", far, "netns", netns, "name", "eth0")
        run("ip", "-n", netns, "addr", "add", f"10.9.0.{address}/24", "dev", "eth0")
        run("ip", "-n", netns, "addr", "add", f"fd09::{address}/64", "dev", "eth0", "nodad")
        run("ip", "-n", netns, "link", "set", "eth0", "up")
        port = self.open(f"dev:{near}")
        wait_for(port, port.link_up)
        return netns, port

    def host(self, kind: str, address: str) -> tuple[str, Port]:
        """Make a host on a port of this kind."""
        return {"tap": self.tap_host, "dev": self.dev_host}[kind](address)

    def run_in(self, netns: str, *command: str) -> str:
        """Run a command in a namespace while the loop forwards; return what it printed."""
        with tempfile.TemporaryFile("w+") as output:
            process = self._start(netns, command, output)
            pidfd = os.pidfd_open(process.pid)
            try:
                self.loop.run_until(pidfd)
            finally:
                os.close(pidfd)
            code = process.wait()
            output.seek(0)
            text = output.read()
        assert code == 0, f"{' '.join(command)}: {text}"
        return text

    def serve(self, netns: str, port: int, *command: str) -> None:
        """Start a TCP server in a namespace and wait until it listens on this port."""
        process = self._start(netns, command, subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not _listens(process.pid, port):
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < deadline, f"{command[0]} does not listen"
            time.sleep(0.01)

    def iperf(self, server: str, client: str, *options: str) -> dict[str, Any]:
        """Run iperf3 between two namespaces; return its report's ``end``."""
        self.serve(server, 5201, "iperf3", "-s", "-1")
        report = json.loads(self.run_in(client, "iperf3", "-J", *options))
        assert "error" not in report, report["error"]
        end: dict[str, Any] = report["end"]
        return end

    def udp_socket(self, netns: str) -> socket.socket:
        """Return a UDP socket of a namespace, to be used from here."""
        netns_fd = open_namespace(netns)
        try:
            one = inside(netns_fd, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        finally:
            os.close(netns_fd)
        one.settimeout(5)
        self.sockets.append(one)
        return one

    def counters(self, netns: str) -> Mapping[str, int]:
        """Return the namespace's protocol counters, as `Tcp.InCsumErrors` and the like."""
        text = run("ip", "netns", "exec", netns, "cat", "/proc/net/snmp")
        lines = [line.split() for line in text.splitlines()]
        counters = {}
        for names, values in zip(lines[::2], lines[1::2]):
            for name, value in zip(names[1:], values[1:]):
                counters[f"{names[0]}{name}".replace(":", ".")] = int(value)
        for line in run("ip", "netns", "exec", netns, "cat", "/proc/net/snmp6").splitlines():
            name, value = line.split()
            counters[name] = int(value)
        return counters

    def close(self) -> None:
        """Give everything back, whatever has failed."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for one in self.sockets:
            one.close()
        for port in self.ports:
            port.close()
        for name in self.interfaces:
            subprocess.run(["ip", "link", "del", name], capture_output=True, check=False)
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def _start(self, netns: str, command: tuple[str, ...], output: Any) -> subprocess.Popen[str]:
        whole = ["ip", "netns", "exec", netns, *command]
        process = subprocess.Popen(whole, stdout=output, stderr=subprocess.STDOUT, text=True)
        self.processes.append(process)
        return process


def _listens(pid: int, port: int) -> bool:
    """Return whether somebody in the process's namespace listens on a TCP port."""
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == _LISTEN and int(local.rpartition(":")[2], 16) == port:
                return True
    return False
