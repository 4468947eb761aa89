"""Frames, as scapy understands them; no bytes are too odd to be read."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.membership.network import frames
from apps.membership.network.frames import Arp, Echo, Lost, Neighbour, Transport
from apps.membership.tcp import segments
from apps.membership.tcp.segments import Segment
from openflow import header_view, packet

scapy = pytest.importorskip("scapy.all")

V4 = ip_address("10.0.0.1").packed, ip_address("10.0.0.254").packed
V6 = ip_address("fd00::1").packed, ip_address("fd00::fe").packed
FAMILIES = pytest.mark.parametrize("family", [V4, V6], ids=["IPv4", "IPv6"])
A, B = 0x0200_0000_000A, 0x0200_0000_000B
VLAN = 0x1000 | 7


def ethernet(family: tuple[bytes, bytes], body: bytes, vlan: int = 0) -> bytes:
    eth_type = frames.ETH_IPV4 if len(family[0]) == 4 else frames.ETH_IPV6
    return frames.ethernet(B, A, vlan, eth_type, body)


def rebuilt(data: bytes) -> bytes:
    """The same frame with all lengths and checksums as scapy would have them."""
    parsed = scapy.Ether(data)
    layer = parsed
    while layer:
        for name in ("chksum", "cksum", "len", "plen", "dataofs"):
            if name in layer.fields and type(layer).__name__ != "ARP":
                delattr(layer, name)
        layer = layer.payload
    return bytes(parsed)


def read(data: bytes) -> frames.Read:
    """What both header views make of it."""
    both = [frames.read(view(data)) for view in (packet.Packet, header_view.Packet)]
    assert both[0] == both[1]
    return both[0]


@FAMILIES
@pytest.mark.parametrize("size", [0, 1, 2, 100, 101, 1380])
@pytest.mark.parametrize("vlan", [0, VLAN])
def test_datagrams(family: tuple[bytes, bytes], size: int, vlan: int) -> None:
    payload = bytes(range(256)) * 6
    data = ethernet(family, frames.udp(family[0], 7946, family[1], 53, payload[:size]), vlan)
    assert rebuilt(data) == data
    transport = read(data)
    assert isinstance(transport, Transport)
    assert (transport.proto, transport.source, transport.target) == (17, *family)
    assert frames.datagram(transport.data) == (7946, 53, payload[:size])


@FAMILIES
@pytest.mark.parametrize(
    "segment", [Segment(1, flags=2, mss=1400), Segment(2**32 - 1, 7, data=b"xyz")]
)
def test_segments(family: tuple[bytes, bytes], segment: Segment) -> None:
    body = frames.sealed(6, *family, segments.emit(segment, 1000, 7946), segments.CHECKSUM_AT)
    data = ethernet(family, frames.packet(6, *family, body))
    assert rebuilt(data) == data
    parsed = scapy.Ether(data)[scapy.TCP]
    assert (parsed.seq, parsed.ack, int(parsed.flags)) == (segment.seq, segment.ack, segment.flags)
    assert dict(parsed.options).get("MSS", 0) == segment.mss
    transport = read(data)
    assert isinstance(transport, Transport)
    assert segments.parse(transport.data) == (1000, 7946, segment)


@FAMILIES
@pytest.mark.parametrize("request_", [True, False])
def test_echoes(family: tuple[bytes, bytes], request_: bool) -> None:
    data = ethernet(family, frames.echo(request_, *family, b"\0\1\0\2hello"))
    assert rebuilt(data) == data
    assert read(data) == Echo(request_, *family, b"\0\1\0\2hello")


def test_arp_questions() -> None:
    data = frames.question(A, *V4, 0)
    parsed = scapy.Ether(data)
    assert (parsed.dst, parsed.psrc, parsed.pdst) == ("ff:ff:ff:ff:ff:ff", "10.0.0.1", "10.0.0.254")
    assert read(data) == Arp(1, A, *V4)
    assert scapy.Ether(frames.question(A, *V4, VLAN, B))[scapy.Dot1Q].vlan == 7


def test_neighbour_discovery() -> None:
    question = frames.question(A, *V6, 0)
    assert rebuilt(question) == question
    assert scapy.Ether(question).dst == "33:33:ff:00:00:fe"
    assert read(question) == Neighbour(True, *V6, A)
    answer = ethernet(V6, frames.advertise(V6[0], A, V6[1]))
    assert rebuilt(answer) == answer
    parsed = scapy.Ether(answer)[scapy.ICMPv6ND_NA]
    assert (parsed.tgt, parsed.S, parsed.O, parsed.R) == ("fd00::1", 1, 1, 0)
    assert read(answer) == Neighbour(False, V6[0], V6[0], A)


def test_the_address_of_the_link_is_that_of_the_standard() -> None:
    assert str(ip_address(frames.link_local(0x0A53_0A00_00FE))) == "fe80::853:aff:fe00:fe"


@FAMILIES
def test_a_changed_bit_is_found(family: tuple[bytes, bytes]) -> None:
    data = ethernet(family, frames.udp(family[0], 1, family[1], 2, b"hello"))
    begin = packet.Packet(data).l4_offset
    for place in range(begin, begin + 13):
        broken = bytearray(data)
        broken[place] ^= 0x10
        assert read(bytes(broken)) in (Lost("bad_checksum"), Lost("not_understood"))


@given(data=st.binary(max_size=120), head=st.sampled_from(["0800", "86dd", "0806", "81000007"]))
def test_no_frame_is_too_odd(data: bytes, head: str) -> None:
    found = read(bytes(12) + bytes.fromhex(head) + data)
    if isinstance(found, Transport):
        frames.datagram(found.data)
        segments.parse(found.data)
