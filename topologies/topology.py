"""What a network looks like: switches, hosts and the links between them. Pure description.

`topologies.lab` makes it real in the kernel and `topologies.simulation` in one process; both read
nothing else. Shapes, names, port numbers and addresses are Mininet's, so that what somebody knows
about ``mn --topo tree,2,3`` holds here: hosts h1, h2, ... with 10.0.0.1, 10.0.0.2, ... and the
Ethernet addresses that ``mn --mac`` gives; switches s1, s2, ... whose ports count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from itertools import count
from typing import NamedTuple

from openflow.addresses import format_mac

FIRST_ADDRESS = IPv4Address("10.0.0.1")
PREFIX_LENGTH = 8
MOST_NODES = 1000
"""One machine will not carry more; a typing mistake in ``tree,D,F`` asks for it easily."""
MOST_LEVELS = 100


class TopologyError(ValueError):
    """The description makes no network; the text says why."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host with its one network card."""

    name: str
    mac: int
    ip: IPv4Interface

    @property
    def mac_text(self) -> str:
        """The Ethernet address as people write it."""
        return format_mac(self.mac)


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch and its datapath id."""

    name: str
    dpid: int


class End(NamedTuple):
    """One end of a link: a port of a node. Hosts' ports count from 0, switches' from 1."""

    node: str
    port_no: int

    @property
    def interface(self) -> str:
        """The name of the network interface, such as ``s1-eth2``."""
        return f"{self.node}-eth{self.port_no}"


class Link(NamedTuple):
    """A cable between two nodes."""

    first: End
    second: End


class Topology:
    """A network under construction; every name is unique, every address follows from the names."""

    def __init__(self) -> None:
        self.switches: dict[str, Switch] = {}
        self.links: list[Link] = []
        self._host_names: list[str] = []
        self._ports: dict[str, int] = {}

    @property
    def hosts(self) -> dict[str, Host]:
        """The hosts by name, in the natural order of their names, which gives them addresses."""
        names = sorted(self._host_names, key=natural)
        return {name: _numbered(name, number) for number, name in enumerate(names)}

    @property
    def summary(self) -> str:
        """How many there are of what."""
        counts = {"host": len(self._host_names), "switch": len(self.switches)}
        endings = {"host": "s", "switch": "es"}
        words = [f"{n} {what}{endings[what] * (n != 1)}" for what, n in counts.items()]
        return ", ".join(words)

    def add_host(self, name: str) -> str:
        """Add a host and return its name."""
        self._add_node(name, first_port=0)
        self._host_names.append(name)
        return name

    def add_switch(self, name: str) -> str:
        """Add a switch, whose datapath id is the number in its name, and return the name."""
        digits = re.search(r"\d+", name)
        if digits is None:
            raise TopologyError(f"switch {name!r}: its name needs a number, for the datapath id")
        self._add_node(name, first_port=1)
        self.switches[name] = Switch(name, int(digits[0]))
        return name

    def add_link(self, first: str, second: str) -> Link:
        """Join two nodes at the next free port of each."""
        link = Link(self._next_end(first), self._next_end(second))
        self.links.append(link)
        return link

    def ends_of(self, node: str) -> list[tuple[End, End]]:
        """Return the ports of a node, each with the port at the other end of its link."""
        pairs = [pair for link in self.links for pair in (link, Link(*reversed(link)))]
        return sorted((near, far) for near, far in pairs if near.node == node)

    def _add_node(self, name: str, first_port: int) -> None:
        if name in self._ports:
            raise TopologyError(f"two nodes are called {name!r}")
        if len(self._ports) == MOST_NODES:
            raise TopologyError(f"more than {MOST_NODES} switches and hosts")
        self._ports[name] = first_port

    def _next_end(self, node: str) -> End:
        if node not in self._ports:
            raise TopologyError(f"a link needs a node that is not there: {node!r}")
        end = End(node, self._ports[node])
        self._ports[node] += 1
        return end


def natural(name: str) -> list[str | int]:
    """Return a key that sorts h2 before h10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _numbered(name: str, number: int) -> Host:
    ip = IPv4Interface((FIRST_ADDRESS + number, PREFIX_LENGTH))
    return Host(name, mac=number + 1, ip=ip)


def single(hosts: int) -> Topology:
    """One switch with so many hosts."""
    topology = Topology()
    switch = topology.add_switch("s1")
    for number in range(1, hosts + 1):
        topology.add_link(topology.add_host(f"h{number}"), switch)
    return topology


def linear(switches: int, hosts_each: int = 1) -> Topology:
    """A row of switches, each with so many hosts."""
    topology = Topology()
    for number in range(1, switches + 1):
        switch = topology.add_switch(f"s{number}")
        for each in range(1, hosts_each + 1):
            name = f"h{number}" if hosts_each == 1 else f"h{each}s{number}"
            topology.add_link(topology.add_host(name), switch)
        if number > 1:
            topology.add_link(switch, f"s{number - 1}")
    return topology


def tree(depth: int, fanout: int) -> Topology:
    """A tree of switches `depth` high, with so many branches at each and hosts for leaves."""
    if depth > MOST_LEVELS:
        raise TopologyError(f"a tree of more than {MOST_LEVELS} levels")
    topology = Topology()
    switch_numbers, host_numbers = count(1), count(1)

    def grow(height: int) -> str:
        if height == 0:
            return topology.add_host(f"h{next(host_numbers)}")
        switch = topology.add_switch(f"s{next(switch_numbers)}")
        for _ in range(fanout):
            topology.add_link(switch, grow(height - 1))
        return switch

    grow(depth)
    return topology


class _Shape(NamedTuple):
    """How a shape is written: its builder and how many numbers it takes."""

    build: Callable[..., Topology]
    usage: str
    least: int
    most: int


SHAPES = {
    "single": _Shape(single, "single,HOSTS", 1, 1),
    "linear": _Shape(linear, "linear,SWITCHES[,HOSTS_EACH]", 1, 2),
    "tree": _Shape(tree, "tree,DEPTH,FANOUT", 2, 2),
}


def parse_topology(text: str) -> Topology:
    """Read ``single,3``, ``linear,4``, ``linear,4,2`` or ``tree,2,3``; TopologyError says why not."""
    name, *words = text.split(",")
    if name not in SHAPES:
        known = ", ".join(shape.usage for shape in SHAPES.values())
        raise TopologyError(f"topology {text!r}: {name!r} is no known shape; there are {known}")
    shape = SHAPES[name]
    if not shape.least <= len(words) <= shape.most:
        raise TopologyError(f"topology {text!r}: write it as {shape.usage}")
    numbers = [_read_number(text, word) for word in words]
    try:
        return shape.build(*numbers)
    except TopologyError as error:
        raise TopologyError(f"topology {text!r}: {error}") from None


def _read_number(text: str, word: str) -> int:
    if not (word.isascii() and word.isdigit() and 1 <= int(word) <= MOST_NODES):
        raise TopologyError(f"topology {text!r}: {word!r} is not a number from 1 to {MOST_NODES}")
    return int(word)
