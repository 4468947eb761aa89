"""What the tab key offers at the prompt: commands, hosts, switches, and ports behind ``in_port=``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from topologies.prompt import COMMANDS, PLACEHOLDER
from topologies.topology import Topology

Words = Callable[[Topology], Iterable[str]]


def complete(topology: Topology, before: str, begun: str) -> list[str]:
    """Return the words that may stand in a line behind `before` and begin as typed."""
    first, *others = before.split() or [""]
    if not first:
        offered: Iterable[str] = (*topology.hosts, *COMMANDS.keys() - {PLACEHOLDER})
    elif before.endswith("in_port="):
        offered = _ports(topology, others[:1])
    else:
        offered = _BEHIND.get(first, _hosts if first in topology.hosts else _nothing)(topology)
    return sorted(word for word in offered if word.startswith(begun))


def _nothing(topology: Topology) -> Iterable[str]:
    return ()


def _hosts(topology: Topology) -> Iterable[str]:
    return topology.hosts


def _switches(topology: Topology) -> Iterable[str]:
    return topology.switches


def _nodes(topology: Topology) -> Iterable[str]:
    return *topology.hosts, *topology.switches


def _ports(topology: Topology, switches: Iterable[str]) -> Iterable[str]:
    """The names of the ports of these switches."""
    return [near.interface for name in switches for near, _ in topology.ends_of(name)]


_BEHIND: dict[str, Words] = {
    "iperf": _hosts,
    "trace": lambda topology: (*_nodes(topology), "in_port="),
    "link": lambda topology: (*_nodes(topology), "down", "up"),
    **dict.fromkeys(("show", "flows", "ports", "drops"), _switches),
}
"""The words that may stand behind a command."""
