"""The rules that switches are given, as lines for ovs-ofctl, and the flows that they are made for.

Host a is at port 1, host b at port 2. No rule drops: whatever a sends to b arrives, and what a rule costs is all that
differs. The frames that are counted go to `SINK`, a station behind b whose frames b's kernel throws away unread.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import NamedTuple

from benchmarks.network import HOSTS

SINK = "02:00:00:00:51:0b"
STATIONS = 1000
"""Addresses that send where a rule set looks at `eth_src`."""

_SPREAD = 0x9E37_79B9_7F4A_7C15
_ALL = (1 << 64) - 1
_A, _B = (host.mac for host in HOSTS)


class Flow(NamedTuple):
    """What tells a flow from the others."""

    ipv4_src: str
    ipv4_dst: str
    udp_src: int
    udp_dst: int


def flow(number: int) -> Flow:
    """Return a flow by its number, exactly as `native/traffic/src/program.rs` sends it."""
    bits = number * _SPREAD & _ALL
    bits ^= bits >> 32
    s1, s2, s3, d1, d2, p1, p2, p3 = bits.to_bytes(8, "big")
    udp_src = (0x40 | p1 & 0x3F) << 8 | p2
    udp_dst = (0x04 | p1 >> 6) << 8 | p3
    return Flow(f"10.{s1}.{s2}.{s3}", f"10.64.{d1}.{d2}", udp_src, udp_dst)


def station(number: int) -> str:
    """The address of a station that sends."""
    return f"02:05:00:00:{number >> 8:02x}:{number & 0xFF:02x}"


class Rules(NamedTuple):
    """A set of rules."""

    name: str
    title: str
    lines: Callable[[], Iterator[str]]
    stations: int = 0
    """Send from so many Ethernet addresses; 0: from the host's own."""


def _one_flow() -> Iterator[str]:
    """Forward by destination, as an Ethernet switch does."""
    yield f"priority=10,eth_dst={_A},actions=output:1"
    for target in (_B, SINK):
        yield f"priority=10,eth_dst={target},actions=output:2"


def _mixed() -> Iterator[str]:
    """A thousand rules of dozens of masks, and one below that forwards the rest."""
    rng = random.Random("a thousand mixed rules")
    yield "priority=65535,in_port=2,actions=output:1"
    for _ in range(1000):
        match = ",".join(_some_match(rng))
        yield f"priority={rng.randint(1, 60000)},{match},actions=output:2"
    yield "priority=0,actions=output:2"


def _some_match(rng: random.Random) -> Iterator[str]:
    """Fields and masks at random; half of the rules are made for a flow that may come."""
    some = flow(rng.randrange(100_000) if rng.random() < 0.5 else rng.getrandbits(60))
    kind = rng.choice(("ip", "ip", "udp", "udp", "udp", "tcp", "arp", "mac"))
    if kind == "mac":
        yield f"dl_src={_masked(station(rng.randrange(STATIONS)), rng)}"
    else:
        yield kind
    if rng.random() < 0.4:
        yield "in_port=1"
    if rng.random() < 0.2:
        yield f"dl_dst={_masked(SINK, rng)}"
    if rng.random() < 0.1:
        yield f"dl_vlan={rng.randint(1, 4094)}"
    if kind in {"ip", "udp", "tcp"}:
        yield from _addresses(some, rng)
    if kind in {"udp", "tcp"} and rng.random() < 0.5:
        yield f"tp_src={some.udp_src}"
    if kind in {"udp", "tcp"} and rng.random() < 0.5:
        yield f"tp_dst={some.udp_dst}"


def _addresses(some: Flow, rng: random.Random) -> Iterator[str]:
    yield f"nw_src={ip_network(f'{some.ipv4_src}/{rng.randint(12, 32)}', strict=False)}"
    if rng.random() < 0.5:
        yield f"nw_dst={ip_network(f'{some.ipv4_dst}/{rng.randint(8, 32)}', strict=False)}"


def _masked(mac: str, rng: random.Random) -> str:
    mask = (0xFFFF_FFFF_FFFF << rng.choice((0, 8, 16, 24))) & 0xFFFF_FFFF_FFFF
    octets = [f"{octet:02x}" for octet in mask.to_bytes(6, "big")]
    return f"{mac}/{':'.join(octets)}"


def _exact() -> Iterator[str]:
    """Ten thousand flows, every field of them; what is none of them is forwarded by two rules below."""
    yield from default_rules()
    for number in range(10_000):
        addresses = "nw_src={},nw_dst={},tp_src={},tp_dst={}".format(*flow(number))
        yield f"priority=100,udp,in_port=1,dl_src={_A},dl_dst={SINK},{addresses},actions=output:2"


def default_rules() -> Iterator[str]:
    """Forward whatever nothing else matches."""
    yield "priority=0,in_port=1,actions=output:2"
    yield "priority=0,in_port=2,actions=output:1"


def _four_tables() -> Iterator[str]:
    """Port, then sending station, then prefix, then destination."""
    rng = random.Random("four tables")
    for in_port in (1, 2):
        yield f"table=0,priority=10,in_port={in_port},actions=goto_table:1"
    for source in (_A, _B, *map(station, range(STATIONS))):
        yield f"table=1,priority=10,dl_src={source},actions=goto_table:2"
    for _ in range(1000):
        length = rng.randint(12, 24)
        prefix = ip_network(f"{flow(rng.getrandbits(60)).ipv4_src}/{length}", strict=False)
        yield f"table=2,priority={length},ip,nw_src={prefix},actions=goto_table:3"
    yield "table=2,priority=0,actions=goto_table:3"
    for target, port_no in ((_A, 1), (_B, 2), (SINK, 2)):
        yield f"table=3,priority=10,dl_dst={target},actions=output:{port_no}"


ONE_FLOW = Rules("l2", "one L2 flow", _one_flow)
MIXED = Rules("mixed", "1,000 mixed wildcard rules", _mixed)
EXACT = Rules("exact", "10,000 exact flows", _exact)
MILLION = Rules("million", "1,000,000 exact flows", default_rules)
"""The million is sent by `flow_mods`: ovs-ofctl would take minutes to read it."""
FOUR_TABLES = Rules("tables", "four tables", _four_tables, STATIONS)

RULES = {rules.name: rules for rules in (ONE_FLOW, MIXED, EXACT, MILLION, FOUR_TABLES)}
