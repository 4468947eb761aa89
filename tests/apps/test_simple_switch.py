"""The switch to learn from, in a simulated network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import openflow as of
from apps import simple_switch
from openflow.versions import SUPPORTED
from tests.apps.network import Network, ethernet, mac

A, B = mac(0xA), mac(0xB)


@pytest.fixture(params=SUPPORTED, ids=str)
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    """Two switches in a row with three hosts each; nothing may fail unseen."""
    simple_switch.ports.clear()
    network = Network(simple_switch, request.param)
    network.add(1)
    network.add(2)
    network.link((1, 4), (2, 4))
    yield network
    assert not network.controller.counters


def test_a_frame_to_an_unknown_host_reaches_all_others(network: Network) -> None:
    everyone = {(1, 2), (1, 3), (2, 1), (2, 2), (2, 3)}
    assert network.talk((1, 1), A, B) == everyone


def test_known_hosts_have_their_frames_to_themselves_and_without_the_controller(
    network: Network,
) -> None:
    network.talk((1, 1), A, B)
    assert network.talk((2, 1), B, A) == {(1, 1)}
    assert network.talk((1, 1), A, B) == {(2, 1)}
    before = [switch.packet_ins for switch in network.switches.values()]
    assert network.talk((1, 1), A, B) == {(2, 1)}
    assert network.talk((2, 1), B, A) == {(1, 1)}
    assert [switch.packet_ins for switch in network.switches.values()] == before


def test_an_address_is_known_for_each_switch_apart(network: Network) -> None:
    network.talk((1, 1), A, B)
    assert simple_switch.ports == {(1, 0xA): 1, (2, 0xA): 4}


@pytest.mark.parametrize("frame", [b"", bytes(13)], ids=len)
def test_what_is_no_whole_frame_goes_nowhere(network: Network, frame: bytes) -> None:
    network.switches[1].cable.send(of.PacketIn(in_port=1, data=frame))
    network.settle()
    assert not simple_switch.ports


def test_frames_of_discovery_go_nowhere(network: Network) -> None:
    lldp = bytearray(ethernet("01:80:c2:00:00:0e", A))
    lldp[12:14] = b"\x88\xcc"
    assert network.send((1, 1), bytes(lldp)) == set()
