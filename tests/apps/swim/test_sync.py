"""Exchanging everything, or the part of it that matters."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from apps.swim.config import FAST, LAN, Config
from apps.swim.effects import Kind
from apps.swim.framing import Reader
from apps.swim.members import State
from apps.swim.messages import Dead, NodeState, PushPullHeader, Suspect, encode, to_map
from apps.swim.simulation import World
from apps.swim.streams import Stream
from apps.swim.sync import interval_scale
from tests.apps.swim.cores import VSN, Driven, alive, at, connections, joined, kinds

FEW = replace(LAN, push_pull_most=10)


def asked(core: Driven) -> list[NodeState]:
    """What a core sends in the push-pull that it begins next."""
    return states_in(connections(core.wait(400))[0].stream)


def states_in(stream: Stream) -> list[NodeState]:
    """What is to be written on a stream, a push-pull of those who know each other."""
    heard = Reader(LAN.envelope, labelled=False).feed(stream.take_output())
    assert heard is not None
    assert isinstance(heard.head, PushPullHeader)
    assert not heard.head.join
    return heard.states


def knowing(config: Config, others: int) -> Driven:
    return Driven(others, replace(config, probe_interval_s=1e6, reconnect_interval_s=1e6))


def test_in_a_small_cluster_all_is_exchanged() -> None:
    assert len(asked(knowing(FEW, 9))) == 10


def test_in_a_large_cluster_a_part_is_exchanged_ourselves_and_what_is_new_in_it() -> None:
    core = knowing(FEW, 40)
    core.wait(1)
    for number in (3, 17, 39):
        core.hear(alive(number, 2))
        core.wait(1)
    core.hear(*[alive(number) for number in (50, 51, 52)])
    names = [state.name for state in asked(core)]
    assert len(names) == len(set(names)) == 10
    assert {"h0", "h17", "h39", "h50", "h51", "h52"} <= set(names)


def test_the_rest_of_the_part_is_another_each_time() -> None:
    core = knowing(FEW, 40)
    seen = {state.name for _ in range(60) for state in asked(core)}
    assert len(seen) == 41


@pytest.mark.parametrize(("theirs", "ours"), [(10, 10), (11, 41)])
def test_who_tells_more_than_a_part_is_told_all(theirs: int, ours: int) -> None:
    core = knowing(FEW, 40)
    stream = core.swim.stream(at(1), core.now)
    states = [to_map(NodeState(f"h{n}", at(n).ip, 7946, b"", 1, 0, VSN)) for n in range(theirs)]
    stream.receive(encode(PushPullHeader(theirs)) + b"".join(states), core.now)
    assert len(states_in(stream)) == ours


def test_who_joins_a_large_cluster_learns_everybody_at_once() -> None:
    world = World(Random(1), config=FEW)
    world.acquainted(60)
    late = world.add("late", join="m7")
    world.run(1)
    assert len(late.swim.members) == 61


def test_what_a_push_pull_costs_does_not_grow_with_the_cluster() -> None:
    cost = {}
    for size in (300, 600):
        world = World(Random(1), config=replace(LAN, probe_interval_s=1e6))
        world.acquainted(size)
        world.run(100)
        pulls = sum(host.swim.counters["push_pulls"] for host in world.hosts.values())
        cost[size] = world.stream_bytes / pulls
    assert cost[600] < 1.1 * cost[300]


def test_one_that_has_missed_a_death_hears_of_it_in_a_part() -> None:
    world = World(Random(1), config=replace(FEW, probe_interval_s=1e6))
    world.acquainted(60)
    gone = world.hosts["m5"].swim.me
    for name in list(world.hosts)[10:]:
        # All but ten have seen it leave.
        world.hosts[name].swim._context.members.put(gone.turned(State.LEFT, 1, 1.0))
    world.crash("m5")
    world.until(lambda: all(world.view(f"m{n}")["m5"] is State.LEFT for n in range(5)), most=600)


def test_a_seed_that_has_never_answered_is_tried_although_others_have_joined_us() -> None:
    world = World(Random(1), config=FAST)
    world.add("a")
    world.partition(["a"])
    world.add("b", join="a")
    world.add("c", join="b")
    world.run(20)
    assert set(world.view("b")) == {"b", "c"}
    world.partition()
    world.until(lambda: world.agreed(["a", "b", "c"]), most=30)


# --- when and with whom -------------------------------------------------------------------------


def test_everything_is_exchanged_with_somebody_now_and_then() -> None:
    core = Driven(3, replace(LAN, probe_interval_s=1e6))
    connects = connections(core.wait(301))
    assert 9 <= len(connects) <= 11
    assert {connect.to for connect in connects} == {at(1), at(2), at(3)}


def test_everything_is_exchanged_with_the_living_only() -> None:
    core = Driven(3, replace(LAN, probe_interval_s=1e6, reconnect_interval_s=1e6))
    core.hear(Suspect(1, "h2", "h1"), Dead(1, "h3", "h1"))
    assert {connect.to for connect in connections(core.wait(301))} == {at(1)}


def test_a_large_cluster_exchanges_everything_less_often() -> None:
    assert [interval_scale(n) for n in (1, 32, 33, 64, 65, 8192)] == [1, 1, 2, 2, 3, 9]


def test_a_failed_member_is_tried_again() -> None:
    config = replace(LAN, probe_interval_s=1e6, push_pull_interval_s=1e6)
    core = Driven(3, config)
    core.hear(Dead(1, "h1", "h2"))
    connects = connections(core.wait(600))
    assert {connect.to for connect in connects} == {at(1)}
    assert 3 <= len(connects) <= 15


def test_who_is_alone_tries_everybody_again_that_it_knew_however_often_it_was_asked_to() -> None:
    core = Driven()
    for _ in range(5):
        core.swim.join([at(0), at(50), at(51)], core.now)
    again = [connect.to for connect in connections(core.wait(60))]
    assert again == [at(50), at(51)] * 20


def test_who_has_met_whom_it_was_to_join_does_not_try_it_again() -> None:
    core = Driven(0, replace(LAN, probe_interval_s=1e6, push_pull_interval_s=1e6))
    state = NodeState("h50", at(50).ip, 7946, b"", 1, State.ALIVE, VSN)
    stream = joined(core)
    core.now += 5
    stream.receive(encode(PushPullHeader(1)) + to_map(state), core.now)
    assert (core.member(50).state, core.member(50).since) == (State.ALIVE, 5)
    assert connections(core.wait(600)) == []


def test_who_is_not_alone_or_has_joined_nobody_is_in_no_hurry() -> None:
    config = replace(LAN, push_pull_interval_s=1e6, tcp_pings=False, suspicion_mult=1000)
    joining, left_alone = Driven(1, config), Driven(1, config)
    joining.swim.join([at(50)], 0.0)
    left_alone.hear(Dead(1, "h1", "h2"))
    for core in (joining, left_alone):
        assert 9 <= len(connections(core.wait(300))) <= 11


def test_who_is_alone_tries_to_join_again() -> None:
    core = Driven()
    joined(core).close(core.now, "connection refused")
    assert [connect.to for connect in connections(core.wait(6.5))] == [at(50)] * 2
    assert kinds(core.hear(alive(50))) == [Kind.MEMBER_JOIN]
