"""Checksum completion and segmentation, with scapy as the oracle."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofswitch.frame import (
    GSO_ECN,
    GSO_TCPV4,
    GSO_TCPV6,
    GSO_UDP,
    GSO_UDP_L4,
    NEEDS_CSUM,
    Frame,
    Offload,
)
from ofswitch.offload import (
    complete_checksum,
    internet_checksum,
    ip_offset,
    kernel_can_finish,
    ones_sum,
    segment,
)

layers: Any = pytest.importorskip("scapy.layers.all")
mpls: Any = pytest.importorskip("scapy.contrib.mpls")
packet: Any = pytest.importorskip("scapy.packet")

Ether, Dot1Q, Dot1AD = layers.Ether, layers.Dot1Q, layers.Dot1AD
IP, IPv6, TCP, UDP = layers.IP, layers.IPv6, layers.TCP, layers.UDP

ETHERNET = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
BELOW = {
    "plain": (ETHERNET, 14),
    "tagged": (ETHERNET / Dot1Q(vlan=7), 18),
    "stacked": (ETHERNET / Dot1AD(vlan=9) / Dot1Q(vlan=7), 22),
    "labelled": (ETHERNET / mpls.MPLS(label=3, s=0) / mpls.MPLS(label=5, s=1), 22),
}


@dataclass(frozen=True)
class Sent:
    """A packet as scapy makes it, and the same as a sender with hardware offload leaves it."""

    whole: Any
    frame: Frame
    headers: int


def unfinished(whole: Any, below: int, gso_type: int = 0, gso_size: int = 0) -> Sent:
    """Take the checksum out of a built packet, leaving the sum over its pseudo-header."""
    data = bytearray(bytes(whole))
    ip = whole[IP] if IP in whole else whole[IPv6]
    transport = whole[TCP] if TCP in whole else whole[UDP]
    start = below + (20 if IP in whole else 40)
    offset, proto = (16, 6) if TCP in whole else (6, 17)
    addresses = bytes(ip)[12:20] if IP in whole else bytes(ip)[8:40]
    pseudo = ones_sum(addresses) + proto + len(data) - start
    struct.pack_into("!H", data, start + offset, pseudo % 65535)
    headers = start + len(transport) - len(transport.payload)
    offload = Offload(NEEDS_CSUM, gso_type, headers if gso_type else 0, gso_size, start, offset)
    return Sent(whole, Frame(bytes(data), offload), headers)


@st.composite
def packets(draw: st.DrawFn, tcp: bool, payload: st.SearchStrategy[bytes]) -> tuple[Any, int]:
    """Draw a packet of scapy's and the size of what is below its IP header."""
    below, size = BELOW[draw(st.sampled_from(sorted(BELOW)))]
    if draw(st.booleans()):
        ip = IP(src=draw(ipv4), dst=draw(ipv4), id=draw(u16), flags="DF")
    else:
        ip = IPv6(src=draw(ipv6), dst=draw(ipv6), fl=draw(st.integers(0, 0xFFFFF)))
    if tcp:
        options = draw(st.sampled_from([[], [("NOP", None), ("NOP", None), ("Timestamp", (1, 2))]]))
        transport = TCP(sport=draw(u16), dport=draw(u16), seq=draw(u32), options=options)
        transport.flags = draw(st.integers(0, 0xFF))
    else:
        transport = UDP(sport=draw(u16), dport=draw(u16))
    return below / ip / transport / packet.Raw(draw(payload)), size


u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str)
small = st.binary(max_size=100)
large = st.builds(
    lambda seed, count: (seed * count)[:count],
    st.binary(min_size=1, max_size=50),
    st.integers(1, 9000),
)


def checksums_hold(data: bytes, below: int) -> bool:
    """Return whether IP and transport checksum are right, each by its own definition."""
    if data[below] >> 4 == 4:
        start = below + 20
        addresses, proto = data[below + 12 : start], data[below + 9]
        if ones_sum(data[below:start]) != 0:
            return False
    else:
        start = below + 40
        addresses, proto = data[below + 8 : start], data[below + 6]
    return (ones_sum(addresses) + proto + len(data) - start + ones_sum(data[start:])) % 65535 == 0


@given(st.binary(max_size=200))
def test_the_big_number_sum_is_the_sum_of_words(data: bytes) -> None:
    padded = data + bytes(len(data) % 2)
    assert ones_sum(data) == sum(struct.unpack(f"!{len(padded) // 2}H", padded)) % 65535


@given(st.binary(min_size=20, max_size=60).filter(any))
def test_the_internet_checksum_is_scapys(data: bytes) -> None:
    utils: Any = pytest.importorskip("scapy.utils")
    assert internet_checksum(data) == utils.checksum(data)


@given(st.booleans().flatmap(lambda tcp: packets(tcp, small)))
def test_a_completed_checksum_is_the_one_scapy_computes(drawn: tuple[Any, int]) -> None:
    whole, below = drawn
    sent = unfinished(whole, below)
    done = complete_checksum(sent.frame)
    assert done.offload is None
    assert checksums_hold(done.data, below)
    if TCP not in whole:  # scapy makes 0 of 0xffff in TCP, which is as good
        assert done.data == bytes(whole)


def test_a_frame_that_needs_nothing_stays_as_it_is() -> None:
    frame = Frame(b"anything")
    assert complete_checksum(frame) == frame
    assert segment(frame) == [frame]


def test_a_udp_checksum_is_never_zero() -> None:
    whole = ETHERNET / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / bytes(2)
    rest = ones_sum(bytes(whole)[26:34]) + 17 + 10 + 1 + 2 + 10
    whole = whole.copy()
    whole[UDP].remove_payload()
    whole = whole / struct.pack("!H", 65535 - rest % 65535)
    done = complete_checksum(unfinished(whole, 14).frame)
    assert done.data[40:42] == b"\xff\xff"


def test_an_sctp_checksum_is_a_crc32c() -> None:
    sctp = b"\x00\x01\x00\x02\x00\x00\x00\x03" + b"\xde\xad\xbe\xef" + b"chunk123"
    frame = Frame(bytes(34) + sctp, Offload(NEEDS_CSUM, csum_start=34, csum_offset=8))
    whole = layers.SCTP(sport=1, dport=2, tag=3) / packet.Raw(b"chunk123")
    assert complete_checksum(frame).data[34:] == bytes(whole)
    assert not kernel_can_finish(frame)


@given(st.binary(max_size=60), st.builds(Offload, *[st.integers(0, 70)] * 6))
def test_metadata_that_contradict_the_frame_never_raise(data: bytes, offload: Offload) -> None:
    assert complete_checksum(Frame(data, offload)).offload is None
    assert all(one.offload is None for one in segment(Frame(data, offload)))
    kernel_can_finish(Frame(data, offload))


@settings(max_examples=60)
@given(packets(tcp=True, payload=large), st.integers(200, 3000))
def test_tcp_segments_are_the_packets_that_scapy_would_make(
    drawn: tuple[Any, int], size: int
) -> None:
    whole, below = drawn
    gso = GSO_TCPV4 if IP in whole else GSO_TCPV6
    sent = unfinished(whole, below, gso, size)
    segments = segment(sent.frame)
    payload = bytes(whole)[sent.headers :]
    assert b"".join(one.data[sent.headers :] for one in segments) == payload
    for index, one in enumerate(segments):
        expected = whole.copy()
        expected[TCP].remove_payload()
        expected = expected / packet.Raw(payload[index * size : (index + 1) * size])
        expected[TCP].seq = (whole[TCP].seq + index * size) & 0xFFFF_FFFF
        if index < len(segments) - 1:
            expected[TCP].flags = int(expected[TCP].flags) & ~0x09
        if index > 0:
            expected[TCP].flags = int(expected[TCP].flags) & ~0x80
        if IP in whole:
            expected[IP].id = (whole[IP].id + index) & 0xFFFF
        field = sent.headers - len(whole[TCP]) + len(payload) + 16
        assert without(one.data, field) == without(bytes(expected), field)
        assert checksums_hold(one.data, below)
        assert one.offload is None


@settings(max_examples=60)
@given(packets(tcp=False, payload=large), st.integers(200, 3000))
def test_udp_segments_are_the_datagrams_that_scapy_would_make(
    drawn: tuple[Any, int], size: int
) -> None:
    whole, below = drawn
    sent = unfinished(whole, below, GSO_UDP_L4, size)
    payload = bytes(whole)[sent.headers :]
    for index, one in enumerate(segment(sent.frame)):
        expected = whole.copy()
        expected[UDP].remove_payload()
        expected = expected / packet.Raw(payload[index * size : (index + 1) * size])
        if IP in whole:
            expected[IP].id = (whole[IP].id + index) & 0xFFFF
        assert one.data == bytes(expected)


def without(data: bytes, field: int) -> bytes:
    """Return the octets without the 16-bit field at this offset."""
    return data[:field] + data[field + 2 :]


def test_a_64_kib_super_frame_is_cut_with_the_sequence_wrapping() -> None:
    tcp = TCP(seq=0xFFFF_FF00, flags="PA")
    whole = (
        ETHERNET / IP(src="10.0.0.1", dst="10.0.0.2", id=0xFFFE) / tcp / packet.Raw(bytes(65000))
    )
    segments = segment(unfinished(whole, 14, GSO_TCPV4 | GSO_ECN, 1448).frame)
    assert len(segments) == 45
    assert Ether(segments[1].data)[TCP].seq == 0xFFFF_FF00 + 1448 - 2**32
    assert [Ether(one.data)[IP].id for one in segments[:3]] == [0xFFFE, 0xFFFF, 0]
    assert all(checksums_hold(one.data, 14) for one in segments)


@pytest.mark.parametrize(
    "change",
    [
        {"gso_size": 0},
        {"flags": 0},
        {"csum_start": 30},
        {"csum_start": 14},
        {"csum_start": 9000},
        {"csum_offset": 6},
        {"gso_type": GSO_UDP},
        {"gso_type": 99},
    ],
    ids=str,
)
def test_a_super_frame_with_wrong_metadata_stands_for_nothing(change: dict[str, int]) -> None:
    whole = ETHERNET / IP(src="10.0.0.1", dst="10.0.0.2") / TCP() / packet.Raw(bytes(3000))
    frame = unfinished(whole, 14, GSO_TCPV4, 1000).frame
    assert len(segment(frame)) == 3
    assert frame.offload is not None
    assert segment(frame._replace(offload=frame.offload._replace(**change))) == []


def test_the_ip_header_is_found_behind_a_backbone_header() -> None:
    inner = bytes(ETHERNET / Dot1Q(vlan=7) / IP() / TCP())
    backbone = bytes(12) + b"\x88\xa8\x00\x05" + b"\x88\xe7\x00\x00\x00\x09" + inner
    assert ip_offset(backbone) == 12 + 4 + 6 + 18


def test_a_tag_under_a_label_is_not_taken_for_an_ip_header() -> None:
    tagged = ETHERNET / Dot1Q(vlan=7, prio=3) / IPv6() / TCP() / packet.Raw(bytes(3000))
    whole = unfinished(tagged, 18, GSO_TCPV6, 1000).frame
    assert whole.offload is not None

    def labelled(data: bytes) -> bytes:
        return data[:12] + b"\x88\x47" + b"\0\0\x51\x40" + data[14:]

    pushed = Frame(labelled(whole.data), whole.offload.moved(4))
    assert pushed.data[18] >> 4 == 6  # the tag's priority looks like IPv6's version
    assert [cut.data for cut in segment(pushed)] == [labelled(cut.data) for cut in segment(whole)]


@pytest.mark.parametrize(
    "data",
    [b"", bytes(14), bytes(12) + b"\x81\x00", bytes(12) + b"\x88\x47" + bytes(40)],
    ids=["empty", "zeros", "cut tag", "bottomless labels"],
)
def test_there_may_be_no_ip_header(data: bytes) -> None:
    assert ip_offset(data) == -1


@pytest.mark.parametrize(("below", "expected"), [("tagged", True), ("labelled", False)])
def test_the_kernel_cuts_super_frames_behind_tags_but_not_behind_labels(
    below: str, expected: bool
) -> None:
    head, size = BELOW[below]
    whole = head / IP(src="10.0.0.1", dst="10.0.0.2") / TCP() / packet.Raw(bytes(3000))
    assert kernel_can_finish(unfinished(whole, size, GSO_TCPV4, 1000).frame) is expected
    assert kernel_can_finish(unfinished(whole, size).frame)
