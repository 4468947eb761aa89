"""A host of a few lines: it answers ARP and echo requests, and sends some. No I/O, no clock.

`receive` takes a frame from its network card and gives what it answers to `send`. `ping` begins a
ping and returns its number; `answered` is called with that number when the reply is there. The
hosts of `topologies.simulation` are these.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from itertools import count
from struct import Struct

from ofswitch.offload import internet_checksum
from openflow.addresses import BROADCAST_MAC
from openflow.packet import Packet
from topologies.topology import Host

_ETHERNET = Struct("!6s6sH")
_ARP = Struct("!HHBBH6sI6sI")
_IPV4 = Struct("!BBHHHBBHII")

_ETH_ARP, _ETH_IPV4 = 0x0806, 0x0800
_ARP_HEAD = (1, _ETH_IPV4, 6, 4)  # Ethernet addresses for IPv4 addresses
_ARP_REQUEST, _ARP_REPLY = 1, 2
_ICMP = 1
_ECHO_REPLY, _ECHO_REQUEST = 0, 8
_TTL = 64


class SimulatedHost:
    """One host; it knows its own addresses and the neighbours that it has heard of."""

    def __init__(
        self, host: Host, send: Callable[[bytes], object], answered: Callable[[int], object]
    ) -> None:
        self._mac = host.mac
        self._ip = int(host.ip.ip)
        self._send = send
        self._answered = answered
        self._neighbours: dict[int, int] = {}
        self._waiting: dict[int, list[tuple[int, bytes]]] = {}
        self._numbers = count(1)

    def ping(self, target: IPv4Address) -> int:
        """Send an echo request, once the target's Ethernet address is known, and return its number."""
        number = next(self._numbers) & 0xFFFF
        self._echo(_ECHO_REQUEST, int(target), _number_bytes(number))
        return number

    def ask_again(self) -> None:
        """Ask once more for all Ethernet addresses that nobody has told yet."""
        for address in self._waiting:
            self._send_arp(_ARP_REQUEST, BROADCAST_MAC, 0, address)

    def receive(self, data: bytes) -> None:
        """Take a frame; what is not for this host, or makes no sense, has no effect."""
        packet = Packet(data)
        if packet.eth_dst not in {self._mac, BROADCAST_MAC}:
            return
        fields = packet.fields()
        if fields.get("arp_tpa") == self._ip:
            self._receive_arp(fields)
        elif fields.get("ipv4_dst") == self._ip and "icmpv4_type" in fields:
            body = data[packet.l4_offset + 4 : packet.l3_end]
            self._receive_echo(fields["icmpv4_type"], fields["ipv4_src"], body)

    def _receive_arp(self, fields: dict[str, int]) -> None:
        """Learn who asks or answers, answer, and send the echo requests that waited for this."""
        address, mac = fields["arp_spa"], fields["arp_sha"]
        self._neighbours[address] = mac
        if fields["arp_op"] == _ARP_REQUEST:
            self._send_arp(_ARP_REPLY, mac, mac, address)
        for kind, body in self._waiting.pop(address, ()):
            self._send_echo(kind, address, body)

    def _receive_echo(self, kind: int, source: int, body: bytes) -> None:
        """Answer a request with what it holds; note a reply."""
        if kind == _ECHO_REQUEST:
            self._echo(_ECHO_REPLY, source, body)
        elif kind == _ECHO_REPLY and len(body) >= 4:
            self._answered(int.from_bytes(body[2:4], "big"))

    def _echo(self, kind: int, target: int, body: bytes) -> None:
        """Send an echo, or ask first who has that address."""
        if target in self._neighbours:
            self._send_echo(kind, target, body)
        else:
            self._waiting.setdefault(target, []).append((kind, body))
            self._send_arp(_ARP_REQUEST, BROADCAST_MAC, 0, target)

    def _send_arp(self, operation: int, to: int, target_mac: int, target: int) -> None:
        sender, known = _mac_bytes(self._mac), _mac_bytes(target_mac)
        self._send_frame(
            to, _ETH_ARP, _ARP.pack(*_ARP_HEAD, operation, sender, self._ip, known, target)
        )

    def _send_echo(self, kind: int, target: int, body: bytes) -> None:
        """Send an ICMP echo; `body` is its identifier, its number and what follows."""
        message = bytearray(bytes((kind, 0, 0, 0)) + body)
        message[2:4] = internet_checksum(message).to_bytes(2, "big")
        length = _IPV4.size + len(message)
        header = bytearray(_IPV4.pack(0x45, 0, length, 0, 0, _TTL, _ICMP, 0, self._ip, target))
        header[10:12] = internet_checksum(header).to_bytes(2, "big")
        self._send_frame(self._neighbours[target], _ETH_IPV4, bytes(header + message))

    def _send_frame(self, to: int, eth_type: int, payload: bytes) -> None:
        self._send(_ETHERNET.pack(_mac_bytes(to), _mac_bytes(self._mac), eth_type) + payload)


def _mac_bytes(mac: int) -> bytes:
    return mac.to_bytes(6, "big")


def _number_bytes(number: int) -> bytes:
    """Return an echo's identifier, always 1, and its number."""
    return b"\0\1" + number.to_bytes(2, "big")
