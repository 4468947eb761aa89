"""Who we are in the data network, where we have addresses and no interface."""

from __future__ import annotations

from collections.abc import Iterator

import openflow as of
from apps.membership.network import frames
from apps.membership.network.frames import ETH_ARP

_VID_PRESENT = 0x1000


class Station:
    """Our addresses; the IP address has 4 or 16 bytes, or none."""

    def __init__(self, mac: int, ip: bytes, vlan_id: int = 0) -> None:
        """Others are asked for in this VLAN; 0 for no tag."""
        self.mac = mac
        self.ip = ip
        self.number = int.from_bytes(ip, "big")
        """Our IP address as a number."""
        self.vlan = vlan_id | _VID_PRESENT if vlan_id else 0
        """As in `Packet.vlan_vid`."""
        self.link_local = frames.link_local(mac)
        """The IPv6 address that we have in any case."""
        self.group = frames.multicast_mac(frames.solicited_node(ip)) if len(ip) == 16 else None
        """The Ethernet address at which hosts ask for our IP address, if that is one of IPv6."""

    def source_for(self, ip: bytes) -> bytes:
        """The address from which we speak to another."""
        return self.ip if len(self.ip) == len(ip) else self.unnamed(ip)

    def unnamed(self, ip: bytes) -> bytes:
        """One that does not tell our own, as hosts of any subnet answer it (RFC 5227)."""
        return frames.NOBODY if len(ip) == 4 else self.link_local

    def is_asked(self, frame: of.Packet) -> bool:
        """Whether a question is about our address; of IPv6, others with the same end come to the same group."""
        if frame.eth_type == ETH_ARP:
            return len(self.ip) == 4 and frame.arp_tpa == self.number
        return frame.eth_dst == self.group and frame.ipv6_nd_target == self.number

    def matches(self) -> Iterator[of.Match]:
        """What is sent to us, and what is asked about us."""
        yield of.Match(eth_dst=self.mac)
        if len(self.ip) == 4:
            yield of.Match(eth_type=ETH_ARP, arp_tpa=self.number)
        elif self.group is not None:
            yield of.Match(eth_dst=self.group)
