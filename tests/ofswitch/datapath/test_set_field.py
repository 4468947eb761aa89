"""SET_FIELD of every field in frames of every kind: the field changes, and nothing else is wrong."""

from __future__ import annotations

import pytest

from openflow.actions import SetField
from openflow.constants import OFPVID_PRESENT
from openflow.fields import ETH_TYPE_NONE, FIELDS, PIPELINE_FIELDS
from openflow.packet import Packet
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.oracle import wrong_checksums
from tests.ofswitch.datapath.rig import Switch

WRITABLE = [
    name for name, field in FIELDS.items() if field.writable and name not in PIPELINE_FIELDS
]
SHAPES = frozenset({"eth_type", "ip_proto", "icmpv6_type", "icmpv6_code", "mpls_bos"})
"""Fields that decide which other fields there are."""

ALWAYS = {"vlan_vid": OFPVID_PRESENT, "eth_type": 0x8000, "ip_proto": 0x80}
"""Bits that are set in all values: required, or lest a type becomes a length or an extension header."""

every_frame = pytest.mark.parametrize("kind", FRAMES)
every_field = pytest.mark.parametrize("name", WRITABLE)


def values(name: str) -> list[int]:
    """Some values of a field: none, all, and some of its bits."""
    ones = FIELDS[name].ones
    some = 0x5A5A_5A5A_A5A5_A5A5_0F1E_2D3C_4B5A_6978 & ones
    always = ALWAYS.get(name, 0)
    return [value | always for value in (0, ones, some)]


def has(frame: bytes, name: str) -> bool:
    """Whether a frame has a field that can be set."""
    packet = Packet(frame)
    if name == "vlan_vid":
        return packet.vlan_count > 0
    if name == "eth_type" and packet.eth_type == ETH_TYPE_NONE:
        return False
    return name in packet.fields()


@every_frame
@every_field
def test_setting_a_field_changes_it_and_no_other(kind: str, name: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    for value in values(name):
        edited = switch.edit(frame, SetField(name, value)).data
        if not has(frame, name):
            assert edited == frame
            continue
        before, after = Packet(frame).fields(), Packet(edited).fields()
        if name in SHAPES:
            assert after.get(name, value) == value
        else:
            assert after == before | {name: value}


@every_frame
@every_field
def test_setting_a_field_leaves_checksums_right(kind: str, name: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    assert wrong_checksums(frame) == []
    for value in values(name):
        if name in SHAPES and name != "icmpv6_code":
            continue
        assert wrong_checksums(switch.edit(frame, SetField(name, value)).data) == []


@every_frame
def test_setting_a_field_and_setting_it_back_leaves_the_frame_as_it_was(
    kind: str, switch: Switch
) -> None:
    frame, fields = FRAMES[kind], Packet(FRAMES[kind]).fields()
    for name in set(WRITABLE) & fields.keys():
        if not has(frame, name) or name in SHAPES:
            continue
        there = [SetField(name, value) for value in values(name)]
        assert switch.edit(frame, *there, SetField(name, fields[name])).data == frame, name


@pytest.mark.parametrize("kind", ["IPv4 UDP", "IPv6 UDP", "QinQ"])
def test_a_udp_checksum_of_zero_says_there_is_none_and_stays_zero(
    kind: str, switch: Switch
) -> None:
    packet = Packet(FRAMES[kind])
    frame = bytearray(packet.data)
    frame[packet.l4_offset + 6 : packet.l4_offset + 8] = bytes(2)
    addresses = [SetField(name, 5) for name in ("ipv4_src", "ipv6_dst")]
    edited = switch.edit(bytes(frame), SetField("udp_src", 9), *addresses).data
    assert edited[packet.l4_offset + 6 : packet.l4_offset + 8] == bytes(2)


def test_a_udp_checksum_that_comes_out_as_zero_is_sent_as_ffff(switch: Switch) -> None:
    packet = Packet(FRAMES["IPv4 UDP"])
    checksum = int.from_bytes(packet.data[packet.l4_offset + 6 : packet.l4_offset + 8], "big")
    source = packet.fields()["udp_src"] + checksum
    edited = switch.edit(packet.data, SetField("udp_src", source % 65535)).data
    assert edited[packet.l4_offset + 6 : packet.l4_offset + 8] == b"\xff\xff"


def test_a_damaged_packet_does_not_become_a_good_one(switch: Switch) -> None:
    for kind in ("IPv4 TCP", "IPv4 SCTP", "IPv6 UDP", "ND solicitation"):
        damaged = FRAMES[kind][:-1] + bytes([FRAMES[kind][-1] ^ 1])
        edits = [SetField(name, 3) for name in ("ipv4_src", "ipv6_src", "sctp_dst", "ip_dscp")]
        assert len(wrong_checksums(switch.edit(damaged, *edits).data)) == 1, kind


def test_later_fragments_keep_their_payload(switch: Switch) -> None:
    frame = FRAMES["IPv4 later fragment"]
    edited = switch.edit(frame, SetField("ipv4_src", 1), SetField("udp_src", 1)).data
    assert edited[34:] == frame[34:]
    assert wrong_checksums(edited) == []


def test_the_checksum_of_a_fragmented_datagram_stays_right_as_a_whole(switch: Switch) -> None:
    whole = FRAMES["IPv4 UDP"]
    # The first fragment has the whole datagram's checksum: edited alike, it stays equal.
    fragment = bytearray(whole)
    fragment[20] |= 0x20
    edits = [SetField("ipv4_dst", "1.2.3.4"), SetField("udp_dst", 99)]
    one, other = switch.edit(whole, *edits).data, switch.edit(bytes(fragment), *edits).data
    assert one[40:42] == other[40:42]


def test_the_destination_under_a_routing_header_is_not_in_the_checksum(switch: Switch) -> None:
    frame = FRAMES["IPv6 extensions"]
    edited = switch.edit(frame, SetField("ipv6_dst", "2001:db8::9")).data
    assert Packet(edited).ipv6_dst == 0x20010DB8_00000000_00000000_00000009
    assert edited[54:] == frame[54:]


@pytest.mark.parametrize(
    ("kind", "source"),
    [("IPv4 TCP", "tcp_src"), ("IPv6 UDP", "udp_src"), ("IPv4 SCTP", "sctp_src")],
)
def test_1_0_sets_the_port_of_whichever_transport_there_is(
    kind: str, source: str, switch: Switch
) -> None:
    switch.version = V1_0
    edited = switch.edit(FRAMES[kind], SetField("tp_src", 99), SetField("tp_dst", 98)).data
    assert Packet(edited).fields()[source] == 99
    assert wrong_checksums(edited) == []
    icmp = FRAMES["IPv4 ICMP"]
    assert switch.edit(icmp, SetField("tp_src", 99)).data == icmp


def test_a_frame_without_a_tag_gets_none_by_setting_its_vlan_id(switch: Switch) -> None:
    frame = FRAMES["IPv4 TCP"]
    assert switch.edit(frame, SetField("vlan_vid", OFPVID_PRESENT | 5)).data == frame
