"""The benchmark of membership protocols, on clusters of a few."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from apps.swim.effects import Event, Kind
from apps.swim.simulation.host import Host
from apps.swim.simulation.world import Crowd
from benchmarks.swim import report
from benchmarks.swim.contenders import BASIC, CONTENDERS, MIRAGE, OURS, PAPER, VERSIONS, Contender
from benchmarks.swim.measure import Cell, Measurement, measure
from benchmarks.swim.report import Findings

by_name = {one.name: one for one in CONTENDERS}
every_contender = pytest.mark.parametrize("contender", CONTENDERS, ids=lambda one: one.name)


def crowd(contender: Contender, size: int) -> Crowd[Any]:
    found: Crowd[Any] = Crowd(Random(1), contender.make, versions=VERSIONS)
    found.acquainted(size)
    found.run(3)
    return found


def about(crowd: Crowd[Any], name: str) -> list[Kind]:
    """What all have told of a member, one after the other."""
    return [kind for host in crowd.hosts.values() for kind in host.kinds(name)]


@every_contender
def test_a_crash_becomes_known_to_all(contender: Contender) -> None:
    world = crowd(contender, 8)
    world.crash("m3")
    rest = [host for name, host in world.hosts.items() if name != "m3"]
    world.until(lambda: all(host.swim.members["m3"].gone for host in rest), most=60)
    assert about(world, "m3").count(Kind.MEMBER_FAILED) == 7


@every_contender
def test_in_a_good_network_nobody_is_accused(contender: Contender) -> None:
    world = crowd(contender, 8)
    world.run(60)
    assert [host.events for host in world.hosts.values() if host.events] == []


def test_with_suspicion_one_that_was_cut_off_clears_itself_and_without_it_is_given_up() -> None:
    told: dict[str, list[Kind]] = {}
    for name in (PAPER, BASIC, MIRAGE):
        world = crowd(by_name[name], 8)
        world.partition(["m3"])
        world.run(2.5)
        world.partition()
        world.run(10)
        told[name] = about(world, "m3")
    assert Kind.MEMBER_CLEARED in told[PAPER]
    assert Kind.MEMBER_FAILED not in told[PAPER]
    assert Kind.MEMBER_FAILED in told[BASIC]
    assert Kind.MEMBER_FAILED in told[MIRAGE]


def test_by_mirage_swims_rules_the_dead_come_back_once_they_are_forgotten() -> None:
    world = crowd(by_name[MIRAGE], 8)
    world.partition(["m3"])
    world.run(2.5)
    world.partition()
    world.run(60)
    assert {Kind.MEMBER_FAILED, Kind.MEMBER_JOIN} <= set(about(world, "m3"))
    assert not any(host.swim.members["m3"].gone for host in world.hosts.values())


def test_by_mirage_swims_rules_who_was_cut_off_for_a_round_is_lost_for_good() -> None:
    world = crowd(by_name[MIRAGE], 4)
    world.partition(["m3"])
    world.run(10)
    world.partition()
    world.run(60)
    assert all(world.hosts[name].swim.members["m3"].gone for name in ("m0", "m1", "m2"))


@every_contender
def test_a_measurement_depends_on_its_seed_alone(contender: Contender) -> None:
    one, again = (measure(contender.name, Cell("5 % lost", 8), 3, 0.01) for _ in range(2))
    assert one.detected == again.detected
    assert one.bytes_per_s == again.bytes_per_s
    assert one.known is not None
    assert 0 < one.known < 60


def test_who_runs_well_and_is_given_up_is_a_false_positive() -> None:
    found = measure(BASIC, Cell("10 % lost", 16), 1, 0.05)
    assert found.false_per_hour > 1
    assert measure(OURS, Cell("10 % lost", 16), 1, 0.05).false_per_hour == 0


def measured(contender: str, **changed: Any) -> Measurement:
    values: dict[str, Any] = {
        "contender": contender, "cell": Cell("5 % lost", 16), "seed": 1, "detected": 1.5, "given_up": 5.0,
        "known": 6.0, "missed": 0.0, "false_per_hour": 0.0, "accused_per_hour": 0.0, "slow_per_hour": 0.0,
        "lost": 0.0, "bytes_per_s": 200.0, "datagrams_per_s": 2.0, "member_hours": 1.0, "speed": 9.0,
    }  # fmt: skip
    return Measurement(**(values | changed))


def test_figures_are_medians_but_rare_things_are_means_of_all_that_time() -> None:
    runs = [(1.0, 0.0, 1.0), (2.0, 0.0, 1.0), (4.0, 8.0, 2.0)]
    findings = Findings(
        CONTENDERS,
        [measured(OURS, detected=d, false_per_hour=f, member_hours=h) for d, f, h in runs],
    )
    assert findings.median(OURS, Cell("5 % lost", 16), "detected") == 2.0
    assert findings.median(OURS, Cell("5 % lost", 16), "false_per_hour") == 4.0
    assert findings.median(PAPER, Cell("5 % lost", 16), "detected") is None


def test_the_report_has_a_row_for_each_protocol_and_size() -> None:
    findings = Findings(
        CONTENDERS, [measured(OURS), measured(MIRAGE, known=None, missed=1.0, false_per_hour=73.2)]
    )
    text = report.markdown(findings)
    assert "| ours | 16 | 1.50 | 5.00 | 6.00 | 0 | 0 |" in text
    assert "| mirage-swim's rules | 16 | 1.50 | 5.00 | never | 100.0% | 73 |" in text
    assert len(json.loads(report.as_json(findings))["medians"]) == 2


def test_events_are_told_to_whoever_watches() -> None:
    seen: list[tuple[str, Kind]] = []

    def watch(host: Host[Any], event: Event) -> None:
        seen.append((host.name, event.kind))

    world = crowd(by_name[BASIC], 3)
    world.watch = watch
    world.crash("m0")
    world.run(6)
    assert sorted(seen) == [("m1", Kind.MEMBER_FAILED), ("m2", Kind.MEMBER_FAILED)]
