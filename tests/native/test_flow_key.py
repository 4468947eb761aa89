"""The flow key of a frame: one contract for both engines, and the two compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch import native
from openflow.packet import Packet
from tests.frames import FRAMES, broken_frames

FlowKey = Callable[[bytes, int], dict[str, int]]


def python_flow_key(frame: bytes, total_len: int = 0) -> dict[str, int]:
    return Packet(frame, total_len).fields()


@pytest.mark.parametrize(
    "flow_key",
    [python_flow_key, pytest.param(native.flow_key, marks=pytest.mark.native)],
    ids=["python", "native"],
)
class TestContract:
    def test_a_frame_without_a_whole_ethernet_header_has_no_key(self, flow_key: FlowKey) -> None:
        assert [flow_key(bytes(length), 0) for length in range(14)] == [{}] * 14

    def test_a_key_has_the_fields_of_all_layers(self, flow_key: FlowKey) -> None:
        assert flow_key(FRAMES["VLAN IPv4"], 0) == {
            "eth_dst": 2,
            "eth_src": 1,
            "eth_type": 0x0800,
            "vlan_vid": 0x1005,
            "vlan_pcp": 3,
            "ip_dscp": 0x2E,
            "ip_ecn": 1,
            "ip_proto": 6,
            "ipv4_src": 0x0A000001,
            "ipv4_dst": 0x0A000002,
            "tcp_src": 1234,
            "tcp_dst": 80,
        }

    def test_addresses_of_ipv6_have_all_their_bits(self, flow_key: FlowKey) -> None:
        key = flow_key(FRAMES["ND advertisement"], 0)
        assert key["ipv6_src"] == 0x20010DB8_00000000_00000000_00000001
        assert key["ipv6_nd_target"] == 0xFE800000_00000000_00000000_00000003
        assert key["ipv6_nd_tll"] == 0x0B

    def test_the_head_of_a_frame_is_read_by_its_length_on_the_link(self, flow_key: FlowKey) -> None:
        frame = FRAMES["IPv4 TCP"]
        assert "ipv4_src" not in flow_key(frame[:54], 0)
        assert flow_key(frame[:54], len(frame))["tcp_dst"] == 80

    def test_a_key_belongs_to_the_caller(self, flow_key: FlowKey) -> None:
        flow_key(FRAMES["MPLS"], 0)["in_port"] = 1
        assert "in_port" not in flow_key(FRAMES["MPLS"], 0)


@pytest.mark.native
class TestBothEngines:
    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
    def test_they_agree_on_every_kind_of_frame_cut_anywhere(self, frame: bytes) -> None:
        for length in range(len(frame) + 1):
            for total_len in (0, len(frame)):
                head = frame[:length]
                assert native.flow_key(head, total_len) == python_flow_key(head, total_len)

    @given(broken_frames(), st.integers(0, 200))
    def test_they_agree_on_broken_frames(self, frame: bytes, total_len: int) -> None:
        assert native.flow_key(frame, total_len) == python_flow_key(frame, total_len)

    @given(st.binary(max_size=120), st.integers(0, 200))
    def test_they_agree_on_arbitrary_bytes(self, frame: bytes, total_len: int) -> None:
        assert native.flow_key(frame, total_len) == python_flow_key(frame, total_len)
