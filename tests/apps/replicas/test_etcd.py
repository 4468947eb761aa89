"""Mastership that is written down: keys, leases and revisions, with an etcd that is a dict."""

from __future__ import annotations

import pytest

import openflow as of
from apps.replicas.coordinator import Coordinator
from apps.replicas.etcd.coordinator import EtcdCoordinator
from apps.replicas.etcd.deeds import Create, Deed, Delete, Held, Put, Revoke
from apps.replicas.etcd.runtime import endpoints
from apps.replicas.rendezvous import choose
from controller.script import ScriptError
from openflow.versions import SUPPORTED, Version
from tests.apps.replicas.cluster import Cluster, Replica, sends_flow

EIGHT = range(1, 9)
TTL_S = 2.0
VERSIONS = pytest.mark.parametrize("version", SUPPORTED, ids=str)


class EtcdReplica(Replica):
    """One that asks etcd."""

    def coordinated(self) -> Coordinator:
        self.core = EtcdCoordinator(self.ctrl, self.name, "/test/")
        return self.core


class EtcdCluster(Cluster):
    """`away`: those who do not reach etcd."""

    def __init__(self, *names: str) -> None:
        self.revision = 0
        self.keys: dict[bytes, Held] = {}
        self.leases: dict[int, float] = {}
        self.away: set[str] = set()
        self.time = 0.0
        super().__init__(*names)

    def made(self, name: str) -> Replica:
        return EtcdReplica(name)

    def reaching(self) -> list[EtcdReplica]:
        found = [self.replicas[name] for name in self.alive() if name not in self.away]
        return [one for one in found if isinstance(one, EtcdReplica)]

    def gossip(self) -> None:
        super().gossip()
        self.time += 0.05
        for lease in [lease for lease, until in self.leases.items() if until <= self.time]:
            self.revoke(lease)
        for replica in self.reaching():
            self.refresh(replica)
            for deed in list(replica.core.deeds()):
                self.do(replica, deed)

    def refresh(self, replica: EtcdReplica) -> None:
        core = replica.core
        if core.lease not in self.leases:
            core.lease = len(self.leases) + 1000 + self.revision
            core.load(self.keys)
        self.leases[core.lease] = self.time + TTL_S
        core.granted(core.lease, replica.shell.time + TTL_S)

    def do(self, replica: EtcdReplica, deed: Deed) -> None:
        lease = replica.core.lease
        match deed:
            case Put(key, value):
                self.write(key, Held(value, lease, self.revision + 1))
            case Create(key, value) if key not in self.keys:
                self.write(key, Held(value, lease, self.revision + 1))
            case Delete(key):
                self.write(key, None)
            case Revoke(other):
                self.revoke(other)

    def revoke(self, lease: int) -> None:
        self.leases.pop(lease, None)
        for key in [key for key, held in self.keys.items() if held.lease == lease]:
            self.write(key, None)

    def write(self, key: bytes, held: Held | None) -> None:
        self.revision += 1
        if held is None:
            self.keys.pop(key, None)
        else:
            self.keys[key] = held
        for replica in self.reaching():
            replica.core.changed(key, held)


def started(version: Version = of.V1_4) -> EtcdCluster:
    cluster = EtcdCluster("a", "b", "c")
    for dpid in EIGHT:
        cluster.add(dpid, version)
    cluster.run()
    return cluster


@VERSIONS
def test_each_switch_has_the_master_that_is_chosen_and_its_key_says_so(version: Version) -> None:
    cluster = started(version)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "abc")] for dpid in EIGHT}
    for dpid in EIGHT:
        held = cluster.keys[b"/test/master/%016x" % dpid]
        assert held.value.decode() == choose(dpid, "abc")
        if version >= of.V1_2:
            assert cluster.switches[dpid].election.generation_id == held.created


@VERSIONS
def test_a_crash_that_swim_notices_moves_the_switches_at_once(version: Version) -> None:
    cluster = started(version)
    cluster.crash("b")
    cluster.run(0.3)
    cluster.check()


def test_a_crash_that_nobody_notices_moves_them_when_the_lease_has_ended() -> None:
    cluster = started()
    cluster.stopped.add("b")
    for switch in cluster.switches.values():
        del switch.channels["b"]
    cluster.run(TTL_S + 0.3)
    cluster.check()


def test_who_is_deaf_ends_nobodys_lease() -> None:
    cluster = started()
    cluster["b"].health = 8
    cluster.sees("b", "b")
    cluster.run()
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, "abc")] for dpid in EIGHT}


@pytest.mark.parametrize("parts", ["a b", "ab c", "a b c"])
def test_replicas_that_hear_etcd_and_not_each_other_end_a_lease_once(parts: str) -> None:
    names = parts.replace(" ", "")
    cluster = EtcdCluster(*names)
    for dpid in EIGHT:
        cluster.add(dpid)
    cluster.run()
    for part in parts.split():
        for name in part:
            cluster.sees(name, *part)
    cluster.run(12)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, names)] for dpid in EIGHT}
    assert sum(map(len, cluster.histories().values())) < 8 * len(EIGHT)


def test_who_fails_twice_loses_his_lease_twice() -> None:
    cluster = started()
    for _ in range(2):
        first = cluster["b"].coordinator.lease  # type: ignore[attr-defined]
        for other in "ac":
            cluster.sees(other, "a", "c")
        cluster.run(1)
        assert first not in cluster.leases
        for other in "ac":
            cluster.sees(other, "a", "b", "c")
        cluster.run(1)
    cluster.check()


def test_who_does_not_reach_etcd_keeps_his_switches_while_his_lease_lasts_and_no_longer() -> None:
    cluster = started()
    mine = set(cluster["b"].apps)
    cluster.away.add("b")
    cluster.run(TTL_S - 0.3)
    assert cluster["b"].apps == mine
    cluster.run(0.6)
    assert not cluster["b"].apps
    assert all(
        line.endswith("our lease in etcd has ended") for line in cluster["b"].history[-len(mine) :]
    )
    cluster.run()
    cluster.check()
    cluster.away.clear()
    cluster.run(12)
    cluster.check()
    assert cluster["b"].apps == mine


def test_without_etcd_all_step_down_and_come_back_with_it() -> None:
    cluster = started()
    cluster.away |= {"a", "b", "c"}
    cluster.run(TTL_S + 0.3)
    assert not any(replica.apps for replica in cluster.replicas.values())
    cluster.away.clear()
    cluster.run(12)
    cluster.check()


def test_a_master_that_was_paused_writes_nothing_when_it_is_resumed() -> None:
    cluster = started()
    mine = sorted(cluster["b"].apps)
    cluster.stopped.add("b")
    cluster.run(TTL_S + 1)
    for dpid in mine:
        sends_flow(cluster["b"], dpid)
    cluster["b"].shell.run()
    for dpid in mine:
        assert not cluster.switches[dpid].channels["b"].flow_mods
    cluster["b"].shell.pass_time(TTL_S)
    assert not cluster["b"].apps


def test_a_switch_with_a_generation_of_elsewhere_is_taken_with_a_later_one_each_time() -> None:
    cluster = EtcdCluster("a", "b", "c")
    switch = cluster.add(1)
    switch.election.generation_id = 1 << 40
    generations = [1 << 40]
    for _ in range(4):
        cluster.run(12)
        cluster.check()
        generations.append(switch.election.reported)
        (master,) = switch.masters
        cluster.stopped = {master}
        cluster.run(TTL_S + 1)
        generations.append(switch.election.reported)
        cluster.stopped.clear()
    assert generations == sorted(set(generations))


@pytest.mark.parametrize("foreign", [0, 1 << 40], ids=["its own", "elsewhere"])
def test_a_masters_request_that_comes_late_is_stale(foreign: int) -> None:
    cluster = EtcdCluster("a", "b")
    switch = cluster.add(1)
    switch.election.generation_id = foreign
    cluster.run()
    (master,) = switch.masters
    late = of.RoleRequest(of.ControllerRole.MASTER, switch.election.reported)
    cluster.stopped.add(master)
    cluster.run(TTL_S + 1)
    (answer,) = switch.asked(switch.channels[master], late)
    assert isinstance(answer, of.ErrorMsg)
    assert answer.error is of.ErrorCode.ROLE_REQUEST_FAILED__STALE


def test_of_two_with_one_name_the_later_one_has_the_switches_and_the_other_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = EtcdCluster("a")
    cluster.add(1)
    cluster.run()
    cluster.replicas["again"] = again = EtcdReplica("a", b"another life")
    cluster.connect(1, "again")
    written = cluster.revision
    cluster.run(6)
    assert cluster.switches[1].masters == ["again"]
    assert again.apps == {1}
    assert not cluster["a"].apps
    assert cluster.revision < written + 10
    assert "another replica is called a, and takes our place" in caplog.text


def test_a_name_may_have_a_slash_in_it() -> None:
    cluster = EtcdCluster("rack 1/a", "rack 2/a")
    cluster.add(1)
    cluster.run()
    cluster.check()


def test_who_leaves_leaves_his_switches_to_the_others() -> None:
    cluster = started()
    cluster["b"].coordinator.leave()
    cluster.run()
    cluster.check()
    assert not cluster["b"].apps


def test_what_is_configured_is_there_for_all() -> None:
    cluster = started()
    cluster.write(b"/test/config/vlan", Held(b'{"of": [1, 2]}', 0, 1))
    cluster.write(b"/test/config/wrong", Held(b"{", 0, 1))
    cluster.run(0.2)
    for replica in cluster.replicas.values():
        assert replica.ctrl.shared("config") == {"vlan": {"of": (1, 2)}}
    cluster.write(b"/test/config/vlan", None)
    cluster.run(0.2)
    assert not any(replica.ctrl.shared("config") for replica in cluster.replicas.values())


@pytest.mark.parametrize("key", [b"/test/master/xyz", b"/test/", b"/test/master", b"/test/\xff/1"])
def test_keys_of_others_do_not_matter(key: bytes) -> None:
    cluster = started()
    cluster.write(key, Held(b"x", 0, 1))
    cluster.run(1)
    cluster.check()


def test_addresses() -> None:
    assert endpoints("etcd://10.0.0.1:2379,db") == [("10.0.0.1", 2379), ("db", 2379)]
    for text in ("http://x", "etcd://", "etcd://x:y", "etcd://x:99999", "x:1"):
        with pytest.raises(ScriptError, match="write etcd://"):
            endpoints(text)
