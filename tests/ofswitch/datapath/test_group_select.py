"""Select groups: shares by weight, one bucket for a connection, the very hash that is documented."""

from __future__ import annotations

from collections import Counter

import pytest
from scapy.layers import inet, inet6
from scapy.layers.l2 import ARP, Dot1Q, Ether

from ofswitch.datapath.group_select import choose, select_hash
from openflow.actions import Group, Output, SetField
from openflow.constants import GroupModCommand, GroupType, PortState
from openflow.match import Match
from openflow.messages.groups import Bucket, GroupMod
from openflow.packet import Packet
from tests.frames import FRAMES, MACS, build
from tests.ofswitch.datapath.rig import Switch, out_ports, port

FRAME = FRAMES["IPv4 TCP"]


def connection(number: int, size: int = 0) -> bytes:
    """A packet of one of many connections."""
    ip = inet.IP(src="10.0.0.1", dst="10.0.0.2", ttl=1 + number % 200)
    return build(Ether(**MACS) / ip / inet.TCP(sport=1024 + number, dport=80) / bytes(size))


def select(switch: Switch, *weights: int) -> None:
    """Share what comes in among the ports from 2 on."""
    buckets = [
        Bucket([Output(place)], weight=weight, watch_port=place)
        for place, weight in enumerate(weights, start=2)
    ]
    switch.apply(GroupMod(type=GroupType.SELECT, group_id=1, buckets=buckets))
    switch.add(Group(1))


def shares(switch: Switch, packets: int) -> Counter[int]:
    """How many of so many connections go where."""
    taken = [out_ports(switch.receive(connection(number))) for number in range(packets)]
    return Counter(one for ports in taken for one in ports)


def test_each_bucket_gets_its_share_of_connections(switch: Switch) -> None:
    select(switch, 1, 2, 5)
    found = shares(switch, 800)
    assert found.total() == 800
    for place, expected in ((2, 100), (3, 200), (4, 500)):
        assert abs(found[place] - expected) < 50


def test_a_connection_keeps_its_bucket_whatever_else_is_in_its_packets(switch: Switch) -> None:
    select(switch, 1, 1, 1)
    for number in range(20):
        ports = [out_ports(switch.receive(connection(number, size))) for size in (0, 1, 1400)]
        assert ports[0] == ports[1] == ports[2]


def test_what_is_not_live_leaves_its_share_to_the_others(switch: Switch) -> None:
    select(switch, 1, 1, 2)
    switch.datapath.update_port(port(4, state=PortState.LINK_DOWN))
    found = shares(switch, 200)
    assert (found.total(), set(found)) == (200, {2, 3})


def test_a_weight_of_0_gets_nothing(switch: Switch) -> None:
    select(switch, 0, 1, 0)
    assert shares(switch, 20) == {3: 20}
    change = GroupMod(GroupModCommand.MODIFY, GroupType.SELECT, 1, [Bucket([Output(2)])])
    switch.apply(change)
    assert switch.receive(FRAME) == []
    assert switch.drops() == {"group_no_live_bucket": 1}


def test_the_packet_is_hashed_as_it_is_when_it_meets_the_group(switch: Switch) -> None:
    select(switch, 1, 1, 1)
    tcp = Match(eth_type=0x800, ip_proto=6)
    switch.add(SetField("tcp_src", 7), Group(1), match=tcp, priority=0xFFFF)
    assert len(shares(switch, 50)) == 1


def _fragments() -> list[bytes]:
    ip = inet.IP(src="10.0.0.1", dst="10.0.0.2", id=7)
    datagram = ip / inet.UDP(sport=1, dport=2) / bytes(3000)
    return [build(Ether(**MACS) / one) for one in inet.fragment(datagram, 1400)]


def _ipv6_fragments() -> list[bytes]:
    return [FRAMES["IPv6 first fragment"], FRAMES["IPv6 later fragment"]]


@pytest.mark.parametrize("fragments", [_fragments(), _ipv6_fragments()], ids=["IPv4", "IPv6"])
def test_all_fragments_of_a_packet_take_the_same_bucket(fragments: list[bytes]) -> None:
    assert len(fragments) > 1
    assert len({select_hash(Packet(one)) for one in fragments}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Ether(dst=MACS["dst"], src="00:00:00:00:00:09") / inet.IP(src="10.0.0.1", dst="10.0.0.2"),
        Ether(**MACS) / inet.IP(src="10.0.0.1", dst="10.0.0.3"),
        Ether(**MACS) / Dot1Q(vlan=3) / inet.IP(src="10.0.0.1", dst="10.0.0.2"),
        Ether(**MACS) / ARP(psrc="10.0.0.1", pdst="10.0.0.2"),
        Ether(**MACS) / ARP(psrc="10.0.0.1", pdst="10.0.0.3"),
        Ether(**MACS) / inet6.IPv6(src="2001:db8::1", dst="2001:db8::2"),
        Ether(**MACS) / inet6.IPv6(src="2001:db8:1::1", dst="2001:db8::2"),
    ],
    ids=lambda packet: packet.summary(),
)
def test_addresses_types_and_tags_are_hashed(other: Ether) -> None:
    plain = Ether(**MACS) / inet.IP(src="10.0.0.1", dst="10.0.0.2")
    assert select_hash(Packet(build(other))) != select_hash(Packet(build(plain)))


def test_the_hash_is_the_documented_one() -> None:
    """Known values, so that no implementation drifts."""
    assert select_hash(Packet(FRAME)) == 0xFCDB_6D7F_8677_6AAB
    assert select_hash(Packet(FRAMES["IPv6 TCP"])) == 0xF7A2_E1B8_4984_ED03


def test_a_point_falls_into_the_bucket_whose_weights_span_it() -> None:
    assert [choose(value, [2, 0, 1]) for value in range(7)] == [0, 0, 2, 0, 0, 2, 0]
    assert choose(5, [0, 0]) is choose(5, []) is None
