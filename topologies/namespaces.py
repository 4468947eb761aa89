"""Network namespaces of a lab: made, entered and removed through iproute2 and util-linux.

Every namespace is called ``lab-PID-NODE`` after the process that owns the lab, so several labs never
meet, and what an owner could not remove (kill -9) is known for what it is by the next one:
`topologies.claim` decides which owners are gone, this module removes what they left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

NAMED_NAMESPACES = Path("/run/netns")
PREFIX = "lab-"
CORE = "core"
"""The node in whose namespace all switches and the controller live, with the links between them."""

_NEIGHBOURS_MOST = Path("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
_PATIENCE_S = 1.0
_LOOK_EVERY_S = 0.01


class NamespaceError(Exception):
    """The kernel or iproute2 refused; the text says what."""


def namespace_name(owner: int, node: str) -> str:
    """Return the name of a node's namespace."""
    return f"{PREFIX}{owner}-{node}"


def owner_of(namespace: str) -> int | None:
    """Return the process that made a namespace; None when no lab did."""
    owner, dash, _ = namespace.removeprefix(PREFIX).partition("-")
    ours = namespace.startswith(PREFIX) and dash and owner.isdigit()
    return int(owner) if ours else None


def namespaces_of(owner: int) -> list[str]:
    """Return the names of all namespaces that a process made."""
    return [name for name in all_namespaces() if owner_of(name) == owner]


def all_namespaces() -> list[str]:
    """Return the names of all namespaces of this machine."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in NAMED_NAMESPACES.iterdir())
    return []


def neighbour_warning(hosts: int) -> str | None:
    """Say what will happen when so many hosts all talk to each other; None when nothing will.

    The kernel has one table of neighbours for all namespaces together.
    """
    try:
        most = int(_NEIGHBOURS_MOST.read_text())
    except (OSError, ValueError):
        return None
    needed = hosts * (hosts - 1)
    if needed <= most:
        return None
    return (
        f"{hosts} hosts have {needed} neighbours, the kernel keeps {most}: pings will be lost "
        f"(sysctl -w net.ipv4.neigh.default.gc_thresh3={needed * 2} helps)"
    )


def enter(namespace: str) -> list[str]:
    """Return the beginning of a command line that runs the rest of it inside a namespace."""
    return ["nsenter", f"--net={NAMED_NAMESPACES / namespace}", "--"]


def add_namespaces(names: Iterable[str]) -> None:
    """Make namespaces, each with its loopback up."""
    names = list(names)
    _ip([f"netns add {name}" for name in names])
    _ip([f"netns exec {name} ip link set lo up" for name in names])


def add_cables(namespace: str, cables: Iterable[tuple[str, str]]) -> None:
    """Make veth pairs inside a namespace, whose ends have no IPv6 addresses to talk about."""
    commands = []
    for first, second in cables:
        commands.append(f"link add {first} type veth peer name {second}")
        commands += [f"link set {end} addrgenmode none" for end in (first, second)]
    _ip(commands, "-netns", namespace)


def set_interface(namespace: str, name: str, up: bool) -> None:
    """Set an interface up, or down: then what is at its other end has no carrier."""
    _ip([f"link set {name} {'up' if up else 'down'}"], "-netns", namespace)


def remove_namespaces(names: Sequence[str]) -> None:
    """End whatever runs inside these namespaces and remove them, with all of their interfaces."""
    end_processes(names)
    _ip([f"netns delete {name}" for name in names], "-force")


def end_processes(names: Sequence[str]) -> None:
    """Ask the processes inside to end, and after a second make them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + _PATIENCE_S
        _signal(processes_inside(names), number)
        while processes_inside(names):
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_EVERY_S)


def processes_inside(names: Iterable[str]) -> list[int]:
    """Return the ids of the processes that live in one of these namespaces."""
    paths = [NAMED_NAMESPACES / name for name in names]
    wanted = {identity for path in paths if (identity := _identity(path)) is not None}
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if wanted and _identity(Path(f"/proc/{pid}/ns/net")) in wanted]


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a namespace from all others; None where there is none to see."""
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _ip(commands: Sequence[str], *options: str) -> None:
    """Have iproute2 carry out a batch of commands; all of them even after a failure with -force."""
    if not commands:
        return
    result = subprocess.run(
        ["ip", *options, "-batch", "-"],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode and "-force" not in options:
        raise NamespaceError(f"ip: {result.stderr.strip().splitlines()[0]}")
