"""Push and pop of VLAN tags, MPLS labels and PBB service tags."""

from __future__ import annotations

from typing import Any

import pytest

from openflow.actions import (
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetVlanPcp,
    SetVlanVid,
)
from openflow.constants import OFPVID_PRESENT
from openflow.packet import Packet
from openflow.versions import V1_0
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch

every_frame = pytest.mark.parametrize("kind", FRAMES)
UNTYPED = frozenset({"802.3 LLC", "802.3 SNAP, other OUI", "VLAN LLC", "802.3 SNAP"})
"""Frames with a length where the type would be."""


@every_frame
@pytest.mark.parametrize("ethertype", [0x8100, 0x88A8])
def test_a_pushed_vlan_tag_is_the_outermost_one(kind: str, ethertype: int, switch: Switch) -> None:
    frame = FRAMES[kind]
    vid = OFPVID_PRESENT | 77
    actions = [PushVlan(ethertype), SetField("vlan_vid", vid), SetField("vlan_pcp", 5)]
    pushed = switch.edit(frame, *actions).data
    assert pushed == frame[:12] + ethertype.to_bytes(2, "big") + b"\xa0\x4d" + frame[12:]
    assert switch.edit(pushed, PopVlan()).data == frame
    assert Packet(pushed).fields() == Packet(frame).fields() | {"vlan_vid": vid, "vlan_pcp": 5}


@pytest.mark.parametrize(
    ("kind", "tci"),
    [("IPv4 TCP", "0000"), ("VLAN IPv4", "6005"), ("QinQ", "2064"), ("VLAN 0", "e000")],
)
def test_a_pushed_vlan_tag_says_what_the_outermost_tag_said(
    kind: str, tci: str, switch: Switch
) -> None:
    assert switch.edit(FRAMES[kind], PushVlan()).data[12:16].hex() == "8100" + tci


def test_where_there_is_no_tag_none_is_popped(switch: Switch) -> None:
    frame = FRAMES["IPv4 TCP"]
    assert switch.edit(frame, PopVlan(), PopMpls(), PopPbb()).data == frame


@every_frame
def test_a_label_is_pushed_before_all_other_tags_and_popped_again(
    kind: str, switch: Switch
) -> None:
    frame = FRAMES[kind]
    pushed = switch.edit(frame, PushMpls(), SetField("mpls_label", 77)).data
    assert pushed[:14] == frame[:12] + b"\x88\x47"
    assert pushed[18:] == frame[14:]
    assert Packet(pushed).mpls_label == 77
    assert Packet(pushed).mpls_bos == (frame[12:14] not in (b"\x88\x47", b"\x88\x48"))
    if kind not in UNTYPED:
        own_type = int.from_bytes(frame[12:14], "big")
        assert switch.edit(pushed, PopMpls(own_type)).data == frame


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("IPv4 TCP", "00000140"),
        ("IPv6 TCP", "00000140"),
        ("VLAN IPv4", "00000140"),
        ("ARP request", "00000100"),
        ("MPLS", "00010a40"),
        ("MPLS stack", "fffffe00"),
        ("VLAN MPLS", "00013100"),
    ],
)
def test_a_pushed_label_says_what_the_outermost_label_said_or_has_the_ttl_of_ip(
    kind: str, entry: str, switch: Switch
) -> None:
    assert switch.edit(FRAMES[kind], PushMpls()).data[14:18].hex() == entry


def test_a_popped_label_leaves_the_type_that_the_action_names(switch: Switch) -> None:
    inner = switch.edit(FRAMES["VLAN MPLS"], PopMpls(0x0800))
    assert Packet(inner.data).ipv4_src == 0x0A000001
    assert Packet(inner.data).vlan_vid == OFPVID_PRESENT | 4
    assert switch.edit(FRAMES["MPLS stack"], PopMpls(0x8847)).data[12:14] == b"\x88\x47"


@every_frame
def test_a_service_tag_wraps_the_whole_frame(kind: str, switch: Switch) -> None:
    frame = FRAMES[kind]
    pushed = switch.edit(frame, PushPbb(), SetField("pbb_isid", 0x123456)).data
    priority = (Packet(frame).vlan_pcp or 0) << 5
    tci = bytes([priority, 0x12, 0x34, 0x56])
    assert pushed == frame[:12] + b"\x88\xe7" + tci + frame
    assert switch.edit(pushed, PopPbb()).data == frame


def test_a_pushed_service_tag_says_what_the_outermost_one_said(switch: Switch) -> None:
    pushed = switch.edit(FRAMES["PBB"], PushPbb()).data
    assert Packet(pushed).pbb_isid == 0x123456


def test_unwrapping_takes_off_the_backbone_tags_too(switch: Switch) -> None:
    unwrapped = switch.edit(FRAMES["PBB"], PopPbb()).data
    assert Packet(unwrapped).vlan_count == 0
    assert Packet(unwrapped).ipv4_src is not None


@pytest.mark.parametrize(
    ("action", "tci"), [(SetVlanVid(77), "004d"), (SetVlanPcp(5), "a000")], ids=repr
)
def test_1_0_tags_a_frame_that_has_no_tag(action: Any, tci: str, switch: Switch) -> None:
    switch.version = V1_0
    frame = FRAMES["IPv4 TCP"]
    tagged = switch.edit(frame, action).data
    assert tagged == frame[:12] + bytes.fromhex("8100" + tci) + frame[12:]


@pytest.mark.parametrize(
    ("action", "tci"), [(SetVlanVid(77), "604d"), (SetVlanPcp(5), "a005")], ids=repr
)
def test_1_0_changes_the_tag_of_a_frame_that_has_one(action: Any, tci: str, switch: Switch) -> None:
    switch.version = V1_0
    assert switch.edit(FRAMES["VLAN IPv4"], action).data[14:16].hex() == tci


def test_a_frame_that_grew_too_long_for_any_link_is_dropped_by_name(switch: Switch) -> None:
    switch.send_out(bytes(65000), *[PushPbb()] * 60)
    assert switch.drops() == {"frame_too_long": 1}
