"""What the presets promise, in simulation: from fixed seeds, so that the figures are the same everywhere."""

from __future__ import annotations

from random import Random
from statistics import fmean

import pytest

from apps.swim.config import FAST, LAN, PRESETS, Config
from apps.swim.effects import Event, Kind
from apps.swim.simulation import Faults, Slow, World


def after_a_crash(until: Kind, config: Config, size: int, seed: int) -> float:
    """How long it takes until somebody says this of who has crashed, in seconds."""
    world = World(Random(seed), config=config)
    names = world.acquainted(size)
    world.run((2 + world.rng.random()) * config.probe_interval_s)
    start = world.now
    found: dict[Kind, float] = {}

    def watch(_: object, event: Event) -> None:
        found.setdefault(event.kind, world.now - start)

    world.watch = watch
    world.crash(names[seed % size])
    world.until(lambda: until in found, most=100 * config.probe_interval_s, step=0.05)
    return found[until]


@pytest.mark.parametrize("size", [3, 8, 24])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_crash_is_first_suspected_after_one_and_a_half_intervals(preset: str, size: int) -> None:
    config = PRESETS[preset]
    found = [after_a_crash(Kind.MEMBER_SUSPECT, config, size, seed) for seed in range(80)]
    # 1.4 are expected, and 1.57 of the preset fast; so few make it uncertain by 0.1.
    assert fmean(found) / config.probe_interval_s < 1.7


@pytest.mark.parametrize("size", [3, 5, 8])
def test_with_the_fast_preset_a_crash_is_given_up_within_about_a_second(size: int) -> None:
    found = sorted(after_a_crash(Kind.MEMBER_FAILED, FAST, size, seed) for seed in range(40))
    assert fmean(found) < 1.1
    assert found[-1] < 2.1


def told(config: Config, size: int, faults: Faults, seconds: float) -> list[Kind]:
    """All that members say of each other in that time, while none crashes."""
    world = World(Random(1), faults, config)
    world.acquainted(size)
    world.run(seconds)
    return [kind for host in world.hosts.values() for _, kind, _ in host.events]


@pytest.mark.parametrize("size", [3, 8])
def test_with_the_fast_preset_stalls_of_a_tenth_of_a_second_cost_nobody_its_life(size: int) -> None:
    stalls = Slow(1.0, run_s=(0.05, 2.0), stall_s=(0.0, 0.1))
    assert Kind.MEMBER_FAILED not in told(FAST, size, Faults(slow=stalls), 300)


def test_slow_members_do_not_bring_others_into_disrepute() -> None:
    world = World(Random(1), Faults(slow=Slow(0.1, (0.1, 2.0), (0.5, 8.0))), LAN)
    world.acquainted(20)
    world.run(300)
    well = {name for name, host in world.hosts.items() if not host.slow}
    assert len(well) == 18
    accused = {name for host in world.hosts.values() for _, _, name in host.events}
    assert not accused & well


@pytest.mark.parametrize("size", [3, 5, 16, 64])
@pytest.mark.parametrize("cut_s", [2.5, 4.0, 8.0])
def test_a_cut_wins_hardly_anybody_patience(size: int, cut_s: float) -> None:
    world = World(Random(1), config=LAN)
    names = world.acquainted(size)
    world.partition(names[: size // 2])
    world.run(cut_s)
    world.partition()
    world.run(20)
    patient = sum(
        host.swim.leniency.due(name, world.now) for host in world.hosts.values() for name in names
    )
    assert patient < size


def test_two_halves_of_forty_find_together_again() -> None:
    world = World(Random(1), config=FAST)
    names = world.acquainted(40)
    world.partition(names[:20])
    world.run(30)
    world.partition()
    world.until(lambda: world.agreed(names), most=60, step=1)


def test_what_a_member_sends_does_not_depend_on_the_size() -> None:
    sent = {}
    for size in (32, 512):
        world = World(Random(1))
        world.acquainted(size)
        world.run(20)
        sent[size] = world.datagram_bytes / size / 20
    assert sent[512] == pytest.approx(sent[32], rel=0.05)
