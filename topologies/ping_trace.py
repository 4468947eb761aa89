"""What would become of a ping between two hosts: told switch by switch, with no packet sent.

A ping is four packets: an ARP request and its reply, an echo request and its reply. Each is followed from
its host through every switch that it would be forwarded to (`ofswitch.trace`), until it comes to hosts,
is lost, or goes to a controller, which does with it what it likes. The first that is lost is told in full.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from ofswitch.trace.request import request
from ofswitch.trace.story import INDENT, plain
from topologies.network import Network
from topologies.topology import End, Host, Topology

MOST_HOPS = 1000


class Leg(NamedTuple):
    """One packet of a ping."""

    name: str
    source: Host
    target: Host
    fields: str


class Hop(NamedTuple):
    """A packet at one switch: the port it comes in on, and what the switch says."""

    at: End
    told: Any


def legs(source: Host, target: Host) -> list[Leg]:
    """The packets of a ping, in order."""
    there, back = f"eth_src={source.mac_text}", f"eth_src={target.mac_text}"
    near, far = source.ip.ip, target.ip.ip
    asks = f"arp_op=1,arp_spa={near},arp_sha={source.mac_text},arp_tpa={far}"
    answers = f"arp_op=2,arp_spa={far},arp_sha={target.mac_text},arp_tpa={near}"
    return [
        Leg("ARP request", source, target, f"{there},eth_dst=ff:ff:ff:ff:ff:ff,{asks}"),
        Leg("ARP reply", target, source, f"{back},eth_dst={source.mac_text},{answers}"),
        Leg(
            "echo request",
            source,
            target,
            f"{there},eth_dst={target.mac_text},{_echo(8, near, far)}",
        ),
        Leg(
            "echo reply", target, source, f"{back},eth_dst={source.mac_text},{_echo(0, far, near)}"
        ),
    ]


def _echo(kind: int, source: object, target: object) -> str:
    return f"icmpv4_type={kind},ipv4_src={source},ipv4_dst={target}"


async def trace_ping(network: Network, source: str, target: str) -> AsyncIterator[str]:
    """Tell what would become of a ping, in lines."""
    hosts = network.topology.hosts
    for leg in legs(hosts[source], hosts[target]):
        yield f"{leg.name} {leg.source.name} -> {leg.target.name}"
        hops, reached = await _follow(network, leg)
        for hop in hops:
            yield f"{INDENT}{hop.at.node}: {hop.told['summary']}"
        if leg.target.name in reached:
            yield f"{INDENT}reaches {leg.target.name}"
        elif any(hop.told["controllers"] for hop in hops):
            yield f"{INDENT}whether it reaches {leg.target.name} is the controller's to say"
        else:
            for line in _how_it_ends(leg, hops):
                yield line
            return


def _how_it_ends(leg: Leg, hops: list[Hop]) -> list[str]:
    """The whole story at each switch that a packet does not leave by a port."""
    lines = []
    for hop in hops:
        if not hop.told["outputs"]:
            lines += [f"at {hop.at.node}, on {hop.at.interface}:", *_indented(plain(hop.told))]
    return [*lines, f"the {leg.name} does not reach {leg.target.name}"]


def _indented(text: str) -> list[str]:
    return [INDENT + line for line in text.splitlines()]


async def _follow(network: Network, leg: Leg) -> tuple[list[Hop], set[str]]:
    """The switches that a packet comes to, and the hosts."""
    far_ends = _far_ends(network.topology)
    ((_, first),) = network.topology.ends_of(leg.source.name)
    frame = request(f"in_port={first.port_no},{leg.fields}")["frame"]
    waiting, seen = deque([(first, frame)]), {(first, frame)}
    hops: list[Hop] = []
    reached: set[str] = set()
    while waiting and len(hops) < MOST_HOPS:
        at, frame = waiting.popleft()
        if at.node in network.topology.hosts:
            reached.add(at.node)
            continue
        told = await network.ask(at.node, "trace", in_port=str(at.port_no), frame=frame)
        hops.append(Hop(at, told))
        for output in told["outputs"]:
            far_end = far_ends.get((at.node, output["output"]))
            if far_end is None:  # a port that somebody has added to the switch
                continue
            onward = far_end, output["frame"]
            if onward not in seen:
                seen.add(onward)
                waiting.append(onward)
    return hops, reached


def _far_ends(topology: Topology) -> dict[tuple[str, int], End]:
    """The end of each link, by node and port of the other."""
    pairs = [(near, far) for node in topology.switches for near, far in topology.ends_of(node)]
    return {(near.node, near.port_no): far for near, far in pairs}
