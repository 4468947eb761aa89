"""Many members in a network that loses, delays and repeats, and that breaks apart and heals."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.swim.config import FAST, LAN
from apps.swim.effects import Kind
from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.packet import Envelope
from apps.swim.simulation import Faults, World
from apps.swim.simulation.faults import WELL

SEEDS = range(3)


def settled(seed: int, size: int, faults: Faults | None = None) -> tuple[World, list[str]]:
    """A cluster in which all know all."""
    world = World(Random(seed), faults or WELL)
    names = world.cluster(size)
    world.until(lambda: world.agreed(names), most=60)
    return world, names


@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_join_one_know_each_other(seed: int) -> None:
    world, names = settled(seed, 20)
    assert all(len(world.view(name)) == 20 for name in names)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_late_joiner_learns_everyone_and_everyone_learns_of_it(seed: int) -> None:
    world, names = settled(seed, 20)
    world.run(60)
    late = world.add("late", join=names[7])
    assert world.until(lambda: len(late.swim.members) == 21, most=1) < 1
    assert world.until(lambda: world.agreed([*names, "late"]), most=5) < 5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_is_known_to_all_and_nobody_else_is_suspected(seed: int) -> None:
    world, names = settled(seed, 12)
    world.crash("m3")
    rest = [name for name in names if name != "m3"]
    world.until(lambda: all(world.view(n)["m3"] is State.DEAD for n in rest), most=30)
    for name in rest:
        assert world.hosts[name].kinds("m3")[-2:] == [Kind.MEMBER_SUSPECT, Kind.MEMBER_FAILED]
        assert not any(Kind.MEMBER_SUSPECT in world.hosts[name].kinds(other) for other in rest)


def test_with_the_fast_preset_a_crash_is_known_in_about_a_second() -> None:
    times = [_detection(seed) for seed in range(10)]
    assert sum(times) / len(times) < 1.1


def _detection(seed: int) -> float:
    """How long it takes until both of the others know that the third has crashed."""
    world = World(Random(seed), config=FAST)
    names = world.cluster(3)
    world.until(lambda: world.agreed(names), most=10)
    world.run(seed / 7)
    world.crash("m2")
    return world.until(
        lambda: all(world.view(name)["m2"] is State.DEAD for name in names[:2]), 3, step=0.01
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_who_leaves_is_known_to_have_left_and_not_to_have_failed(seed: int) -> None:
    world, names = settled(seed, 12)
    world.do("m3", world.hosts["m3"].swim.leave(world.now))
    world.until(lambda: Kind.MEMBER_LEAVE in world.hosts["m3"].kinds("m3"), most=5)
    world.crash("m3")
    world.run(60)
    for name in names:
        if name != "m3":
            assert world.hosts[name].kinds("m3") == [Kind.MEMBER_JOIN, Kind.MEMBER_LEAVE]


@pytest.mark.parametrize("seed", SEEDS)
def test_who_crashes_and_comes_back_is_a_member_again(seed: int) -> None:
    world, names = settled(seed, 12)
    world.crash("m3")
    world.run(30)
    world.add("m3", join="m0", meta=b"again")
    world.until(lambda: world.agreed(names), most=10)


@pytest.mark.parametrize("seed", SEEDS)
def test_new_metadata_reaches_all(seed: int) -> None:
    world, names = settled(seed, 20)
    world.do("m5", world.hosts["m5"].swim.update(b"new", world.now))
    world.until(lambda: world.agreed(names), most=5)
    assert Kind.MEMBER_UPDATE in world.hosts["m9"].kinds("m5")


@pytest.mark.parametrize("lasting", [40, 200])
@pytest.mark.parametrize("seed", SEEDS)
def test_two_halves_find_together_again_however_long_they_were_apart(
    seed: int, lasting: float
) -> None:
    world, names = settled(seed, 10)
    world.partition(names[:4], names[4:])
    world.run(lasting)
    assert world.view("m0")["m9"] is State.DEAD
    world.partition()
    world.until(lambda: world.agreed(names), most=240)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_that_was_alone_for_long_finds_back(seed: int) -> None:
    world, names = settled(seed, 6)
    world.partition(names[:1], names[1:])
    world.run(300)
    world.partition()
    world.until(lambda: world.agreed(names), most=240)


def test_an_idle_cluster_sends_two_datagrams_per_member_and_interval() -> None:
    world, names = settled(1, 10)
    world.run(30)
    sent = world.datagrams
    world.run(30)
    assert (world.datagrams - sent) / 30 / len(names) == pytest.approx(2.0, rel=0.05)


def test_a_cluster_under_label_and_keys_is_a_cluster() -> None:
    config = replace(LAN, envelope=Envelope(b"blue", Keyring(bytes(32))))
    world = World(Random(1), config=config)
    names = world.cluster(6)
    world.until(lambda: world.agreed(names), most=20)
    assert not any(host.swim.counters["not_decryptable"] for host in world.hosts.values())


def test_members_of_another_cluster_do_not_come_in() -> None:
    world, names = settled(1, 4)
    world.config = replace(LAN, envelope=Envelope(b"blue"))
    stranger = world.add("stranger", join="m0")
    world.run(60)
    assert list(stranger.swim.members) == ["stranger"]
    assert all("stranger" not in world.view(name) for name in names)
    assert world.hosts["m0"].swim.counters["wrong_label"] > 0


def test_a_second_one_of_a_name_is_a_conflict_and_the_first_stays() -> None:
    world, _ = settled(1, 4)
    first = world.hosts.pop("m2")
    world.hosts["gap"] = first
    twin = world.add("m2", join="m0")
    world.run(5)
    assert Kind.MEMBER_CONFLICT in world.hosts["m0"].kinds("m2")
    assert world.hosts["m0"].swim.members["m2"].at == first.at
    assert Kind.MEMBER_CONFLICT in twin.kinds("m2")


@pytest.mark.parametrize("seed", SEEDS)
def test_with_lost_datagrams_nobody_alive_is_given_up(seed: int) -> None:
    world, names = settled(seed, 16, Faults(loss=0.05))
    world.run(300)
    failed = [k for h in world.hosts.values() for _, k, _ in h.events if k is Kind.MEMBER_FAILED]
    assert failed == []
    world.until(lambda: world.agreed(names), most=60)


histories = st.lists(
    st.tuples(
        st.sampled_from(["crash", "start", "leave", "update", "cut", "heal", "wait"]),
        st.integers(0, 5),
        st.floats(0.1, 8),
    ),
    max_size=10,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 2**32),
    st.builds(
        Faults, st.floats(0, 0.3), st.floats(0, 0.3), st.sampled_from([(0.0, 0.01), (0.0, 0.3)])
    ),
    histories,
)
def test_whatever_happens_once_the_network_is_well_all_converge(
    seed: int, faults: Faults, history: list[tuple[str, int, float]]
) -> None:
    world = World(Random(seed), faults, FAST)
    names = world.cluster(6)
    world.run(1)
    gone: set[str] = set()
    for what, number, seconds in history:
        _happen(world, names, gone, what, number)
        world.run(seconds)
    world.partition()
    world.faults = WELL
    for name in sorted(gone):
        world.add(name, join=_anybody(names, gone))
    world.until(lambda: world.agreed(names), most=120)
    world.run(20)
    assert world.agreed(names)


def _anybody(names: list[str], gone: set[str]) -> str:
    return next((name for name in names if name not in gone), names[0])


def _happen(world: World, names: list[str], gone: set[str], what: str, number: int) -> None:
    """One thing of a history; `gone` are those that crashed or left."""
    name = names[number]
    host = world.hosts[name]
    if what == "cut":
        world.partition(names[:number], names[number:])
    elif what == "heal":
        world.partition()
    elif what == "start" and name in gone:
        gone.discard(name)
        world.add(name, join=_anybody(names, gone | {name}))
    elif what == "crash" and name not in gone:
        gone.add(name)
        world.crash(name)
    elif what == "leave" and name not in gone:
        gone.add(name)
        world.do(name, host.swim.leave(world.now))
    elif what == "update" and name not in gone:
        world.do(name, host.swim.update(bytes([number]), world.now))
