"""Frames on which edits of headers have something to get wrong, crafted with scapy."""

from __future__ import annotations

from typing import Any

from scapy.contrib.mpls import MPLS
from scapy.layers import inet, inet6
from scapy.layers.l2 import Dot1AD, Dot1AH, Dot1Q
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.packet import Raw

from tests.frames import DEST, ETHER, FRAMES, HOP, IPV4, IPV6, TCP, UDP, build

__all__ = ["MORE_FRAMES"]

_SCTP = SCTP(sport=7, dport=9, tag=1) / SCTPChunkData(data=b"data", tsn=1)


def _routing(segments_left: int) -> Any:
    return inet6.IPv6ExtHdrRouting(addresses=["2001:db8::3"], segleft=segments_left)


def _fragment(offset: int, proto: int) -> Any:
    return inet6.IPv6ExtHdrFragment(offset=offset, m=1, id=7, nh=proto)


_STACKS = {
    "UDP without checksum": ETHER / IPV4 / inet.UDP(chksum=0) / Raw(b"abc"),
    "SCTP": ETHER / IPV4 / _SCTP,
    "SCTP over IPv6": ETHER / IPV6 / _SCTP,
    "first fragment of SCTP": ETHER / inet.IP(src="10.0.0.1", dst="10.0.0.2", flags="MF") / _SCTP,
    "routed, one segment left": ETHER / IPV6 / _routing(1) / UDP,
    "routed, no segment left": ETHER / IPV6 / _routing(0) / TCP,
    "routed behind options": ETHER / IPV6 / HOP / DEST / _routing(1) / DEST / TCP,
    "routed later fragment": ETHER / IPV6 / _routing(1) / _fragment(9, 60) / Raw(b"more" * 4),
    "first fragment of SCTP over IPv6": ETHER / IPV6 / _fragment(0, 132) / _SCTP,
    "labels": ETHER / MPLS(label=3, s=0, ttl=9) / MPLS(label=4, s=0, ttl=1) / MPLS(s=1) / IPV4,
    "label with TTL 1": ETHER / MPLS(label=5, cos=2, s=1, ttl=1) / IPV4 / UDP,
    "label over IPv6": ETHER / MPLS(label=6, s=1, ttl=0) / IPV6 / UDP,
    "label over a piece": ETHER / MPLS(label=7, s=1, ttl=7) / Raw(b"\x45\x00"),
    "labels in two tags": ETHER / Dot1AD(vlan=1) / Dot1Q(vlan=2, type=0x8847) / MPLS(s=1) / IPV4,
    "TTL 1": ETHER / inet.IP(src="10.0.0.1", dst="10.0.0.2", ttl=1) / UDP,
    "hop limit 0": ETHER / inet6.IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=0) / TCP,
    "service tag": ETHER / Dot1AH(prio=5, isid=0x123456) / ETHER / Dot1Q(vlan=5) / IPV4 / TCP,
}

MORE_FRAMES: dict[str, bytes] = FRAMES | {name: build(stack) for name, stack in _STACKS.items()}
"""These and those of `tests.frames`."""
