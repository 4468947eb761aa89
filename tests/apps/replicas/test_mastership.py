"""Every switch has one master, whatever happens to the replicas."""

from __future__ import annotations

from collections import Counter

import pytest

import openflow as of
from apps.replicas.rendezvous import choose
from openflow.versions import SUPPORTED, V1_0, V1_3, Version
from tests.apps.replicas.cluster import MASTER, Cluster, sends_flow

VERSIONS = pytest.mark.parametrize("version", SUPPORTED, ids=str)
EIGHT = range(1, 9)


def started(version: Version = of.V1_4, seed: int = 0) -> Cluster:
    cluster = Cluster("a", "b", "c", seed=seed)
    for dpid in EIGHT:
        cluster.add(dpid, version)
    cluster.run()
    return cluster


@VERSIONS
def test_each_switch_has_the_master_that_all_agree_on(version: Version) -> None:
    cluster = started(version)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "abc")] for dpid in EIGHT}
    assert {len(replica.history) for replica in cluster.replicas.values()} == {
        len(replica.apps) for replica in cluster.replicas.values()
    }


@VERSIONS
def test_a_crash_moves_the_switches_of_the_one_that_crashed_and_no_others(version: Version) -> None:
    cluster = started(version)
    before = cluster.masters()
    cluster.crash("b")
    cluster.run()
    cluster.check()
    for dpid, masters in cluster.masters().items():
        assert masters == (before[dpid] if before[dpid] != ["b"] else [choose(dpid, "ac")])
    assert not any("leave" in line for name in "ac" for line in cluster[name].history)


def test_a_crash_moves_them_at_once() -> None:
    cluster = started()
    cluster.crash("b")
    cluster.run(0.1)
    cluster.check()


@VERSIONS
def test_all_but_one_may_crash(version: Version) -> None:
    cluster = started(version)
    cluster.crash("b")
    cluster.crash("c")
    cluster.run()
    cluster.check()
    assert cluster["a"].apps == set(EIGHT)


@VERSIONS
def test_whoever_comes_back_gets_his_switches_back(version: Version) -> None:
    cluster = started(version)
    for other in "ac":
        cluster.sees(other, "a", "c")
    cluster.stopped.add("b")
    cluster.run()
    assert cluster["a"].apps | cluster["c"].apps == set(EIGHT)
    cluster.stopped.remove("b")
    for other in "ac":
        cluster.sees(other, "a", "b", "c")
    cluster["b"].ctrl.cluster.merge(cluster["a"].ctrl.cluster.state())
    cluster.run(130)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "abc")] for dpid in EIGHT}


def test_only_who_is_connected_is_a_candidate() -> None:
    cluster = Cluster("a", "b", "c")
    for dpid in EIGHT:
        cluster.add(dpid, to="ac")
    cluster.run()
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "ac")] for dpid in EIGHT}


def test_a_switch_whose_connection_to_its_master_breaks_gets_another() -> None:
    cluster = started()
    for dpid in EIGHT:
        if channel := cluster.switches[dpid].channels.pop("a", None):
            channel.cable.end.close()
    cluster.run()
    cluster.check()
    assert not cluster["a"].apps


@pytest.mark.parametrize("version", [v for v in SUPPORTED if v > of.V1_1], ids=str)
def test_a_paused_master_writes_nothing_when_it_is_resumed(version: Version) -> None:
    cluster = started(version)
    mine = sorted(cluster["b"].apps)
    cluster.stopped.add("b")
    for other in "ac":
        cluster.sees(other, "a", "c")
    cluster.run()
    for dpid in mine:
        sends_flow(cluster["b"], dpid)
    cluster["b"].shell.run()
    for dpid in mine:
        channel = cluster.switches[dpid].channels["b"]
        assert (channel.flow_mods, channel.refused) == ([], 1)
        assert dpid not in cluster["b"].apps


def test_a_newer_master_always_has_the_larger_generation() -> None:
    cluster = started()
    generations = {dpid: cluster.switches[dpid].election.generation_id for dpid in EIGHT}
    cluster.crash("b")
    cluster.run()
    cluster.crash("c")
    cluster.run()
    for dpid in EIGHT:
        now = cluster.switches[dpid].election.generation_id
        moved = choose(dpid, "abc") != choose(dpid, "a")
        assert now is not None
        assert now > (generations[dpid] or 0) if moved else now == generations[dpid]


def test_a_switch_that_knows_a_later_generation_is_taken_with_the_one_behind() -> None:
    cluster = Cluster("a", "b")
    switch = cluster.add(1)
    switch.election.generation_id = 1 << 40
    cluster.run()
    cluster.check()
    assert switch.election.generation_id == (1 << 40) + 1


def test_generations_go_round() -> None:
    cluster = Cluster("a", "b")
    switch = cluster.add(1)
    switch.election.generation_id = (1 << 64) - 2
    cluster.run()
    cluster.check()
    assert switch.election.generation_id < 1000


def test_a_stale_generation_is_made_good_at_once_where_nobody_else_wants_it() -> None:
    cluster = started()
    for switch in cluster.switches.values():
        switch.election.generation_id = 10_000
    cluster.crash("b")
    cluster.run(0.2)
    cluster.check()


@VERSIONS
def test_who_hears_nobody_loses_his_switches_and_does_not_fight(version: Version) -> None:
    cluster = started(version)
    cluster.deaf.add("b")
    cluster["b"].health = 8
    for other in "ac":
        cluster.sees(other, "a", "c")
    cluster.run(1)
    cluster.sees("b", "b")
    if version <= of.V1_1:
        return  # nothing tells him, and nothing fences: see docs/replicas.md
    before = Counter(len(replica.history) for replica in cluster.replicas.values())
    cluster.run(5)
    after = Counter(len(replica.history) for replica in cluster.replicas.values())
    assert sum(after.elements()) - sum(before.elements()) <= 2 * len(EIGHT)
    for switch in cluster.switches.values():
        assert len(switch.masters) == 1


def test_who_hears_nobody_has_nothing_left() -> None:
    cluster = started()
    cluster.deaf.add("b")
    cluster["b"].health = 8
    for other in "ac":
        cluster.sees(other, "a", "c")
    cluster.run(1)
    assert not cluster["b"].apps
    cluster.sees("b", "b")
    cluster.run(5)
    cluster.check()
    assert not cluster["b"].apps


def test_who_is_well_again_has_his_switches_back_soon() -> None:
    cluster = started()
    mine = set(cluster["b"].apps)
    cluster.deaf.add("b")
    cluster["b"].health = 8
    for other in "ac":
        cluster.sees(other, "a", "c")
    cluster.run(3)
    cluster.deaf.clear()
    cluster["b"].ctrl.cluster.merge(cluster["a"].ctrl.cluster.state())
    for name in "abc":
        cluster.sees(name, "a", "b", "c")
    cluster.run(1)
    assert not cluster["b"].apps
    cluster["b"].health = 0
    cluster.run(2)
    cluster.check()
    assert cluster["b"].apps == mine


@pytest.mark.parametrize(
    "message",
    [of.PacketIn(), of.ErrorMsg(of.ErrorCode.BAD_REQUEST__EPERM), of.RoleStatus(MASTER)],
    ids=["packet-in", "error", "role status"],
)
def test_only_what_says_so_costs_a_master_his_switch(message: of.Message) -> None:
    cluster = started()
    dpid, (name,) = next(iter(cluster.masters().items()))
    cluster.switches[dpid].channels[name].cable.send(message)
    cluster.run(1)
    cluster.check()
    assert not any("leave" in line for line in cluster[name].history)


def test_two_sides_of_a_partition_do_not_duel_for_long() -> None:
    cluster = Cluster("a", "b")
    for dpid in EIGHT:
        cluster.add(dpid)
    cluster.run()
    cluster.deaf |= {"a", "b"}
    cluster.sees("a", "a")
    cluster.sees("b", "b")
    cluster.run(120)
    moves = sum(len(replica.history) for replica in cluster.replicas.values())
    assert moves < len(EIGHT) * 30
    for dpid, switch in cluster.switches.items():
        assert len(switch.masters) == 1, dpid
    cluster.deaf.clear()
    for name in "ab":
        cluster[name].ctrl.cluster.merge(cluster["ba"["ab".index(name)]].ctrl.cluster.state())
        cluster.sees(name, "a", "b")
    cluster.run(60)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "ab")] for dpid in EIGHT}


@pytest.mark.parametrize("seed", range(8))
def test_on_1_0_the_one_whom_gossip_calls_later_stays(seed: int) -> None:
    cluster = started(V1_0, seed)
    cluster.deaf |= {"a", "b", "c"}
    for name in "abc":
        cluster.sees(name, name)
    cluster.run(1)
    cluster.deaf.clear()
    for name in "abc":
        for other in "abc":
            cluster[name].ctrl.cluster.merge(cluster[other].ctrl.cluster.state())
        cluster.sees(name, *"abc")
    cluster.run(130)
    cluster.check()


def test_a_switch_that_knows_no_roles_has_a_master_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster("a", "b")
    switch = cluster.add(1, V1_3)

    def refuse(request: of.RoleRequest) -> list[of.Message]:
        code = of.ErrorCode.BAD_REQUEST__BAD_TYPE
        return [of.ErrorMsg(code, of.encode(request, V1_3))]

    for channel in switch.channels.values():
        channel.answers[of.RoleRequest] = refuse
    cluster.run(5)
    assert [name for name in "ab" if cluster[name].apps] == [choose(1, "ab")]
    assert "knows no roles" in caplog.text


def test_who_leaves_leaves_his_switches_to_the_others() -> None:
    cluster = started()
    cluster["b"].coordinator.leave()
    cluster.run()
    cluster.check()
    assert not cluster["b"].apps


def test_what_a_former_life_was_connected_to_does_not_count() -> None:
    cluster = Cluster("a", "b")
    for dpid in EIGHT:
        cluster.add(dpid, to="a")
    cluster["b"].ctrl.shared("replicas/switches").update({("b", dpid): b"old" for dpid in EIGHT})
    cluster.run()
    cluster.check()
    assert cluster["a"].apps == set(EIGHT)


def test_who_is_deposed_again_and_again_says_what_may_be_wrong(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster("a", "b")
    switch = cluster.add(1)
    cluster.run()
    (master,) = switch.masters
    stranger = Cluster("x")
    stranger.switches[1] = switch
    stranger.connect(1, "x")
    for _ in range(3):
        cluster.run(2)
        stranger.run(2)
    text = "has made itself its master 2 times though we are to be. Is it a replica that has not found us"
    assert text in caplog.text
    assert master in "ab"


@pytest.mark.parametrize("foreign", [0, 1 << 40, (1 << 64) - 2])
def test_a_masters_request_that_comes_late_is_stale(foreign: int) -> None:
    cluster = Cluster("a", "b", "c")
    switch = cluster.add(1)
    switch.election.generation_id = foreign
    cluster.run()
    for _ in range(2):
        (master,) = switch.masters
        late = of.RoleRequest(of.ControllerRole.MASTER, switch.election.reported)
        cluster.crash(master)
        cluster.run()
        (answer,) = switch.asked(cluster.switches[1].channels[switch.masters[0]], late)
        assert isinstance(answer, of.ErrorMsg)
        assert answer.error is of.ErrorCode.ROLE_REQUEST_FAILED__STALE
