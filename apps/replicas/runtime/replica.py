"""A replica's life: SWIM tells who is alive, a coordinator who is to be the master of what."""

from __future__ import annotations

import asyncio
import binascii
import logging
import secrets
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from apps.replicas.coordinator import Coordinator
from apps.replicas.etcd.coordinator import EtcdCoordinator
from apps.replicas.etcd.runtime import Etcd, client_module, endpoints
from apps.replicas.gossip import GossipCoordinator
from apps.replicas.mastership import Mastership
from apps.replicas.runtime.company import Company
from apps.replicas.runtime.exchange import Exchange
from apps.swim import StartFailed, Swim
from apps.swim.address import Address
from apps.swim.config import PRESETS, Config
from apps.swim.effects import Deliver, Effect, Event, Kind, Shared
from apps.swim.keyring import Keyring
from apps.swim.members import Member, State
from apps.swim.packet import Envelope
from controller import Controller
from controller.script import ScriptError
from controller.settings import Cluster

_META = b"ofc1"
"""In front of a replica's life in its metadata."""
_BY_ETCD = b"etcd"
"""And behind it, where replicas are coordinated by etcd."""
LEAVE_S = 2.0
RECLAIM_S = 10.0
"""A name is free again when its replica has been dead for so long."""
LEASE_LEAST_S = 2
"""The shortest lease that etcd grants with the times that it comes with."""

HAPPENED = {
    Kind.MEMBER_JOIN: "is there",
    Kind.MEMBER_SUSPECT: "does not answer",
    Kind.MEMBER_CLEARED: "answers again",
    Kind.MEMBER_FAILED: "has failed",
    Kind.MEMBER_LEAVE: "has left",
    Kind.MEMBER_UPDATE: "was started again",
}

_UNLIKE = {
    True: "has a --coordinator, and we have none: give one to all replicas, or to none",
    False: "has no --coordinator, and we have one: give one to all replicas, or to none",
}

OWN_NAMES = (
    f"give each a name of its own (--replica-name). "
    f"That of one that has failed can be had elsewhere after {RECLAIM_S:g} s"
)

log = logging.getLogger("replicas")


class Replica:
    """One of them."""

    def __init__(self, ctrl: Controller, cluster: Cluster, config: Config) -> None:
        self.life = secrets.token_bytes(6) + (_BY_ETCD if cluster.coordinator else b"")
        self.name = cluster.replica
        self.swim = Swim(
            cluster.replica,
            config,
            bind=cluster.bind,
            join=cluster.join,
            meta=_META + self.life,
        )
        self.coordinator: Coordinator = self._coordinator(ctrl, cluster, config)
        self.mastership: Mastership
        self._ctrl = ctrl
        self._cluster = cluster
        self._exchange = Exchange(ctrl, self.swim, self.others)
        self._etcd: Etcd | None = None
        self._ttl_s = max(LEASE_LEAST_S, ceil(4 * config.probe_interval_s))
        self._begun = False
        self._namesake: Address | None = None
        """Who has our name, too."""

    def _coordinator(self, ctrl: Controller, cluster: Cluster, config: Config) -> Coordinator:
        if cluster.coordinator:
            endpoints(cluster.coordinator)
            return EtcdCoordinator(ctrl, self.name, f"/ofswitch/{cluster.name}/")
        settle_s = 2 * config.probe_interval_s
        return GossipCoordinator(ctrl, self.name, self.life, settle_s)

    async def start(self) -> None:
        """Join the others. Raises StartFailed, and ScriptError when one of them has our name."""
        self._exchange.open(self.name)
        self.swim.listen(self._take)
        await self.swim.__aenter__()
        await self._check_name()
        self._ctrl.on_close(self.close)
        self.coordinator.health = lambda: self.swim.health
        self.mastership = Mastership(self._ctrl, self.coordinator)
        self._members()
        await self._begin_etcd()
        self._exchange.begin()
        Company(self._ctrl, self._cluster, self.others, self.swim.counters).begin()

    async def _check_name(self) -> None:
        """Go without a word when another has our name: what we say would be taken for his."""
        self._begun = True
        if self._namesake is not None:
            await self.swim.close()
            text = f"another replica is called {self.name}, at {self._namesake}: {OWN_NAMES}"
            raise ScriptError(f"cluster {self._cluster.name}: {text}")

    async def _begin_etcd(self) -> None:
        if isinstance(self.coordinator, EtcdCoordinator):
            self._etcd = Etcd(self.coordinator, self._cluster.coordinator, self._ttl_s)
            await self._etcd.first()

    async def close(self) -> None:
        """Let the others have the switches, and leave."""
        self.coordinator.leave()
        self._exchange.tell()
        if self._etcd is not None:
            await self._etcd.close()
        await self.swim.leave(LEAVE_S)
        await self.swim.close()

    def others(self) -> Iterator[str]:
        """The names of the other replicas that are alive."""
        for member in self.swim.members.values():
            if _is_replica(member) and not member.gone and member.name != self.name:
                yield member.name

    # --- what SWIM tells -----------------------------------------------------------------------------

    def _take(self, effect: Effect) -> None:
        match effect:
            case Deliver():
                self._exchange.receive(effect.data)
            case Shared():
                self._exchange.receive_state(effect.data)
            case Event():
                self._happened(effect)

    def _happened(self, event: Event) -> None:
        member = event.member
        if event.kind is Kind.MEMBER_CONFLICT:
            self._two_of_one_name(event)
        else:
            log.info("replica %s at %s %s", member.name, member.at, HAPPENED[event.kind])
            if event.kind in (Kind.MEMBER_JOIN, Kind.MEMBER_UPDATE) and _is_replica(member):
                self._compare(member)
        self._members()

    def _compare(self, other: Member) -> None:
        """Those who ask etcd and those who do not would take the switches from each other without end."""
        his, ours = (life.endswith(_BY_ETCD) for life in (other.meta, self.life))
        if his != ours:
            log.error("replica %s at %s %s", other.name, other.at, _UNLIKE[his])

    def _two_of_one_name(self, event: Event) -> None:
        member = event.member
        if member.name == self.name:
            self._namesake = event.other
        if self._begun:
            text = "two replicas are called %s, at %s and at %s: %s"
            log.error(text, member.name, member.at, event.other, OWN_NAMES)

    def _members(self) -> None:
        """Who is alive may have changed. A suspect is."""
        replicas = [member for member in self.swim.members.values() if _is_replica(member)]
        lives = {m.name: m.meta[len(_META) :] for m in replicas if not m.gone}
        lives[self.name] = self.life
        failed = {m.name for m in replicas if m.state is State.DEAD and m.name not in lives}
        self.coordinator.members(lives, frozenset(failed))


def _is_replica(member: Member) -> bool:
    return member.meta.startswith(_META)


def _config(cluster: Cluster) -> Config:
    """How SWIM is to behave. Raises ScriptError."""
    keyring = None
    try:
        if cluster.key:
            keyring = Keyring(b64decode(cluster.key, validate=True))
    except (ValueError, binascii.Error) as error:
        raise ScriptError(f"--key is 16, 24 or 32 bytes in base64: {error}") from None
    envelope = Envelope(cluster.name.encode(), keyring)
    return replace(PRESETS[cluster.preset], envelope=envelope, reclaim_s=RECLAIM_S)


async def start(ctrl: Controller, cluster: Cluster) -> Replica:
    """Become one of a cluster's replicas. Raises ScriptError."""
    if cluster.coordinator:
        await asyncio.to_thread(client_module)  # it takes its time
    try:
        replica = Replica(ctrl, cluster, _config(cluster))
        await replica.start()
    except (StartFailed, ValueError) as error:
        raise ScriptError(f"cluster {cluster.name}: {error}") from None
    me = replica.swim.address
    log.info("replica %s of cluster %s at %s", cluster.replica, cluster.name, me)
    return replica
