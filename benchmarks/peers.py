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
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import process

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
    application = "benchmarks.osken_simple_switch"
    return [sys.executable, "-W", "ignore", "-m", module, str(port), application]


@contextlib.contextmanager
def running(peer: Peer, cpu: int) -> Iterator[int]:
    """Run a controller on one processor; yields its port. It is ended when the block is left."""
    port = _free_port()
    command = ["taskset", "-c", str(cpu), *peer.command(port)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with process(command, lambda: _listens(port), env):
        yield port


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
