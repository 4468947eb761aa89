"""Two hosts and a place for a switch between them, each a network namespace. Needs root; leaves nothing behind.

Whatever forwards runs in the third namespace, `SWITCH`, so that neither its settings nor its ports touch the machine's.
The hosts know each other's addresses: no ARP is needed, and a switch needs no rule for it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.processes import run

PREFIX = f"ofb{os.getpid() % 10000}"
SWITCH = f"{PREFIX}-s"
PORTS = ("port1", "port2")
"""The switch's ends of the hosts' links, in its namespace."""


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
