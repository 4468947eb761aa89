"""A replica with sockets: SWIM tells who is alive, and carries what is shared.

News go out a few at a time as rumours, which reach everybody even where some datagrams are lost; when there are many of
them they go straight to each replica, and what is lost of those comes with the next exchange of everything.
"""

from __future__ import annotations

import asyncio
import binascii
import logging
import secrets
import time
from base64 import b64decode
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from apps.replicas.coordinator import Coordinator
from apps.replicas.etcd.coordinator import EtcdCoordinator
from apps.replicas.etcd.runtime import Etcd, client_module, endpoints
from apps.replicas.gossip import GossipCoordinator
from apps.replicas.mastership import Mastership
from apps.swim import StartFailed, Swim
from apps.swim.config import PRESETS, Config
from apps.swim.effects import Deliver, Effect, Event, Shared
from apps.swim.keyring import Keyring
from apps.swim.members import Member, State
from apps.swim.packet import Envelope
from controller import Controller, Timer
from controller.script import ScriptError
from controller.settings import Cluster

RUMOUR, DIRECT = b"\x01", b"\x02"
"""In front of what is shared: whether to tell it on."""
_META = b"ofc1"
"""In front of a replica's life in its metadata."""
PIECE = 1199
"""Bytes of what is shared in one datagram."""
RUMOURS_AT_ONCE = 4
"""So many pieces are spread as rumours; of more, each replica gets each."""
PIECES_AT_ONCE = 64
TELL_EVERY_S = 0.01
STATE_EVERY_S = 0.25
STATE_SHARE = 20
"""The whole state is packed again after so many times as long as that took, at the earliest."""
MERGES_MOST = 8
"""Exchanges of everything that wait to be merged; more are not needed, for the next one has it all again."""
LEAVE_S = 2.0
LEASE_LEAST_S = 2
"""The shortest lease that etcd grants with the times that it comes with."""

log = logging.getLogger("replicas")


class Replica:
    """One of them."""

    def __init__(self, ctrl: Controller, cluster: Cluster, config: Config) -> None:
        self.life = secrets.token_bytes(6)
        self.name = cluster.replica
        self.swim = Swim(
            cluster.replica,
            config,
            bind=cluster.bind,
            join=cluster.join,
            meta=_META + self.life,
        )
        self.coordinator: Coordinator = self._coordinator(ctrl, cluster, config)
        self._etcd: Etcd | None = None
        self._where = cluster.coordinator
        self._ttl_s = max(LEASE_LEAST_S, ceil(4 * config.probe_interval_s))
        self._ctrl = ctrl
        self._shared = ctrl.cluster
        self._telling = False
        self._stale = True
        self._merging: deque[Iterator[int]] = deque()
        self._resting: Timer | None = None
        self.mastership: Mastership

    def _coordinator(self, ctrl: Controller, cluster: Cluster, config: Config) -> Coordinator:
        if cluster.coordinator:
            endpoints(cluster.coordinator)
            return EtcdCoordinator(ctrl, self.name, f"/ofswitch/{cluster.name}/")
        settle_s = 2 * config.probe_interval_s
        return GossipCoordinator(ctrl, self.name, self.life, settle_s)

    async def start(self) -> None:
        """Join the others. Raises StartFailed."""
        self._shared.open(self.name)
        self._shared.on_news = self._news
        self.swim.listen(self._take)
        await self.swim.__aenter__()
        self._ctrl.on_close(self.close)
        self.coordinator.health = lambda: self.swim.health
        self.mastership = Mastership(self._ctrl, self.coordinator)
        self._members()
        await self._begin_etcd()
        self._keep_state()
        self._news()

    async def _begin_etcd(self) -> None:
        if isinstance(self.coordinator, EtcdCoordinator):
            self._etcd = Etcd(self.coordinator, self._where, self._ttl_s)
            await self._etcd.first()

    async def close(self) -> None:
        """Let the others have the switches, and leave."""
        self.coordinator.leave()
        self._tell()
        if self._etcd is not None:
            await self._etcd.close()
        await self.swim.leave(LEAVE_S)
        await self.swim.close()

    # --- what comes ----------------------------------------------------------------------------------

    def _take(self, effect: Effect) -> None:
        if isinstance(effect, Deliver):
            self._receive(effect.data)
        elif isinstance(effect, Shared):
            if len(self._merging) < MERGES_MOST:
                self._merging.append(self._shared.merging(effect.data))
                self._merge_some()
        elif isinstance(effect, Event):
            self._happened(effect)

    def _merge_some(self) -> None:
        """Take what came with exchanges of everything, some at a time, so that switches need not wait."""
        if self._merging and self._resting is None:
            if next(self._merging[0], None) is None:
                self._merging.popleft()
            self._resting = self._ctrl.post_callback(0, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._merge_some()

    def _receive(self, data: bytes) -> None:
        kind, told = data[:1], data[1:]
        if kind in (RUMOUR, DIRECT):
            self._shared.merge(told, tell=kind == RUMOUR)

    def _happened(self, event: Event) -> None:
        log.info("replica %s at %s: %s", event.member.name, event.member.at, event.kind.value)
        self._members()

    def _members(self) -> None:
        """Who is alive may have changed. A suspect is."""
        replicas = [member for member in self.swim.members.values() if _is_replica(member)]
        lives = {m.name: m.meta[len(_META) :] for m in replicas if not m.gone}
        lives[self.name] = self.life
        failed = {m.name for m in replicas if m.state is State.DEAD and m.name not in lives}
        self.coordinator.members(lives, frozenset(failed))

    # --- what goes out -------------------------------------------------------------------------------

    def _news(self) -> None:
        self._stale = True
        if not self._telling:
            self._telling = True
            self._ctrl.post_callback(TELL_EVERY_S, self._tell)

    def _tell(self) -> None:
        """Send what is new; if there is more, go on soon."""
        self._telling = False
        pieces: list[bytes] = []
        while len(pieces) < PIECES_AT_ONCE and (piece := self._shared.take(PIECE)):
            pieces.append(piece)
        if len(pieces) <= RUMOURS_AT_ONCE:
            for piece in pieces:
                self.swim.broadcast(RUMOUR + piece)
        else:
            self._send_to_each(pieces)
        if self._shared.news:
            self._news()

    def _send_to_each(self, pieces: list[bytes]) -> None:
        for member in list(self.swim.members.values()):
            if _is_replica(member) and not member.gone and member.name != self.name:
                for piece in pieces:
                    self.swim.send(member.name, DIRECT + piece)

    def _keep_state(self) -> None:
        """Have the state at hand that goes with exchanges of everything."""
        if self._stale:
            self._stale = False
            self._pack_some(self._shared.packing(), 0.0)
        else:
            self._ctrl.post_callback(STATE_EVERY_S, self._keep_state)

    def _pack_some(self, packing: Iterator[bytes], took_s: float) -> None:
        """Pack some of the state; go on soon, so that switches need not wait."""
        began = time.monotonic()
        packed = next(packing)
        took_s += time.monotonic() - began
        if packed:
            self.swim.shared = packed
            self._ctrl.post_callback(max(STATE_EVERY_S, STATE_SHARE * took_s), self._keep_state)
        else:
            self._ctrl.post_callback(0, self._pack_some, packing, took_s)


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
    return replace(PRESETS[cluster.preset], envelope=envelope, reclaim_s=10.0)


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
