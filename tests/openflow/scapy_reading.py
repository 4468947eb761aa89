"""What scapy reads from a frame, under OXM names: a second opinion for `openflow.packet`.

It reads well-formed frames only, with the extension headers of IPv6 in their recommended order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scapy.contrib.mpls import MPLS
from scapy.layers import inet, inet6
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import ARP, SNAP, Dot1AD, Dot1AH, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import bind_layers

from openflow.addresses import parse_ipv4, parse_ipv6, parse_mac
from openflow.exthdr import ExtHdr

Fields = dict[str, int]

bind_layers(Ether, MPLS, type=0x8848)  # scapy knows unicast only

EXTENSIONS = {
    inet6.IPv6ExtHdrHopByHop: ExtHdr.HOP,
    inet6.IPv6ExtHdrDestOpt: ExtHdr.DEST,
    inet6.IPv6ExtHdrRouting: ExtHdr.ROUTER,
    inet6.IPv6ExtHdrFragment: ExtHdr.FRAG,
    AH: ExtHdr.AUTH,
    ESP: ExtHdr.ESP,
}


def fields_by_scapy(frame: bytes) -> Fields:
    """Return the match fields of a well-formed frame as scapy dissects it."""
    length_or_type = int.from_bytes(frame[12:14], "big")
    ethernet = (Ether if length_or_type >= 0x600 else Dot3)(frame)
    fields = {"eth_dst": parse_mac(ethernet.dst), "eth_src": parse_mac(ethernet.src), "vlan_vid": 0}
    layer, fields["eth_type"] = _behind_tags(ethernet, fields)
    read = READERS.get(type(layer))
    if read is not None:
        read(layer, fields)
    return fields


def _behind_tags(layer: Any, fields: Fields) -> tuple[Any, int]:
    """Return what the outer Ethernet header carries, and its type; add the outermost tag."""
    while isinstance(layer.payload, Dot1Q | Dot1AD):
        layer = layer.payload
        if "vlan_pcp" not in fields:
            fields |= {"vlan_vid": 0x1000 | layer.vlan, "vlan_pcp": layer.prio}
    if isinstance(layer, Dot3) or layer.type < 0x600:
        snap = layer.getlayer(SNAP)
        return (snap.payload, snap.code) if snap is not None and snap.OUI == 0 else (None, 0x5FF)
    return layer.payload, layer.type


def _read_arp(arp: Any, fields: Fields) -> None:
    if (arp.hwtype, arp.ptype, arp.hwlen, arp.plen) != (1, 0x800, 6, 4):
        return
    fields |= {"arp_op": arp.op, "arp_spa": parse_ipv4(arp.psrc), "arp_tpa": parse_ipv4(arp.pdst)}
    fields |= {"arp_sha": parse_mac(arp.hwsrc), "arp_tha": parse_mac(arp.hwdst)}


def _read_mpls(entry: Any, fields: Fields) -> None:
    fields |= {"mpls_label": entry.label, "mpls_tc": entry.cos, "mpls_bos": entry.s}


def _read_pbb(tag: Any, fields: Fields) -> None:
    fields["pbb_isid"] = tag.isid


def _read_ipv4(ip: Any, fields: Fields) -> None:
    fields |= {"ip_dscp": ip.tos >> 2, "ip_ecn": ip.tos & 3, "ip_proto": ip.proto}
    fields |= {"ipv4_src": parse_ipv4(ip.src), "ipv4_dst": parse_ipv4(ip.dst)}
    if ip.frag == 0:
        _read_transport(ip.payload, fields)


def _read_ipv6(ip: Any, fields: Fields) -> None:
    fields |= {"ip_dscp": ip.tc >> 2, "ip_ecn": ip.tc & 3, "ipv6_flabel": ip.fl}
    fields |= {"ipv6_src": parse_ipv6(ip.src), "ipv6_dst": parse_ipv6(ip.dst)}
    proto, layer, exthdr, later_fragment = ip.nh, ip.payload, 0, False
    while type(layer) in EXTENSIONS:
        exthdr |= EXTENSIONS[type(layer)]
        later_fragment = getattr(layer, "offset", 0) > 0
        if isinstance(layer, ESP):
            break
        proto, layer = layer.nh, _behind(layer)
    exthdr |= ExtHdr.NONEXT if proto == 59 else 0
    fields |= {"ip_proto": proto, "ipv6_exthdr": int(exthdr)}
    if not later_fragment:
        _read_transport(layer, fields)


def _behind(extension: Any) -> Any:
    """Return what follows; scapy itself looks behind an authentication header in IPv4 only."""
    if isinstance(extension, AH) and extension.nh == 60:
        return inet6.IPv6ExtHdrDestOpt(bytes(extension.payload))
    return extension.payload


def _read_transport(layer: Any, fields: Fields) -> None:
    for kind, name in PORTS.items():
        if isinstance(layer, kind):
            fields |= {f"{name}_src": layer.sport, f"{name}_dst": layer.dport}
    if isinstance(layer, inet.ICMP):
        fields |= {"icmpv4_type": layer.type, "icmpv4_code": layer.code}
    elif "ICMPv6" in type(layer).__name__:
        fields |= {"icmpv6_type": layer.type, "icmpv6_code": layer.code}
        _read_neighbor_discovery(layer, fields)


def _read_neighbor_discovery(layer: Any, fields: Fields) -> None:
    for kind, option, name in NEIGHBOR_DISCOVERY:
        if isinstance(layer, kind):
            fields["ipv6_nd_target"] = parse_ipv6(layer.tgt)
            if layer.haslayer(option):
                fields[name] = parse_mac(layer[option].lladdr)


PORTS = {inet.TCP: "tcp", inet.UDP: "udp", SCTP: "sctp"}

NEIGHBOR_DISCOVERY = (
    (inet6.ICMPv6ND_NS, inet6.ICMPv6NDOptSrcLLAddr, "ipv6_nd_sll"),
    (inet6.ICMPv6ND_NA, inet6.ICMPv6NDOptDstLLAddr, "ipv6_nd_tll"),
)

READERS: dict[type, Callable[[Any, Fields], None]] = {
    ARP: _read_arp,
    MPLS: _read_mpls,
    Dot1AH: _read_pbb,
    inet.IP: _read_ipv4,
    inet6.IPv6: _read_ipv6,
}
