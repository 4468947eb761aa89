"""Histories of chance: replicas that are paused, deaf, mute or of another mind, and connections that break.

Whatever happens, no switch has two masters; and once all is well again each has the one that all agree on, there its
apps see it, and nowhere else. The seed of a history stands in the name of its test.
"""

from __future__ import annotations

from random import Random

import pytest

from apps.replicas.etcd.coordinator import EtcdCoordinator
from apps.replicas.rendezvous import choose
from openflow.versions import V1_0, V1_3, V1_4, Version
from tests.apps.replicas.cluster import Cluster
from tests.apps.replicas.test_etcd import EtcdCluster

NAMES, DPIDS = "abc", range(1, 5)
PAUSES_S = (0.05, 0.2, 1.0, 3.0)
YIELDS_WHILE_IT_ASKS = 80
"""The seed of a history in which one yields a switch that has not yet read its last request to be the master."""


class History:
    """What happens to a cluster, drawn by a seed."""

    def __init__(self, cluster: Cluster, version: Version, seed: int) -> None:
        self.cluster = cluster
        self.rng = Random(seed)
        self.acts = (
            *(self.deafen, self.mute, self.pause, self.resume, self.hear),
            *(self.doubt, self.see, self.sicken, self.hang_up, self.call, self.leave_etcd),
        )
        for dpid in DPIDS:
            cluster.add(dpid, version)
        cluster.run(2)

    def live(self) -> None:
        """Have some things happen, and each time let some time pass."""
        for _ in range(self.rng.randrange(3, 14)):
            self.rng.choice(self.acts)(self.rng.choice(NAMES))
            self.cluster.run(self.rng.choice(PAUSES_S))
            for dpid, switch in self.cluster.switches.items():
                assert len(switch.masters) <= 1, (dpid, switch.masters)

    def heal(self) -> None:
        """All is well again, and everybody has heard everything."""
        cluster = self.cluster
        for troubled in (cluster.deaf, cluster.mute, cluster.stopped):
            troubled.clear()
        if isinstance(cluster, EtcdCluster):
            cluster.away.clear()
        for name in NAMES:
            cluster[name].health = 0
            self.call(name)
            self.load(name)
            cluster.sees(name, *NAMES)
            for other in NAMES:
                cluster[name].ctrl.cluster.merge(cluster[other].ctrl.cluster.state())

    def load(self, name: str) -> None:
        """Have a replica read what it has missed of etcd."""
        coordinator = self.cluster[name].coordinator
        if isinstance(self.cluster, EtcdCluster) and isinstance(coordinator, EtcdCoordinator):
            coordinator.load(self.cluster.keys)

    # --- what may happen ------------------------------------------------------------------------

    def deafen(self, name: str) -> None:
        self.cluster.deaf.add(name)

    def mute(self, name: str) -> None:
        self.cluster.mute.add(name)

    def hear(self, _: str) -> None:
        self.cluster.deaf.clear()
        self.cluster.mute.clear()

    def pause(self, name: str) -> None:
        self.cluster.stopped.add(name)

    def resume(self, name: str) -> None:
        self.cluster.stopped.discard(name)

    def doubt(self, _: str) -> None:
        for name in self.cluster.alive():
            others = [other for other in NAMES if self.rng.random() < 0.6]
            self.cluster.sees(name, *{name, *others})

    def see(self, _: str) -> None:
        for name in self.cluster.alive():
            self.cluster.sees(name, *self.cluster.alive())

    def sicken(self, name: str) -> None:
        self.cluster[name].health = self.rng.choice((0, 0, 3, 8))

    def hang_up(self, name: str) -> None:
        channels = self.cluster.switches[self.rng.choice(DPIDS)].channels
        if name in channels and name not in self.cluster.stopped:
            channels.pop(name).cable.end.close()

    def call(self, name: str) -> None:
        for dpid, switch in self.cluster.switches.items():
            if name not in switch.channels and name not in self.cluster.stopped:
                self.cluster.connect(dpid, name)

    def leave_etcd(self, name: str) -> None:
        if isinstance(self.cluster, EtcdCluster):
            self.cluster.away ^= {name}


def lived(cluster: Cluster, version: Version, seed: int, settles_s: float) -> None:
    history = History(cluster, version, seed)
    history.live()
    history.heal()
    cluster.run(settles_s, step=0.1)
    cluster.check()
    assert cluster.masters() == {dpid: [choose(dpid, NAMES)] for dpid in DPIDS}


@pytest.mark.parametrize("version", [V1_0, V1_3, V1_4], ids=str)
@pytest.mark.parametrize("seed", [*range(12), YIELDS_WHILE_IT_ASKS])
def test_whatever_happens_each_switch_ends_with_the_master_that_is_chosen(
    seed: int, version: Version
) -> None:
    lived(Cluster(*NAMES, seed=seed), version, seed, 70)


@pytest.mark.parametrize("version", [V1_3, V1_4], ids=str)
@pytest.mark.parametrize("seed", range(12))
def test_so_it_does_where_etcd_has_it_written_down(seed: int, version: Version) -> None:
    lived(EtcdCluster(*NAMES), version, seed, 20)
