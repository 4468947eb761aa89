"""Load and mischief: who sends too much, claims to be us, or says nothing that we understand."""

from __future__ import annotations

import pytest

from apps.membership.network import frames
from apps.membership.network.limits import CUT_S
from openflow.packet import Packet
from tests.apps.membership.hosts import OPTIONS, VIRTUAL, cluster


def test_a_host_that_floods_is_limited_and_then_cut_off_and_others_are_not() -> None:
    world = cluster()
    flood = frames.ethernet(
        world.membership.network.station.mac, 0x0200_0000_0666, 0, 0x88B5, bytes(46)
    )
    for _ in range(2000):
        world.switches[1].receive(2, flood)
    world.said.clear()
    world.pass_time(0.02)
    counters = world.membership.counters
    taken = int(OPTIONS.port_rate * 2)
    assert counters["not_understood"] <= taken + 10
    assert counters["port_limited"] + counters["ports_cut"] + counters["not_understood"] == 2000
    assert counters["ports_cut"] == 1
    cuts = [f for f in world.switches[1].flows if f.match.get("in_port") == 2 and f.hard_timeout]
    assert {flow.hard_timeout for flow in cuts} == {CUT_S}
    ups = world.switches[1].packet_ins
    world.switches[1].receive(2, flood)
    assert world.switches[1].packet_ins == ups
    world.pass_time(3)
    assert world.said == []


def test_nobody_else_may_have_the_controllers_address() -> None:
    world = cluster()
    mac = world.membership.network.station.mac
    forged = frames.question(mac, VIRTUAL, VIRTUAL[:3] + b"\1", 0)
    assert world.send((1, 2), forged) == set()
    claim = frames.question(0x0200_0000_0666, VIRTUAL, VIRTUAL, 0)
    world.send((1, 2), claim)
    assert world.membership.counters["address_conflict"] == 1
    assert VIRTUAL not in world.membership.network.places


def test_a_packet_with_another_ethernet_address_does_not_move_a_host() -> None:
    world = cluster()
    network, host = world.membership.network, world.hosts[1, 1]
    packet = frames.udp(host.ip, 7946, VIRTUAL, 7946, b"")
    world.send((2, 2), frames.ethernet(network.station.mac, 0x0200_0000_0666, 0, 0x0800, packet))
    place = network.places.find(host.ip)
    assert place is not None
    assert place[:2] == (1, 1)


HOST = b"\n\0\0\1"
STRAY_ACK = frames.sealed(frames.TCP, HOST, VIRTUAL, bytes(12) + b"\x50\x10" + bytes(6), 16)
FRAGMENT = bytes.fromhex("4500001c 00002000 40110000") + HOST + VIRTUAL + bytes(8)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (frames.udp(HOST, 7946, VIRTUAL, 53, b""), "not_for_us"),
        (frames.udp(HOST, 7946, b"\n\0\0\7", 7946, b""), "not_for_us"),
        (frames.udp(HOST, 7946, VIRTUAL, 7946, b"x")[:-1] + b"y", "bad_checksum"),
        (frames.packet(47, HOST, VIRTUAL, bytes(20)), "not_understood"),
        (FRAGMENT, "fragment"),
        (frames.packet(frames.TCP, HOST, VIRTUAL, STRAY_ACK), "segments_unasked"),
    ],
)
def test_what_is_nothing_to_us_is_counted(packet: bytes, reason: str) -> None:
    world = cluster()
    mac = world.membership.network.station.mac
    before = world.membership.members
    data = frames.ethernet(mac, world.hosts[1, 1].mac, 0, frames.ETH_IPV4, packet)
    assert Packet(data).eth_dst == mac
    world.send((1, 1), data)
    assert world.membership.counters == {reason: 1}
    assert world.membership.members == before
