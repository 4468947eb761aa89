"""Frames that their sender left unfinished: editing and finishing commute.

Whatever actions do to a frame with an unfinished checksum, or to a super-frame, finishing it then
gives what the same actions make of the finished frame, or of its segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.frame import GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, NEEDS_CSUM, Frame, Offload
from ofswitch.offload import complete_checksum, segment
from openflow.actions import (
    Action,
    CopyTtlIn,
    CopyTtlOut,
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetMplsTtl,
    SetNwTtl,
)
from openflow.constants import OFPVID_PRESENT
from openflow.packet import Packet
from tests.frames import ETHER, IPV4, IPV6, TCP, UDP, build
from tests.ofswitch.datapath.oracle import wrong_checksums
from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, IMPLEMENTATIONS, Switch

layers: Any = pytest.importorskip("scapy.layers.all")
raw: Any = pytest.importorskip("scapy.packet").Raw

PAYLOAD = raw(bytes(range(256)) * 12)
TAGGED = ETHER / layers.Dot1Q(vlan=5, prio=3)
WHOLE = {
    "IPv4 TCP": build(ETHER / IPV4 / TCP / PAYLOAD),
    "IPv4 UDP": build(ETHER / IPV4 / UDP / PAYLOAD),
    "IPv6 TCP": build(TAGGED / IPV6 / TCP / PAYLOAD),
    "IPv6 UDP": build(ETHER / IPV6 / UDP / PAYLOAD),
    "VLAN IPv4 TCP": build(TAGGED / IPV4 / TCP / PAYLOAD),
}
GSO = {("IPv4", "TCP"): GSO_TCPV4, ("IPv6", "TCP"): GSO_TCPV6}
CSUM_OFFSET = {"TCP": 16, "UDP": 6}
HEADER = {"TCP": 20, "UDP": 8}


def unfinished(kind: str, gso_size: int = 0) -> Frame:
    """A frame as a sender leaves it to hardware: the pseudo-header's sum where the checksum goes."""
    *_, ip, transport = kind.split()
    data = bytearray(WHOLE[kind])
    start = Packet(bytes(data)).l4_offset
    field = start + CSUM_OFFSET[transport]
    checksum = int.from_bytes(data[field : field + 2], "big")
    data[field : field + 2] = bytes(2)
    # The checksum is the complement of the whole sum: take the transport's share out of it.
    share = int.from_bytes(bytes(data[start:]) + b"\0" * (len(data[start:]) % 2), "big") % 65535
    data[field : field + 2] = ((65535 - checksum - share) % 65535).to_bytes(2, "big")
    gso_type = GSO.get((ip, transport), GSO_UDP_L4) if gso_size else 0
    offload = Offload(
        NEEDS_CSUM, gso_type, start + HEADER[transport], gso_size, start, CSUM_OFFSET[transport]
    )
    return Frame(bytes(data), offload)


def fields(*names: str) -> st.SearchStrategy[Action]:
    """Set one of some fields to something."""
    return st.builds(SetField, st.sampled_from(names), st.integers(0, 0xFFFF))


tag_actions = st.sampled_from(
    [
        PushVlan(),
        PushVlan(0x88A8),
        PopVlan(),
        PushMpls(),
        PopMpls(0x0800),
        PopMpls(0x86DD),
        PopMpls(0x8100),
        PopMpls(0x8847),
        PushPbb(),
        PopPbb(),
        CopyTtlIn(),
        CopyTtlOut(),
        SetMplsTtl(60),
        SetField("vlan_vid", OFPVID_PRESENT | 9),
    ]
)
header_actions = (
    fields("eth_src", "ipv4_src", "ipv4_dst", "ipv6_src", "ipv6_dst", "ipv6_flabel")
    | fields("tcp_src", "tcp_dst", "udp_src", "udp_dst")
    | st.builds(SetField, st.just("ip_dscp"), st.integers(0, 63))
    | st.builds(SetNwTtl, st.integers(1, 255))
)
action_lists = st.lists(header_actions | tag_actions, max_size=6)

vlan_and_pbb = st.sampled_from([PushVlan(), PushVlan(0x88A8), PopVlan(), PushPbb(), PopPbb()])
lists_without_mpls = st.lists(header_actions | vlan_and_pbb, max_size=6)
lists_with_a_label = st.lists(header_actions, max_size=6).map(lambda ones: [*ones, PushMpls()])
"""Segmentation has to find the IP header, which a label hides when VLAN tags are under it."""


def edit(frame: Frame, actions: Sequence[Action], implementation: str) -> Frame:
    """Return what actions make of a frame."""
    return Switch(IMPLEMENTATIONS[implementation], n_tables=1).edit(frame, *actions)


def alike(data: bytes, field: int) -> bytes:
    """A frame with the two forms of the checksum zero made one."""
    zero = data[field : field + 2] in (b"\0\0", b"\xff\xff")
    return data[:field] + bytes(2) + data[field + 2 :] if zero else data


@pytest.mark.parametrize("kind", WHOLE)
def test_the_frames_here_are_what_their_senders_would_leave(kind: str) -> None:
    assert complete_checksum(unfinished(kind)).data == WHOLE[kind]
    assert wrong_checksums(WHOLE[kind]) == []


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@given(kind=st.sampled_from(sorted(WHOLE)), actions=action_lists)
def test_finishing_a_checksum_and_editing_commute(
    implementation: str, kind: str, actions: list[Action]
) -> None:
    edited = edit(unfinished(kind), actions, implementation)
    finished = edit(Frame(WHOLE[kind]), actions, implementation)
    assert edited.offload is not None
    field = edited.offload.csum_start + edited.offload.csum_offset
    assert alike(complete_checksum(edited).data, field) == alike(finished.data, field)


@pytest.mark.parametrize("implementation", EVERY_IMPLEMENTATION)
@given(
    case=st.tuples(st.sampled_from(sorted(WHOLE)), lists_without_mpls)
    | st.tuples(st.just("IPv4 TCP"), lists_with_a_label)
)
def test_cutting_into_segments_and_editing_commute(
    implementation: str, case: tuple[str, list[Action]]
) -> None:
    kind, actions = case
    super_frame = unfinished(kind, gso_size=1000)
    edited = edit(super_frame, actions, implementation)
    assert edited.offload is not None
    field = edited.offload.csum_start + edited.offload.csum_offset
    segments = [edit(one, actions, implementation) for one in segment(super_frame)]
    assert len(segments) == 4
    assert [alike(one.data, field) for one in segment(edited)] == [
        alike(one.data, field) for one in segments
    ]


def test_the_metadata_move_with_tags(switch: Switch) -> None:
    frame = unfinished("IPv4 TCP", gso_size=1000)
    assert frame.offload is not None
    for action, octets in ((PushVlan(), 4), (PushMpls(), 4), (PushPbb(), 18)):
        assert switch.edit(frame, action).offload == frame.offload.moved(octets)
    tagged = unfinished("VLAN IPv4 TCP", gso_size=1000)
    assert switch.edit(tagged, PopVlan()).offload == frame.offload


@pytest.mark.parametrize("action", [PopVlan(), PopPbb(), PopMpls()], ids=repr)
def test_metadata_that_point_into_what_was_popped_are_dropped(
    action: Action, switch: Switch
) -> None:
    stack = b"\0" * 12 + bytes.fromhex("8100 0005 0800")
    wrapped = b"\0" * 12 + bytes.fromhex("88e7 00000000") + bytes(14)
    labelled = b"\0" * 12 + bytes.fromhex("8847 00000100") + bytes(14)
    data = {PopVlan: stack, PopPbb: wrapped, PopMpls: labelled}[type(action)]
    for offload in (Offload(NEEDS_CSUM, csum_start=2), Offload(hdr_len=1, gso_type=GSO_TCPV4)):
        edited = switch.edit(Frame(data, offload), action)
        assert edited.offload is None
        assert len(edited.data) < len(data)
