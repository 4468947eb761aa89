"""Hosts in namespaces on veth pairs, for switches that are not ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from topologies.claim import claimed_folder
from topologies.host_commands import ping_once
from topologies.namespaces import CORE, add_namespaces, enter, namespace_name
from topologies.topology import Topology, single


class WiredHosts:
    """Hosts whose network cards end as ``s1-eth1``, ``s1-eth2``, ... in the namespace `core`."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.core = namespace_name(os.getpid(), CORE)

    @property
    def interfaces(self) -> list[str]:
        """The switch's ends, in the order of their port numbers."""
        return [near.interface for near, _ in self.topology.ends_of("s1")]

    def enter_core(self) -> list[str]:
        """Return the beginning of command lines that run in the namespace `core`."""
        return enter(self.core)

    async def ping(self, source: str, target: str) -> float | None:
        """Send one echo request between two hosts."""
        address = self.topology.hosts[target].ip.ip
        return await ping_once(self.namespace(source), address)

    def namespace(self, node: str) -> str:
        """Return the name of a host's namespace."""
        return namespace_name(os.getpid(), node)

    def wire(self) -> None:
        """Make the namespaces and cables."""
        add_namespaces([self.core, *map(self.namespace, self.topology.hosts)])
        for near, far in self.topology.ends_of("s1"):
            host, inside = self.topology.hosts[far.node], self.namespace(far.node)
            ends = f"link add {near.interface} up type veth peer name eth0 netns {inside}"
            self._ip(self.core, ends)
            self._ip(inside, f"link set eth0 address {host.mac_text} up")
            self._ip(inside, f"address add {host.ip} dev eth0")

    def _ip(self, namespace: str, command: str) -> None:
        subprocess.run(["ip", "-netns", namespace, *command.split()], check=True)


@contextmanager
def wired_hosts(count: int) -> Iterator[WiredHosts]:
    """Make so many hosts, and remove them at the end."""
    with claimed_folder():
        hosts = WiredHosts(single(count))
        hosts.wire()
        yield hosts
