"""Controllers to compare with: how each is started, and whether it is here."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BIN = Path(sys.executable).parent
_DISCARD = Path(tempfile.gettempdir()) / f"ofbench-{os.getpid()}.ctl"


@dataclass(frozen=True, slots=True)
class Peer:
    """A controller with a learning switch; `command` makes its command line for a port of loopback."""

    name: str
    command: Callable[[int], list[str]]
    missing: str = ""


def controllers() -> list[Peer]:
    """Ours and its peers; `missing` says what to install where one is not here."""
    testcontroller = shutil.which("ovs-testcontroller") or shutil.which("test-controller")
    osken = importlib.util.find_spec("os_ken")
    return [
        Peer("ofcontroller learning_switch", _ours),
        Peer(
            "ovs-testcontroller (C)",
            lambda port: [str(testcontroller), f"--unixctl={_DISCARD}", f"ptcp:{port}:127.0.0.1"],
            "" if testcontroller else "apt-get install openvswitch-testcontroller",
        ),
        Peer("os-ken simple_switch", _osken, "" if osken else "pip install os-ken"),
    ]


def _ours(port: int) -> list[str]:
    listen = f"tcp:127.0.0.1:{port}"
    command = str(_BIN / "ofcontroller")
    return [command, "run", "learning_switch", "--listen", listen, "--log-level", "error"]


def _osken(port: int) -> list[str]:
    module = "benchmarks.run_osken"
    return [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        module,
        str(port),
        "benchmarks.osken_simple_switch",
    ]


@contextlib.contextmanager
def running(peer: Peer, cpu: int) -> Iterator[int]:
    """Run a controller on one processor; yields its port. It is ended when the block is left."""
    port = _free_port()
    process = subprocess.Popen(
        ["taskset", "-c", str(cpu), *peer.command(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        _wait(port, process, peer.name)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended at once, with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{name} does not listen on port {port}")
