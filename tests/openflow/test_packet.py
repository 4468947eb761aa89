"""`openflow.packet`: every kind of frame, and every way to break one; one contract for both engines."""

from __future__ import annotations

import copy
import pickle
import struct
from collections.abc import Callable
from functools import reduce
from operator import truediv as div

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether

from openflow import native
from openflow.fields import FIELDS
from openflow.packet import Packet
from tests.frames import FRAMES, broken_frames
from tests.openflow.scapy_reading import fields_by_scapy

Parse = Callable[..., Packet]

pytestmark = pytest.mark.parametrize(
    "parse",
    [
        pytest.param(Packet, id="python"),
        pytest.param(native.CODEC and native.CODEC.Packet, id="native", marks=pytest.mark.native),
    ],
)
every_frame = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())


u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
macs = st.integers(0, 2**48 - 1).map(lambda value: value.to_bytes(6, "big").hex(":"))
ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str)

TAGS = st.builds(
    lambda kind, **fields: kind(**fields),
    st.sampled_from([Dot1Q, Dot1AD]),
    vlan=st.integers(0, 0xFFF),
    prio=st.integers(0, 7),
)
TRANSPORTS = st.one_of(
    st.builds(inet.TCP, sport=u16, dport=u16),
    st.builds(inet.UDP, sport=u16, dport=u16),
)
NETWORKS = st.one_of(
    st.builds(ARP, op=u16, psrc=ipv4, pdst=ipv4, hwsrc=macs, hwdst=macs),
    st.builds(div, st.builds(inet.IP, src=ipv4, dst=ipv4, tos=u8), TRANSPORTS),
    st.builds(
        div,
        st.builds(inet6.IPv6, src=ipv6, dst=ipv6, tc=u8, fl=st.integers(0, 0xFFFFF)),
        TRANSPORTS,
    ),
)


@st.composite
def random_stacks(draw: st.DrawFn) -> bytes:
    """Frames with random values in every field, under up to three tags."""
    ethernet = Ether(dst=draw(macs), src=draw(macs))
    return bytes(reduce(div, draw(st.lists(TAGS, max_size=3)), ethernet) / draw(NETWORKS))


class TestAgreementWithScapy:
    @every_frame
    def test_both_read_the_same_fields_from_every_kind_of_frame(
        self, parse: Parse, frame: bytes
    ) -> None:
        assert parse(frame).fields() == fields_by_scapy(frame)

    @given(random_stacks())
    def test_both_read_the_same_values(self, parse: Parse, frame: bytes) -> None:
        assert parse(frame).fields() == fields_by_scapy(frame)


class TestBrokenFrames:
    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_never_raise(self, parse: Parse, frame: bytes) -> None:
        parse(frame).fields()

    @given(broken_frames())
    def test_a_value_fits_its_field_and_has_its_prerequisites(
        self, parse: Parse, frame: bytes
    ) -> None:
        fields = parse(frame).fields()
        for name, value in fields.items():
            assert 0 <= value <= FIELDS[name].ones
            assert all(needed.met_by(fields) for needed in FIELDS[name].prerequisites), name

    @given(broken_frames())
    def test_offsets_lie_inside_the_frame(self, parse: Parse, frame: bytes) -> None:
        packet = parse(frame)
        room = {"eth_type": 2, "l3": 0, "l4": 4, "nd_lladdr": 6}
        for name, size in room.items():
            offset = getattr(packet, f"{name}_offset")
            assert offset == -1 or 12 <= offset <= len(frame) - size
        assert packet.l3_end <= len(frame)

    @every_frame
    def test_the_head_of_a_frame_has_some_of_its_fields_and_no_others(
        self, parse: Parse, frame: bytes
    ) -> None:
        whole = parse(frame).fields()
        shortest = 22 if parse(frame).eth_type_offset == 20 else 0  # SNAP announces itself late
        for length in range(shortest, len(frame)):
            head = parse(frame[:length], total_len=len(frame)).fields()
            assert head.items() <= whole.items()

    @every_frame
    def test_a_frame_cut_short_has_no_transport_fields(self, parse: Parse, frame: bytes) -> None:
        if parse(frame).l4_offset >= 0:
            cut = parse(frame[: parse(frame).l3_end - 1])
            assert cut.l4_offset == -1
            assert not cut.fields().keys() & {"ip_proto", "tcp_src", "udp_src", "icmpv4_type"}


class TestEthernet:
    def test_a_frame_without_a_whole_header_has_no_fields(self, parse: Parse) -> None:
        packet = parse(bytes(13))
        assert packet.fields() == {}
        assert (packet.eth_dst, packet.eth_src, packet.eth_type, packet.vlan_vid) == (None,) * 4

    def test_untagged_is_a_value(self, parse: Parse) -> None:
        packet = parse(FRAMES["IPv4 TCP"])
        assert (packet.vlan_vid, packet.vlan_pcp, packet.vlan_count) == (0, None, 0)
        assert packet.vlan_offset == -1

    def test_the_outermost_tag_gives_the_id_and_the_innermost_the_type(self, parse: Parse) -> None:
        packet = parse(FRAMES["QinQ"])
        assert (packet.vlan_vid, packet.vlan_pcp, packet.eth_type) == (0x1000 | 100, 1, 0x0800)
        assert (packet.vlan_offset, packet.vlan_count, packet.eth_type_offset) == (12, 2, 20)

    def test_a_tag_cut_short_hides_the_type(self, parse: Parse) -> None:
        packet = parse(FRAMES["VLAN IPv4"][:17])
        assert packet.fields().keys() == {"eth_dst", "eth_src"}
        assert packet.vlan_vid is None

    def test_an_inner_tag_cut_short_leaves_the_outer_one(self, parse: Parse) -> None:
        packet = parse(FRAMES["QinQ"][:21])
        assert packet.fields().keys() == {"eth_dst", "eth_src", "vlan_vid", "vlan_pcp"}
        assert packet.vlan_vid == 0x1000 | 100

    def test_a_length_without_snap_has_the_type_that_stands_for_none(self, parse: Parse) -> None:
        assert parse(FRAMES["802.3 LLC"]).eth_type == 0x05FF

    def test_snap_gives_its_type_and_what_lies_above(self, parse: Parse) -> None:
        packet = parse(FRAMES["802.3 SNAP"])
        assert (packet.eth_type, packet.tcp_dst, packet.l3_offset) == (0x0800, 80, 22)

    def test_the_shortcuts_agree_with_the_fields(self, parse: Parse) -> None:
        for frame in FRAMES.values():
            packet = parse(frame)
            for name in ("eth_dst", "eth_src", "eth_type", "vlan_vid"):
                assert getattr(packet, name) == packet.fields().get(name)


class TestIPv4:
    @pytest.mark.parametrize(
        ("at", "value"), [(0, 0x55), (0, 0x44), (0, 0x4F), (2, 0xFF), (3, 19)], ids=str
    )
    def test_a_header_with_a_wrong_version_or_length_is_absent(
        self, parse: Parse, at: int, value: int
    ) -> None:
        frame = bytearray(FRAMES["IPv4 UDP"])
        frame[14 + at] = value
        packet = parse(bytes(frame))
        assert packet.fields().keys() == {"eth_dst", "eth_src", "vlan_vid", "eth_type"}
        assert packet.l3_end == -1

    def test_only_a_first_fragment_has_ports(self, parse: Parse) -> None:
        assert parse(FRAMES["IPv4 first fragment"]).udp_dst == 5353
        later = parse(FRAMES["IPv4 later fragment"])
        assert (later.ip_proto, later.udp_dst, later.l4_offset) == (17, None, -1)

    def test_padding_is_no_part_of_the_datagram(self, parse: Parse) -> None:
        packet = parse(FRAMES["IPv4 with padding"])
        assert (packet.l3_end, len(packet.data)) == (42, 60)
        no_room = bytearray(packet.data)
        no_room[16:18] = struct.pack(">H", 27)
        assert parse(bytes(no_room)).udp_src is None

    def test_lengths_are_checked_against_the_length_on_the_link(self, parse: Parse) -> None:
        frame = FRAMES["IPv4 TCP"]
        assert parse(frame[:54]).ipv4_src is None
        assert parse(frame[:54], total_len=len(frame)).tcp_dst == 80


class TestIPv6:
    @pytest.mark.parametrize(("at", "value"), [(0, 0x40), (4, 0xFF)], ids=str)
    def test_a_header_with_a_wrong_version_or_length_is_absent(
        self, parse: Parse, at: int, value: int
    ) -> None:
        frame = bytearray(FRAMES["IPv6 UDP"])
        frame[14 + at] = value
        assert parse(bytes(frame)).fields().keys() == {
            "eth_dst",
            "eth_src",
            "vlan_vid",
            "eth_type",
        }

    def test_an_extension_header_cut_short_hides_the_protocol(self, parse: Parse) -> None:
        frame = bytearray(FRAMES["IPv6 extensions"])
        frame[55] = 0xFF  # the hop-by-hop header's own length
        packet = parse(bytes(frame))
        assert packet.ipv6_src is not None
        assert (packet.ip_proto, packet.ipv6_exthdr, packet.tcp_src) == (None, None, None)

    def test_only_a_first_fragment_has_ports(self, parse: Parse) -> None:
        assert parse(FRAMES["IPv6 first fragment"]).udp_dst == 5353
        later = parse(FRAMES["IPv6 later fragment"])
        assert (later.ip_proto, later.udp_dst, later.l4_offset) == (17, None, -1)

    def test_the_link_layer_address_is_found_behind_other_options(self, parse: Parse) -> None:
        packet = parse(FRAMES["ND solicitation"])
        at = packet.nd_lladdr_offset
        assert packet.ipv6_nd_sll == int.from_bytes(packet.data[at : at + 6], "big") == 0x0A

    def test_an_option_of_length_zero_ends_the_options(self, parse: Parse) -> None:
        frame = bytearray(FRAMES["ND solicitation"])
        frame[79] = 0
        packet = parse(bytes(frame))
        assert (packet.ipv6_nd_target is not None, packet.ipv6_nd_sll) == (True, None)


def test_a_packet_shows_its_fields(parse: Parse) -> None:
    assert "tcp_dst=0x50" in repr(parse(FRAMES["IPv4 TCP"]))


class TestWhatItIsMadeOf:
    def test_the_data_are_what_was_given(self, parse: Parse) -> None:
        frame = FRAMES["IPv4 TCP"]
        assert parse(frame).data is frame
        assert parse(bytearray(frame)).data == bytearray(frame)
        assert parse(memoryview(frame)).fields() == parse(frame).fields()

    @pytest.mark.parametrize("nothing", [None, 5, 1.5])
    def test_what_has_no_bytes_is_a_type_error(self, parse: Parse, nothing: object) -> None:
        with pytest.raises(TypeError):
            parse(nothing)

    @pytest.mark.parametrize("given", [-5, 0, 53, 54, 60])
    def test_the_length_on_the_link_is_no_less_than_what_is_there(
        self, parse: Parse, given: int
    ) -> None:
        assert parse(bytes(54), given).total_len == max(given, 54)

    def test_the_fields_are_read_once(self, parse: Parse) -> None:
        packet = parse(FRAMES["IPv4 TCP"])
        assert packet.fields() is packet.fields()

    def test_it_can_be_copied_and_pickled(self, parse: Parse) -> None:
        packet = parse(FRAMES["IPv4 TCP"][:60], total_len=99)
        for twin in (copy.copy(packet), copy.deepcopy(packet), pickle.loads(pickle.dumps(packet))):
            assert type(twin) is type(packet)
            assert (twin.data, twin.total_len) == (packet.data, 99)
            assert twin.fields() == packet.fields()

    def test_it_is_equal_to_itself_alone(self, parse: Parse) -> None:
        frame = FRAMES["IPv4 TCP"]
        assert parse(frame) != parse(frame)
        assert len({parse(frame), parse(frame)}) == 2
