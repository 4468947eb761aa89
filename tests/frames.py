"""Frames of every kind that the packet parser knows, crafted with scapy, and ways to break them.

For the parser's own tests, for the contract that both engines keep, and for whoever needs a frame.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from scapy.contrib.mpls import MPLS
from scapy.layers import inet, inet6
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP, LLC, SNAP, Dot1AD, Dot1AH, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.packet import Padding, Raw

__all__ = ["FRAMES", "broken_frames", "build"]

MACS = {"dst": "00:00:00:00:00:02", "src": "00:00:00:00:00:01"}
ETHER, DOT3 = Ether(**MACS), Dot3(**MACS)


def _ipv4(**fields: Any) -> Any:
    return inet.IP(src="10.0.0.1", dst="10.0.0.2", tos=0xB9, **fields)


def _ipv6(**fields: Any) -> Any:
    return inet6.IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0xB9, fl=0xABCDE, **fields)


def _arp(op: int, **fields: Any) -> Any:
    return ARP(op=op, psrc="10.0.0.1", pdst="10.0.0.2", hwsrc=ETHER.src, **fields)


IPV4, IPV6 = _ipv4(), _ipv6()
TCP = inet.TCP(sport=1234, dport=80)
UDP = inet.UDP(sport=53, dport=5353)
BYTES = Raw(b"payload")
AH_12 = AH(nh=60, payloadlen=4, icv=bytes(12))
HOP, DEST = inet6.IPv6ExtHdrHopByHop(), inet6.IPv6ExtHdrDestOpt()
ROUTING = inet6.IPv6ExtHdrRouting(addresses=["2001:db8::3"])
SOURCE = inet6.ICMPv6NDOptSrcLLAddr(lladdr="00:00:00:00:00:0a")
TARGET = inet6.ICMPv6NDOptDstLLAddr(lladdr="00:00:00:00:00:0b")
MTU = inet6.ICMPv6NDOptMTU()


def build(stack: Any) -> bytes:
    """Return a frame's bytes, with the lengths and checksums that scapy fills in."""
    return bytes(stack)


def _first_fragment(more: Any) -> Any:
    return IPV6 / inet6.IPv6ExtHdrFragment(offset=0, m=1, id=7) / more


_STACKS = {
    "unknown type": Ether(**MACS, type=0x88B5) / BYTES,
    "802.3 LLC": DOT3 / LLC(dsap=0x42, ssap=0x42, ctrl=3) / BYTES,
    "802.3 SNAP": DOT3 / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x0800) / IPV4 / TCP,
    "802.3 SNAP, other OUI": DOT3 / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=12, code=0x2000),
    "ARP request": ETHER / _arp(op=1),
    "ARP reply": ETHER / _arp(op=2, hwdst=ETHER.dst),
    "ARP, not for Ethernet": ETHER / _arp(op=1, hwtype=6),
    "IPv4 TCP": ETHER / IPV4 / TCP / BYTES,
    "IPv4 UDP": ETHER / IPV4 / UDP / BYTES,
    "IPv4 SCTP": ETHER / IPV4 / SCTP(sport=7, dport=9) / SCTPChunkData(data=b"x"),
    "IPv4 ICMP": ETHER / IPV4 / inet.ICMP(type=3, code=1) / BYTES,
    "IPv4 OSPF": ETHER / _ipv4(proto=89) / BYTES,
    "IPv4 options": ETHER / _ipv4(options=[inet.IPOption_RR()] * 2) / TCP,
    "IPv4 first fragment": ETHER / _ipv4(flags="MF") / UDP / BYTES,
    "IPv4 later fragment": ETHER / _ipv4(frag=185, proto=17) / BYTES,
    "IPv4 with padding": ETHER / IPV4 / UDP / Padding(bytes(18)),
    "VLAN IPv4": ETHER / Dot1Q(vlan=5, prio=3) / IPV4 / TCP,
    "VLAN 0": ETHER / Dot1Q(vlan=0, prio=7) / IPV4 / UDP,
    "QinQ": ETHER / Dot1AD(vlan=100, prio=1) / Dot1Q(vlan=200, prio=2) / IPV4 / UDP,
    "three tags": ETHER / Dot1Q(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3) / _arp(op=1),
    "VLAN LLC": ETHER / Dot1Q(vlan=9, type=3) / LLC(dsap=0x42, ssap=0x42, ctrl=3),
    "MPLS": ETHER / MPLS(label=16, cos=5, s=1, ttl=64) / IPV4 / TCP,
    "MPLS stack": ETHER / MPLS(label=0xFFFFF, cos=7, s=0) / MPLS(label=17, s=1) / IPV4,
    "MPLS multicast": Ether(**MACS, type=0x8848) / MPLS(label=18, s=1) / IPV4,
    "VLAN MPLS": ETHER / Dot1Q(vlan=4, type=0x8847) / MPLS(label=19, s=1) / IPV4,
    "PBB": ETHER / Dot1AD(vlan=30, type=0x88E7) / Dot1AH(prio=5, isid=0x123456) / ETHER / IPV4,
    "IPv6 TCP": ETHER / IPV6 / TCP / BYTES,
    "IPv6 UDP": ETHER / IPV6 / UDP / BYTES,
    "IPv6 SCTP": ETHER / IPV6 / SCTP(sport=7, dport=9) / SCTPChunkData(data=b"x"),
    "IPv6 echo": ETHER / IPV6 / inet6.ICMPv6EchoRequest(data=b"ping"),
    "IPv6 extensions": ETHER / IPV6 / HOP / DEST / ROUTING / AH_12 / DEST / TCP,
    "IPv6 no next header": ETHER / _ipv6(nh=59),
    "IPv6 ESP": ETHER / _ipv6(nh=50) / Raw(b"encrypted" * 4),
    "IPv6 first fragment": ETHER / _first_fragment(UDP / BYTES),
    "IPv6 later fragment": ETHER / IPV6 / inet6.IPv6ExtHdrFragment(offset=9, nh=17) / BYTES,
    "ND solicitation": ETHER / IPV6 / inet6.ICMPv6ND_NS(tgt="fe80::2") / MTU / SOURCE,
    "ND advertisement": ETHER / IPV6 / inet6.ICMPv6ND_NA(tgt="fe80::3") / TARGET,
    "ND without option": ETHER / IPV6 / inet6.ICMPv6ND_NS(tgt="fe80::4"),
    "ND wrong option": ETHER / IPV6 / inet6.ICMPv6ND_NA(tgt="fe80::5") / SOURCE,
    "router solicitation": ETHER / IPV6 / inet6.ICMPv6ND_RS() / SOURCE,
}

FRAMES: dict[str, bytes] = {name: build(stack) for name, stack in _STACKS.items()}
"""A frame of every kind, by a name that says which."""


@st.composite
def broken_frames(draw: st.DrawFn) -> bytes:
    """Valid frames with bytes changed, cut off or put in."""
    frame = bytearray(draw(st.sampled_from(list(FRAMES.values()))))
    for _ in range(draw(st.integers(0, 4))):
        if frame:
            frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    at = draw(st.integers(0, len(frame)))
    frame[at:at] = draw(st.binary(max_size=8))
    return bytes(frame[: draw(st.integers(0, len(frame)))]) if draw(st.booleans()) else bytes(frame)
