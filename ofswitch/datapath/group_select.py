"""Which bucket of a select group a packet goes to (OpenFlow 1.3.5, 5.6.1): ours to define.

A hash over the packet as it is when it meets the group, so that all packets of one transport
connection in one direction take the same bucket, and all fragments of one packet: ports are left out
of fragments. The hash is of 64-bit words, a field that the packet does not have being 0:

    eth_dst << 16 | eth_type
    eth_src << 16 | vlan_vid                (13 bits, as matched: with OFPVID_PRESENT)
    ip_proto << 32 | source << 16 | destination        (ports of TCP, UDP or SCTP)
    IPv4: ipv4_src << 32 | ipv4_dst         (ARP: arp_spa << 32 | arp_tpa)
    IPv6: the upper and the lower half of ipv6_src, then those of ipv6_dst, instead

Beginning with `hash = SEED`, for each word in this order, modulo 2**64:

    hash = (hash ^ word) * FACTOR
    hash = hash ^ hash >> 32

and `point = hash % total` of the weights of the live buckets: the first live bucket such that the
weights up to and including its own exceed the point is the one. With a weight of 0, a bucket gets
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ofswitch.datapath.checksums import is_fragment
from openflow.packet import Packet

SEED = 0x9E37_79B9_7F4A_7C15
FACTOR = 0xBF58_476D_1CE4_E5B9
_U64 = 0xFFFF_FFFF_FFFF_FFFF
_PORTS = (("tcp_src", "tcp_dst"), ("udp_src", "udp_dst"), ("sctp_src", "sctp_dst"))


def select_hash(packet: Packet) -> int:
    """Return the hash of a packet, 64 bits."""
    value = SEED
    for word in hash_words(packet):
        value = (value ^ word) * FACTOR & _U64
        value ^= value >> 32
    return value


def choose(value: int, weights: Sequence[int]) -> int | None:
    """Return the place of the bucket that a hash falls to; None when no bucket has a weight."""
    total = sum(weights)
    if not total:
        return None
    point = value % total
    for place, weight in enumerate(weights):
        if point < weight:
            return place
        point -= weight
    raise AssertionError("the point is less than the sum of the weights")


def hash_words(packet: Packet) -> list[int]:
    """The words that are hashed."""
    fields = packet.fields()

    def get(name: str) -> int:
        return fields.get(name, 0)

    words = [
        get("eth_dst") << 16 | get("eth_type"),
        get("eth_src") << 16 | get("vlan_vid"),
        get("ip_proto") << 32 | _ports(fields, is_fragment(packet)),
    ]
    if "ipv4_src" in fields:
        words.append(get("ipv4_src") << 32 | get("ipv4_dst"))
    elif "arp_spa" in fields:
        words.append(get("arp_spa") << 32 | get("arp_tpa"))
    elif "ipv6_src" in fields:
        words += [*_halves(get("ipv6_src")), *_halves(get("ipv6_dst"))]
    return words


def _ports(fields: dict[str, int], fragment: bool) -> int:
    for source, destination in _PORTS:
        if source in fields and not fragment:
            return fields[source] << 16 | fields[destination]
    return 0


def _halves(address: int) -> Iterable[int]:
    return address >> 64, address & _U64
