"""Controllers to compare with: how each is started, and whether it is here."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import openflow.native
from benchmarks.processes import process

_DISCARD = Path(tempfile.gettempdir()) / f"ofbench-{os.getpid()}.ctl"

TESTCONTROLLER = "ovs-testcontroller (C)"
BARE = "nothing but answers (Rust)"
FIRST_PORT, LAST_PORT = 16700, 16799
"""Of loopback, where the controllers listen."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A controller with a learning switch; `command` makes its command line for a port of loopback."""

    name: str
    family: str
    command: Callable[[int], list[str]]
    missing: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    processors: int = 1
    """On so many it runs, where there are as many besides the load's."""


def controllers(workers: int = 1) -> list[Peer]:
    """Ours and its peers; `missing` says what to install where one is not here.

    Ours is there with several workers, too, if that is more than one.
    """
    testcontroller = shutil.which("ovs-testcontroller") or shutil.which("test-controller")
    osken = importlib.util.find_spec("os_ken")
    pox = os.environ.get("POX", "")
    here = Path(pox, "pox.py").is_file()
    native = "" if openflow.native.AVAILABLE else "the native codec was not compiled"
    return [
        Peer("ofswitch, native codec", "ofswitch", _ours, native),
        *_shared(workers, native),
        Peer("ofswitch, Python codec", "ofswitch", _ours, "", {"OFSWITCH_ENGINE": "python"}),
        Peer(
            TESTCONTROLLER,
            "peer",
            lambda port: [str(testcontroller), f"--unixctl={_DISCARD}", f"ptcp:{port}:127.0.0.1"],
            "" if testcontroller else "apt-get install openvswitch-testcontroller",
        ),
        Peer("os-ken simple_switch", "peer", _osken, "" if osken else "pip install os-ken"),
        Peer(
            "POX l2_learning",
            "peer",
            lambda port: _pox(pox, port),
            ""
            if here
            else "PyPI's pox is something else: clone noxrepo/pox, set POX to its folder",
        ),
        Peer(BARE, "yardstick", _bare),
    ]


def _shared(workers: int, missing: str) -> list[Peer]:
    if workers == 1:
        return []

    def command(port: int) -> list[str]:
        return [*_ours(port), "--workers", str(workers)]

    name = f"ofswitch, {workers} workers"
    return [Peer(name, "ofswitch", command, missing, processors=workers)]


def _ours(port: int) -> list[str]:
    listen = f"tcp:127.0.0.1:{port}"
    run = ["run", "learning_switch", "--listen", listen, "--log-level", "error"]
    return [sys.executable, "-m", "controller.cli", *run]


def _osken(port: int) -> list[str]:
    module = "benchmarks.controller.run_osken"
    application = "benchmarks.controller.osken_simple_switch"
    return [sys.executable, "-W", "ignore", "-m", module, str(port), application]


def _pox(folder: str, port: int) -> list[str]:
    listen = ["openflow.of_01", "--address=127.0.0.1", f"--port={port}"]
    level = ["log.level", "--ERROR"]
    return [sys.executable, str(Path(folder, "pox.py")), *listen, *level, "forwarding.l2_learning"]


def _bare(port: int) -> list[str]:
    return [sys.executable, "-m", "ofbench", "bare", f"ptcp:{port}:127.0.0.1"]


@contextlib.contextmanager
def running(peer: Peer, cpus: list[int]) -> Iterator[tuple[int, int]]:
    """Run a controller on as many of these processors as it wants; yields its port and process.

    It is ended when the block is left.
    """
    port = _free_port()
    cpu_list = ",".join(map(str, cpus[: peer.processors]))
    command = ["taskset", "-c", cpu_list, *peer.command(port)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **peer.environment}
    with process(command, lambda: _listens(port), env) as pid:
        yield port, pid


def _free_port() -> int:
    for port in range(FIRST_PORT, LAST_PORT + 1):
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no port is free from {FIRST_PORT} to {LAST_PORT}")


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def resident_mib(pid: int) -> float:
    """The most memory that a process has had; 0 where that cannot be read."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
