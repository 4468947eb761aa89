"""Which packets an entry matches: every field, in every kind of frame."""

from __future__ import annotations

import pytest

from ofswitch.datapath import Transmit
from openflow.actions import Output, PopMpls, SetField
from openflow.constants import OFPVID_PRESENT
from openflow.fields import FIELDS, PIPELINE_FIELDS
from openflow.instructions import GotoTable, WriteMetadata
from openflow.match import Match
from openflow.packet import Packet
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports

HEADER_FIELDS = [name for name in FIELDS if name not in PIPELINE_FIELDS]
every_field = pytest.mark.parametrize("name", HEADER_FIELDS)


def prerequisites(name: str, fields: dict[str, int]) -> dict[str, int]:
    """What must be matched along with a field, as a packet has it; VLAN id for vlan_pcp."""
    needed: dict[str, int] = {}
    for one in FIELDS[name].prerequisites:
        needed |= prerequisites(one.field, fields) | {one.field: fields[one.field]}
    return needed


def frames_with(name: str) -> dict[str, dict[str, int]]:
    """The kinds of frames that have a field, and all their fields."""
    kinds = {kind: Packet(frame).fields() for kind, frame in FRAMES.items()}
    return {kind: fields for kind, fields in kinds.items() if name in fields}


def another(name: str, value: int) -> int:
    """A value that differs in the last bit; a VLAN has its tag."""
    return value ^ 1 | (OFPVID_PRESENT if name == "vlan_vid" else 0)


@every_field
def test_an_entry_matches_the_value_of_a_field_and_no_other(name: str, switch: Switch) -> None:
    assert frames_with(name)
    for kind, fields in frames_with(name).items():
        for value, matches in ((fields[name], True), (another(name, fields[name]), False)):
            match = Match(prerequisites(name, fields) | {name: value})
            switch.add(Output(2), match=match, priority=9)
            assert (out_ports(switch.receive(FRAMES[kind])) == [2]) is matches, kind
            switch.change(4, match=match, priority=9)


@pytest.mark.parametrize("name", [name for name in HEADER_FIELDS if FIELDS[name].maskable])
def test_an_entry_matches_the_bits_of_a_field_that_its_mask_names(
    name: str, switch: Switch
) -> None:
    for kind, fields in frames_with(name).items():
        value = fields[name]
        for wrong, matches in ((value ^ 0b10, True), (another(name, value), False)):
            masked = (wrong & ~0b10, FIELDS[name].ones & ~0b10)
            match = Match({**prerequisites(name, fields), name: masked})
            switch.add(Output(2), match=match)
            assert (out_ports(switch.receive(FRAMES[kind])) == [2]) is matches, kind
            switch.change(3)


@every_field
def test_a_frame_without_a_field_does_not_match_any_value_of_it(name: str, switch: Switch) -> None:
    have = frames_with(name)
    fields = next(iter(have.values()))
    match = Match(prerequisites(name, fields) | {name: 0})
    switch.add(Output(2), match=match)
    for kind, frame in FRAMES.items():
        if kind not in have:
            assert out_ports(switch.receive(frame)) == [], kind


@pytest.mark.parametrize("kind", FRAMES)
def test_an_entry_with_all_of_a_frames_fields_matches_it_and_no_other_kind(
    kind: str, switch: Switch
) -> None:
    fields = Packet(FRAMES[kind]).fields()
    switch.add(Output(2), match=Match(fields | {"in_port": 3}))
    matching = {
        other for other, frame in FRAMES.items() if out_ports(switch.receive(frame, in_port=3))
    }
    assert matching == {
        other for other, frame in FRAMES.items() if fields.items() <= Packet(frame).fields().items()
    }


def test_the_port_is_matched(switch: Switch) -> None:
    switch.add(Output(2), match=Match(in_port=3))
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"], in_port=3)) == [2]
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"], in_port=4)) == []


def test_the_physical_port_is_the_port(switch: Switch) -> None:
    switch.add(Output(2), match=Match(in_port=3, in_phy_port=3))
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"], in_port=3)) == [2]


def test_metadata_starts_as_zero_and_is_matched_under_a_mask(switch: Switch) -> None:
    switch.add(WriteMetadata(0xABCD, 0xFF00), GotoTable(1), match=Match(metadata=0))
    switch.add(Output(2), table_id=1, match=Match(metadata=(0xA000, 0xF000)), priority=2)
    switch.add(Output(3), table_id=1, match=Match(metadata=0xAB00), priority=3)
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"])) == [3]


def test_the_tunnel_id_is_zero_until_it_is_set(switch: Switch) -> None:
    switch.add(SetField("tunnel_id", 7), GotoTable(1), match=Match(tunnel_id=0))
    switch.add(Output(2), table_id=1, match=Match(tunnel_id=(5, 5)))
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"])) == [2]


@pytest.mark.parametrize(
    ("match", "kinds"),
    [
        ({"vlan_vid": 0}, {"IPv4 TCP"}),
        ({"vlan_vid": (OFPVID_PRESENT, OFPVID_PRESENT)}, {"VLAN IPv4", "VLAN 0", "QinQ"}),
        ({"vlan_vid": OFPVID_PRESENT}, {"VLAN 0"}),
        ({"vlan_vid": OFPVID_PRESENT | 100}, {"QinQ"}),
    ],
)
def test_absence_and_presence_of_a_vlan_tag_are_matched(
    match: dict[str, int], kinds: set[str], switch: Switch
) -> None:
    switch.add(Output(2), match=Match(match))
    among = ("IPv4 TCP", "VLAN IPv4", "VLAN 0", "QinQ")
    assert {kind for kind in among if out_ports(switch.receive(FRAMES[kind]))} == kinds


def test_the_highest_priority_wins_whatever_the_order_of_adding(switch: Switch) -> None:
    for priority, port in ((5, 2), (65535, 3), (6, 4), (0, 2)):
        switch.add(Output(port), match=Match(eth_type=0x0800), priority=priority)
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"])) == [3]


def test_among_equal_priorities_the_oldest_entry_wins(switch: Switch) -> None:
    switch.add(Output(3), match=Match(eth_type=0x0800))
    switch.add(Output(4), match=Match(in_port=1))
    switch.add(Output(2), match=Match(eth_type=0x0800))
    assert out_ports(switch.receive(FRAMES["IPv4 TCP"])) == [2]


def test_later_tables_match_the_packet_as_it_is_by_then(switch: Switch) -> None:
    switch.add(PopMpls(0x0800), GotoTable(1), match=Match(eth_type=0x8847))
    match = Match(eth_type=0x0800, ip_proto=6, tcp_dst=80)
    switch.add(SetField("tcp_dst", 99), GotoTable(2), table_id=1, match=match)
    switch.add(Output(2), table_id=2, match=match.replace(tcp_dst=99))
    (effect,) = switch.receive(FRAMES["MPLS"])
    assert isinstance(effect, Transmit)
    assert Packet(effect.frame.data).tcp_dst == 99
