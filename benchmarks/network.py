"""Two hosts and a place for a switch between them, each a network namespace. Needs root; leaves nothing behind.

Whatever forwards runs in the third namespace, `SWITCH`, so that neither its settings nor its ports touch the machine's.
The hosts know each other's addresses: no ARP is needed, and a switch needs no rule for it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = f"ofb{os.getpid() % 10000}"
SWITCH = f"{PREFIX}-s"
PORTS = ("port1", "port2")
"""The switch's ends of the hosts' links, in its namespace."""

TIMEOUT_S = 60
_QUIET_S = 0.02


@dataclass(frozen=True, slots=True)
class Host:
    """One of the two; its interface is eth0."""

    namespace: str
    mac: str
    address: str


HOSTS = (
    Host(f"{PREFIX}-a", "02:00:00:00:00:0a", "10.77.0.1"),
    Host(f"{PREFIX}-b", "02:00:00:00:00:0b", "10.77.0.2"),
)


def run(*command: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command; raise RuntimeError with what it complained of."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env=env,
            process_group=0,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{' '.join(command)}: no end after {TIMEOUT_S} s") from None
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def inside(namespace: str, *command: str) -> list[str]:
    """The command line that runs a command in a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


@contextlib.contextmanager
def hosts(*, veth: bool) -> Iterator[None]:
    """Make the namespaces; with veth pairs, or bare for taps that are moved in."""
    with contextlib.ExitStack() as stack:
        for namespace in (SWITCH, *(host.namespace for host in HOSTS)):
            run("ip", "netns", "add", namespace)
            stack.callback(_delete, namespace)
            run(*inside(namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"))
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        if veth:
            for host, port in zip(HOSTS, PORTS):
                _pair(host, port)
                # A namespace takes its links away only in the background, after it is gone.
                stack.callback(run, "ip", "-n", SWITCH, "link", "delete", port)
                configure(host)
        yield


def _delete(namespace: str) -> None:
    """Delete a namespace, after the end of whatever was left running there."""
    for pid in run("ip", "netns", "pids", namespace).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 9)
    run("ip", "netns", "delete", namespace)


def _pair(host: Host, port: str) -> None:
    link = ["ip", "-n", SWITCH, "link"]
    peer = ["peer", "name", "eth0", "netns", host.namespace, "address", host.mac]
    run(*link, "add", port, "type", "veth", *peer)
    run(*link, "set", port, "up")


def move_in(host: Host, link: str) -> None:
    """Make a link of the switch's namespace, a tap, the interface of a host."""
    run("ip", "-n", SWITCH, "link", "set", link, "netns", host.namespace, "name", "eth0")
    run("ip", "-n", host.namespace, "link", "set", "eth0", "address", host.mac)
    configure(host)


def configure(host: Host) -> None:
    """Give a host's interface its address and its neighbour, and set it up."""
    (other,) = set(HOSTS) - {host}
    ip = ["ip", "-n", host.namespace]
    addresses = run(*ip, "-brief", "address", "show", "dev", "eth0")
    if host.address not in addresses:
        run(*ip, "address", "add", f"{host.address}/24", "dev", "eth0")
    run(*ip, "link", "set", "eth0", "up")
    neighbour = [other.address, "lladdr", other.mac, "dev", "eth0", "nud", "permanent"]
    run(*ip, "neighbour", "replace", *neighbour)


@contextlib.contextmanager
def process(
    command: list[str], ready: Callable[[], bool], env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a process in the background; yields its id once it is ready.

    Raise RuntimeError with its last words when it does not start, or ends before its time.
    """
    with tempfile.TemporaryFile("w+") as words:
        # A process group of its own: Ctrl-C is for us, who end it in good order.
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=words, env=env, process_group=0
        )
        try:
            _wait(child, ready)
            yield child.pid
            if child.poll() is not None:
                raise RuntimeError(f"it ended by itself, with status {child.returncode}")
        except RuntimeError as error:
            words.seek(0)
            raise RuntimeError(f"{_program(command)}: {error}\n{words.read()[-2000:]}") from None
        finally:
            end(child)


def _program(command: list[str]) -> str:
    return Path(command[4] if command[:3] == ["ip", "netns", "exec"] else command[0]).name


def _wait(child: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("it does not start")
        time.sleep(_QUIET_S)


def end(child: subprocess.Popen[Any], patience_s: float = 10) -> None:
    """End a process, and wait until it is gone."""
    child.terminate()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
