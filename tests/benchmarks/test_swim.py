"""The benchmark of membership protocols, on clusters of a few."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest

from apps.swim.effects import Event, Kind
from apps.swim.simulation.crowd import Crowd
from apps.swim.simulation.host import Host
from benchmarks.swim import plot, report
from benchmarks.swim.cells import Cell, plan, seeds
from benchmarks.swim.chances import pooled, times_at_least
from benchmarks.swim.clusters import Peace, cluster, season, victims
from benchmarks.swim.contenders import (
    BASIC,
    CONDITIONS,
    CONTENDERS,
    MIRAGE,
    OURS,
    PAPER,
    SIZES,
    SLOW,
    VERSIONS,
    Contender,
)
from benchmarks.swim.findings import Findings
from benchmarks.swim.measure import Mean, Measurement, measure

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
    assert 0 < one.known.value < 60


def test_who_runs_well_and_is_given_up_is_a_false_positive() -> None:
    found = measure(BASIC, Cell("10 % lost", 16), 1, 0.02)
    assert found.per_hour(found.false_events) > 1
    assert found.false_events >= found.incidents > 1
    assert measure(OURS, Cell("10 % lost", 16), 1, 0.02).false_events == 0


def test_only_members_that_run_well_crash_and_each_batch_waits_until_all_know_of_the_last() -> None:
    todo = replace(plan(by_name[OURS], Cell(SLOW, 40)), batches=3, crashes=2)
    world = cluster(by_name[OURS].make, CONDITIONS[SLOW], 40, seed=1)
    world.run(5)
    found = victims(world, todo)
    crashed = [host for host in world.hosts.values() if not host.up]
    assert len(found) == len(crashed) == 6
    assert not any(host.slow for host in crashed)
    assert found[1].crash is not None
    assert found[2].crash is not None
    assert found[1].known is not None
    assert found[2].crash >= found[1].crash + found[1].known


@pytest.mark.parametrize(("condition", "told_apart"), [(SLOW, True), ("nothing lost", False)])
def test_where_the_warm_up_is_long_what_is_sent_at_the_beginning_is_told_apart(
    condition: str, *, told_apart: bool
) -> None:
    todo = replace(plan(by_name[OURS], Cell(condition, 20)), peace_s=5)
    peace = Peace(cluster(by_name[OURS].make, CONDITIONS[condition], 20, seed=1), todo)
    assert peace.member_s == 100
    assert (peace.first_bytes_per_s is not None) is told_apart


@pytest.mark.parametrize("size", SIZES)
def test_enough_crash_for_a_standard_error_of_a_twentieth_and_never_too_many(size: int) -> None:
    todo = plan(by_name[OURS], Cell("nothing lost", size))
    in_all = todo.clusters * todo.batches * todo.crashes
    assert in_all >= (64 if size == 8192 else 300)
    assert todo.batches * todo.crashes <= size / 8


def test_where_members_are_slow_what_rarely_errs_is_watched_for_long() -> None:
    ours, paper, basic = (plan(by_name[name], Cell(SLOW, 16)) for name in (OURS, PAPER, BASIC))
    assert ours.peace_s > paper.peace_s > 10 * basic.peace_s
    assert ours.peace_s * ours.clusters * 16 / 3600 == pytest.approx(1400)
    cell = Cell("5 % lost", 16)
    assert plan(by_name[OURS], cell) == plan(by_name[BASIC], cell)


def test_ours_is_measured_with_more_seeds_where_clusters_are_large_or_members_slow() -> None:
    assert seeds(by_name[OURS], Cell("5 % lost", 8192)) == 3
    assert seeds(by_name[PAPER], Cell(SLOW, 8192)) == 1
    assert seeds(by_name[OURS], Cell(SLOW, 128)) == 3
    assert seeds(by_name[OURS], Cell(SLOW, 8192)) == 6
    assert (
        seeds(by_name[BASIC], Cell(SLOW, 128)) == seeds(by_name[OURS], Cell("5 % lost", 128)) == 1
    )


def test_a_cluster_too_large_to_learn_who_is_slow_begins_with_knowing_it() -> None:
    large, small = (plan(by_name[OURS], Cell(SLOW, size)) for size in (8192, 1024))
    assert large.seasoned
    assert large.warm_up_s < small.warm_up_s
    assert not small.seasoned
    assert not plan(by_name[OURS], Cell("5 % lost", 8192)).seasoned

    world = cluster(by_name[OURS].make, CONDITIONS[SLOW], 40, seed=1)
    season(world)
    slow = [name for name, host in world.hosts.items() if host.slow]
    assert slow
    for host in world.hosts.values():
        lenient_to = [name for name in world.hosts if host.swim.leniency.due(name, 0.0)]
        assert lenient_to == slow
    season(cluster(by_name[PAPER].make, CONDITIONS[SLOW], 40, seed=1))


def test_who_is_taken_for_dead_in_the_end_is_lost() -> None:
    world = cluster(by_name[BASIC].make, CONDITIONS["nothing lost"], 8, seed=1)
    world.partition(["m3"])
    world.run(40)
    world.partition()
    todo = replace(plan(by_name[BASIC], Cell("nothing lost", 8)), peace_s=5)
    assert Peace(world, todo).lost == pytest.approx((7 + 7) / 8 / 7)


# --- figures ----------------------------------------------------------------------------------------


def measured(contender: str, **changed: Any) -> Measurement:
    values: dict[str, Any] = {
        "contender": contender, "cell": Cell("5 % lost", 16), "seed": 1, "detected": Mean(1.5, 0.05, 300),
        "given_up": Mean(5.0, 0.1, 300), "known": Mean(6.0, 0.1, 300), "missed": 0.0, "false_events": 0, "incidents": 0,
        "accused_events": 0, "slow_events": 0, "lost": 0.0, "bytes_per_s": 200.0, "first_bytes_per_s": None,
        "datagrams_per_s": 2.0, "member_hours": 1.0, "speed": 9.0,
    }  # fmt: skip
    return Measurement(**(values | changed))


def test_means_are_of_all_crashes_and_rates_of_all_that_time() -> None:
    runs = [(Mean(1.0, 0.3, 10), 0, 1.0, 100.0), (Mean(2.0, 0.1, 30), 60, 2.0, 700.0)]
    findings = Findings(
        CONTENDERS,
        [
            measured(OURS, detected=d, false_events=f, member_hours=h, bytes_per_s=b)
            for d, f, h, b in runs
        ],
    )
    cell = Cell("5 % lost", 16)
    assert findings.figure(OURS, cell, "detected") == 1.75
    assert findings.figure(OURS, cell, "false_per_hour") == pytest.approx(60 / 15 / 3)
    assert findings.figure(OURS, cell, "member_hours") == 3.0
    assert findings.figure(OURS, cell, "bytes_per_s") == 400.0
    assert findings.figure(PAPER, cell, "detected") is None


def test_the_standard_error_of_parts_is_that_of_the_whole() -> None:
    values = [Random(1).gauss(1.5, 1) for _ in range(400)]
    parts = [values[at : at + 100] for at in range(0, 400, 100)]
    found = pooled(Mean(fmean(part), stdev(part) / 10, 100) for part in parts)
    assert found is not None
    assert found.value == pytest.approx(fmean(values))
    assert found.error == pytest.approx(stdev(values) / 20, rel=0.05)
    assert pooled([]) is None


def test_where_ours_never_errs_a_ratio_is_bounded_by_the_rule_of_three() -> None:
    assert times_at_least(1000, 100.0, 0, 100.0) == pytest.approx(1000 / 3, rel=0.01)
    assert times_at_least(1000, 100.0, 0, 200.0) == pytest.approx(2000 / 3, rel=0.01)
    assert times_at_least(20, 100.0, 0, 100.0) < 20 / 3
    assert 1 < times_at_least(1000, 100.0, 10, 100.0) < 100
    assert times_at_least(0, 100.0, 0, 100.0) == times_at_least(9, 1.0, 1, 0.0) == 0


# --- the report -------------------------------------------------------------------------------------


def test_the_report_has_a_row_for_each_protocol_and_size() -> None:
    findings = Findings(
        CONTENDERS, [measured(OURS), measured(MIRAGE, known=None, missed=1.0, false_events=1095)]
    )
    text = report.markdown(findings)
    assert "| ours | 16 | 1.50 ± 0.05 | 5.00 | 6.00 | 0 | 0 |" in text
    assert "| mirage-swim's rules | 16 | 1.50 ± 0.05 | 5.00 | never | 100.0% | 73 |" in text
    assert len(json.loads(report.as_json(findings))["figures"]) == 2


def test_the_report_shows_the_load_of_all_sizes_side_by_side() -> None:
    small, large = (measured(OURS, cell=Cell("5 % lost", size)) for size in (16, 8192))
    text = report.markdown(Findings(CONTENDERS, [small, replace(large, bytes_per_s=250.0)]))
    assert "| ours | 5 % lost | 200 | 250 |" in text
    assert "| ours | 5 % lost | 2.00 | 2.00 |" in text


def test_the_picture_is_drawn_of_what_there_is(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    cells = [Cell("5 % lost", 16), Cell("5 % lost", 8192), Cell(SLOW, 16)]
    never = measured(MIRAGE, known=None, missed=1.0, false_events=1095)
    findings = Findings(CONTENDERS, [never, *(measured(OURS, cell=cell) for cell in cells)])
    plot.draw(findings, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_report_compares_what_is_rare_with_ours() -> None:
    cell = Cell(SLOW, 16)
    ours = measured(OURS, cell=cell, member_hours=3000.0, first_bytes_per_s=900.0)
    paper = measured(PAPER, cell=cell, member_hours=1000.0, false_events=45, incidents=40)
    text = report.markdown(Findings(CONTENDERS, [ours, paper]))
    assert "| ours | 16 | 3,000 | 0 | 0 | 0 |  |" in text
    assert "| SWIM | 16 | 1,000 | 45 | 40 | 0.04 | at least 38.6 |" in text
    assert "| ours | 5 % slow | 900 |" in text
    text = report.markdown(Findings(CONTENDERS, [replace(ours, incidents=1), paper]))
    assert "| 120.0 (at least " in text


def test_events_are_told_to_whoever_watches() -> None:
    seen: list[tuple[str, Kind]] = []

    def watch(host: Host[Any], event: Event) -> None:
        seen.append((host.name, event.kind))

    world = crowd(by_name[BASIC], 3)
    world.watch = watch
    world.crash("m0")
    world.run(6)
    assert sorted(seen) == [("m1", Kind.MEMBER_FAILED), ("m2", Kind.MEMBER_FAILED)]
