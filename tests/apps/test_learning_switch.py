"""The learning switch in a simulated network, on both versions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openflow as of
from apps import learning_switch
from apps.learning_switch import HARD_TIMEOUT_S, IDLE_TIMEOUT_S, MAX_AGE_S
from controller import Event, MemberEvent
from openflow.addresses import parse_mac
from openflow.versions import V1_0, V1_3, Version
from tests.apps.network import BROADCAST, Network, SimSwitch, ethernet, mac

A, B, C = mac(0xA), mac(0xB), mac(0xC)


@pytest.fixture(params=[V1_0, V1_3], ids=str)
def network(request: pytest.FixtureRequest) -> Network:
    return Network(learning_switch, request.param)


@pytest.fixture
def single(network: Network) -> Iterator[Network]:
    """One switch with four ports; nothing may fail unseen."""
    network.add(1)
    yield network
    assert not network.controller.counters


def learned(switch: SimSwitch) -> list[of.FlowMod]:
    """The flows but the one that sends up what nothing else matches."""
    return [flow for flow in switch.flows if flow.priority]


def test_a_frame_to_an_unknown_host_is_flooded(single: Network) -> None:
    assert single.talk((1, 1), A, B) == {(1, 2), (1, 3), (1, 4)}
    assert not learned(single.switches[1])


def test_a_frame_to_a_known_host_goes_to_it_alone(single: Network) -> None:
    single.talk((1, 1), A, B)
    assert single.talk((1, 2), B, A) == {(1, 1)}
    assert single.talk((1, 1), A, B) == {(1, 2)}


def test_between_known_hosts_the_switch_forwards_by_itself(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    single.talk((1, 1), A, B)
    switch = single.switches[1]
    assert switch.packet_ins == 3
    for _ in range(5):
        assert single.talk((1, 1), A, B) == {(1, 2)}
        assert single.talk((1, 2), B, A) == {(1, 1)}
    assert switch.packet_ins == 3


def test_flows_have_time_outs(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    (flow,) = learned(single.switches[1])
    assert (flow.idle_timeout, flow.hard_timeout) == (IDLE_TIMEOUT_S, HARD_TIMEOUT_S)
    assert flow.match == of.Match(in_port=2, vlan_vid=0, eth_src=B, eth_dst=A)


def test_broadcast_reaches_everyone_and_sets_up_no_flow(single: Network) -> None:
    single.talk((1, 1), A, BROADCAST)
    assert single.talk((1, 2), B, BROADCAST) == {(1, 1), (1, 3), (1, 4)}
    assert not learned(single.switches[1])


def test_the_address_of_a_group_is_not_learned(single: Network) -> None:
    group = "01:00:5e:00:00:01"
    single.talk((1, 1), group, A)
    assert single.talk((1, 2), B, group) == {(1, 1), (1, 3), (1, 4)}


@pytest.mark.parametrize("last", range(16))
def test_link_local_frames_are_not_forwarded(single: Network, last: int) -> None:
    assert single.talk((1, 1), A, f"01:80:c2:00:00:{last:02x}") == set()
    assert single.talk((1, 2), B, A) == {(1, 1), (1, 3), (1, 4)}, "nor is their source learned"


def test_frames_just_outside_the_link_local_range_are_forwarded(single: Network) -> None:
    assert len(single.talk((1, 1), A, "01:80:c2:00:00:10")) == 3


def test_a_frame_to_a_host_at_the_same_port_stays_there(single: Network) -> None:
    single.talk((1, 1), A, C)
    assert single.talk((1, 1), B, A) == set()


def test_hosts_are_learned_in_each_vlan_apart(single: Network) -> None:
    single.send((1, 1), ethernet(B, A, vlan=10))
    assert len(single.send((1, 2), ethernet(A, B, vlan=20))) == 3
    assert single.send((1, 2), ethernet(A, B, vlan=10)) == {(1, 1)}


def test_a_frame_too_short_to_have_addresses_is_dropped(single: Network) -> None:
    assert single.send((1, 1), b"\x01\x02\x03") == set()
    assert single.send((1, 1), ethernet(B, A)[:12] + b"\x81\x00\x00") == set()


# --- hosts that move -----------------------------------------------------------------------------


def test_a_host_that_moves_is_reached_at_its_new_port_at_once(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    single.talk((1, 1), A, B)
    single.talk((1, 3), A, B)  # A has moved, and says something to B
    assert single.talk((1, 2), B, A) == {(1, 3)}
    assert single.talk((1, 3), A, B) == {(1, 2)}


def test_a_host_that_moves_takes_the_flows_to_and_from_its_old_port_away(single: Network) -> None:
    for at, src, dst in (((1, 1), A, B), ((1, 2), B, A), ((1, 1), A, B)):
        single.talk(at, src, dst)
    single.talk((1, 3), A, BROADCAST)
    assert learned(single.switches[1]) == []


def test_a_host_that_moves_back_is_found_again(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    for port in (1, 3, 1, 4, 1):
        single.talk((1, port), A, B)
        assert single.talk((1, 2), B, A) == {(1, port)}


def test_flows_of_others_stay_when_a_host_moves(single: Network) -> None:
    for at, src, dst in (((1, 1), A, B), ((1, 2), B, A), ((1, 3), C, B), ((1, 2), B, C)):
        single.talk(at, src, dst)
    block = of.FlowMod(of.Match(eth_dst=A), priority=0xFFFF)
    single.controller.send(1, block)
    single.talk((1, 4), A, BROADCAST)
    left = {(flow.match["eth_dst"], flow.priority) for flow in learned(single.switches[1])}
    assert left == {(0xB, 0x8000), (0xC, 0x8000), (0xA, 0xFFFF)}


def test_hosts_behind_a_link_that_fails_are_looked_for_again(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    down = of.Port(port_no=1, state=of.PortState.LINK_DOWN)
    single.switches[1].cable.send(of.PortStatus(of.PortReason.MODIFY, down))
    single.settle()
    assert len(single.talk((1, 2), B, A)) == 3


def test_hosts_behind_a_port_that_is_removed_are_looked_for_again(single: Network) -> None:
    single.talk((1, 1), A, B)
    gone = of.PortStatus(of.PortReason.DELETE, of.Port(port_no=1))
    single.switches[1].cable.send(gone)
    single.settle()
    assert len(single.talk((1, 2), B, A)) == 3


# --- time and memory -----------------------------------------------------------------------------


def test_a_host_that_is_silent_for_long_is_forgotten(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.shell.pass_time(MAX_AGE_S * 0.9)
    assert single.talk((1, 2), B, A) == {(1, 1)}
    single.switches[1].flows = single.switches[1].flows[:1]  # they have timed out
    single.shell.pass_time(MAX_AGE_S * 0.3)
    assert len(single.talk((1, 2), B, A)) == 3


def test_no_more_hosts_are_learned_than_fit(
    single: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_switch, "MAX_HOSTS", 2)
    for number, host in enumerate((A, B, C), 1):
        single.talk((1, number), host, BROADCAST)
    assert single.talk((1, 4), mac(4), B) == {(1, 2)}
    assert len(single.talk((1, 4), mac(4), C)) == 3


# --- buffers -------------------------------------------------------------------------------------


def test_frames_that_the_switch_has_buffered_are_used_up(network: Network) -> None:
    switch = network.add(1, buffering=True)
    assert len(network.talk((1, 1), A, B)) == 3
    assert network.talk((1, 2), B, A) == {(1, 1)}
    assert network.talk((1, 1), A, B) == {(1, 2)}
    network.talk((1, 1), A, "01:80:c2:00:00:0e")
    network.talk((1, 1), C, A)
    assert switch.packet_ins == 5
    assert switch.buffers == {}


# --- several switches ----------------------------------------------------------------------------


def chain(network: Network, length: int) -> None:
    """Switches in a row: port 4 of each is joined with port 3 of the next."""
    for dpid in range(1, length + 1):
        network.add(dpid)
    for dpid in range(1, length):
        network.link((dpid, 4), (dpid + 1, 3))


def test_hosts_reach_each_other_across_switches(network: Network) -> None:
    chain(network, 3)
    assert (3, 1) in network.talk((1, 1), A, B)
    assert network.talk((3, 1), B, A) == {(1, 1)}
    assert network.talk((1, 1), A, B) == {(3, 1)}
    assert all(len(learned(switch)) == 2 for switch in network.switches.values())


def test_a_host_may_move_to_another_switch(network: Network) -> None:
    chain(network, 3)
    network.talk((1, 1), A, B)
    network.talk((3, 1), B, A)
    network.talk((1, 1), A, B)
    network.talk((2, 1), A, B)
    assert network.talk((3, 1), B, A) == {(2, 1)}
    assert network.talk((2, 1), A, B) == {(3, 1)}


def test_each_switch_learns_for_itself_and_forgets_when_it_leaves(network: Network) -> None:
    network.add(1)
    network.add(2)
    network.talk((1, 1), A, B)
    assert len(network.talk((2, 2), B, A)) == 3
    network.switches[1].cable.end.close()
    network.settle()
    network.add(1)
    assert len(network.talk((1, 2), B, A)) == 3
    assert not network.controller.counters


HOSTS = [mac(number) for number in range(1, 5)]
MOVES = st.lists(st.tuples(st.sampled_from(HOSTS), st.integers(1, 3), st.integers(1, 2)))


@settings(max_examples=60, deadline=None)
@given(version=st.sampled_from([V1_0, V1_3]), buffering=st.booleans(), moves=MOVES)
def test_after_any_moves_every_host_is_reached_where_it_spoke_last(
    version: Version, buffering: bool, moves: list[tuple[str, int, int]]
) -> None:
    """Whatever moved and talked before: a frame to a host that has spoken arrives at its place and, but for the first
    one after a flood, nowhere else."""
    network = Network(learning_switch, version)
    for dpid in (1, 2, 3):
        network.add(dpid, buffering=buffering)
    network.link((1, 4), (2, 3))
    network.link((2, 4), (3, 3))
    places: dict[str, tuple[int, int]] = {}
    for host, dpid, port in moves:
        at = (dpid, port)
        places = {h: p for h, p in places.items() if p != at} | {host: at}
        network.talk(at, host, BROADCAST)
        for other, place in places.items():
            if other != host:
                assert network.talk(at, host, other) == {place}
                assert network.talk(place, other, host) == {at}
    assert not network.controller.counters


def test_a_host_that_has_failed_is_forgotten_with_its_flows_and_no_others(single: Network) -> None:
    everyone = {A: (1, 1), B: (1, 2), C: (1, 3)}
    for one, other in itertools.permutations(everyone, 2):
        single.talk(everyone[one], one, other)
    switch = single.switches[1]
    others = [
        f for f in learned(switch) if parse_mac(B) not in (f.match["eth_src"], f.match["eth_dst"])
    ]
    assert len(others) < len(learned(switch))
    failed = MemberEvent("b", "10.0.0.2", parse_mac(B), 2, "failed")
    single.controller.post_event(Event.MEMBER_FAILED, failed, dpid=1)
    single.shell.pass_time(0)
    single.settle()
    assert learned(switch) == others
    assert single.talk((1, 1), A, B) == {(1, 2), (1, 3), (1, 4)}
    single.talk((1, 4), B, A)
    assert single.talk((1, 1), A, B) == {(1, 4)}


def test_a_failed_member_that_nobody_has_seen_changes_nothing(single: Network) -> None:
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    before = learned(single.switches[1])
    for address in (None, 0x77):
        failed = MemberEvent("x", "10.0.0.9", address, 0, "failed")
        single.controller.post_event(Event.MEMBER_FAILED, failed)
    single.shell.pass_time(0)
    single.settle()
    assert learned(single.switches[1]) == before


def test_a_new_master_knows_what_the_old_one_knew(single: Network) -> None:
    ctrl = single.controller
    ctrl.cluster.open("a")
    single.controller.switch(1).disconnect()
    single.shell.run()
    single.add(1)
    single.talk((1, 1), A, B)
    single.talk((1, 2), B, A)
    other = Network(learning_switch, single.version)
    other.controller.cluster.open("b")
    other.controller.cluster.merge(ctrl.cluster.state())
    switch = other.add(1)
    assert other.talk((1, 3), C, A) == {(1, 1)}
    assert other.talk((1, 1), A, B) == {(1, 2)}
    assert not [flow for flow in learned(switch) if flow.command != of.FlowModCommand.ADD]


def test_a_host_that_moved_while_nobody_looked_is_found_again(single: Network) -> None:
    ctrl = single.controller
    ctrl.cluster.open("b")
    ctrl.shared(f"hosts/{2:016x}")[0, 0xA] = 1
    single.add(2)
    single.talk((2, 3), A, B)
    assert ctrl.shared(f"hosts/{2:016x}") == {(0, 0xA): 3}


def test_what_it_forgets_nobody_keeps(single: Network) -> None:
    single.controller.cluster.open("a")
    single.add(2)
    single.talk((2, 1), A, B)
    single.talk((2, 2), B, A)
    shared = single.controller.shared(f"hosts/{2:016x}")
    assert len(shared) == 2
    down = of.Port(port_no=1, hw_addr=1, name="eth1", state=of.PortState.LINK_DOWN)
    single.switches[2].cable.send(of.PortStatus(of.PortReason.MODIFY, down))
    single.shell.run()
    assert list(shared) == [(0, parse_mac(B))]
    single.shell.pass_time(2 * MAX_AGE_S)
    assert not shared


def test_alone_it_shares_nothing(single: Network) -> None:
    single.talk((1, 1), A, B)
    assert not single.controller.cluster.maps
