"""What the keys in etcd mean, and what is to be written there. No I/O: `apps.replicas.etcd.runtime` carries it out.

    PREFIX/connected/DPID/REPLICA   a switch is connected to a replica     (with the replica's lease)
    PREFIX/master/DPID              the replica that is its master         (the same)
    PREFIX/config/NAME              configuration: JSON, for `ctrl.shared("config")`

Whoever is chosen by rendezvous hashing of those connected creates the key when there is none; etcd lets one of them.
The revision at which it was created is the generation. Who holds the key is the master while his lease lasts, counted
from when he asked for it last; by then he has stepped down, though etcd may be out of reach. A lease is ended before
its time by the others when SWIM says that its replica has failed, if they are well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.replicas.coordinator import Board, NoBoard, Wish
from apps.replicas.etcd.deeds import Create, Deed, Delete, Held, Put, Revoke
from apps.replicas.gossip import HEALTHY, is_later
from apps.replicas.rendezvous import choose
from apps.replicas.roles import later_by
from controller import Controller

CONFIG = "config"

log = logging.getLogger("replicas")


class EtcdCoordinator:
    """The coordinator for replicas that share an etcd. `wake` is called when there may be something to write."""

    def __init__(self, ctrl: Controller, name: str, prefix: str) -> None:
        self.board: Board = NoBoard()
        self.wake: Callable[[], None] = lambda: None
        self.health: Callable[[], int] = lambda: 0
        self.prefix = prefix.encode()
        self.lease = 0
        """Ours; 0 for none."""
        self._ctrl = ctrl
        self._name = name
        self._valid_until = float("-inf")
        self._keys: dict[bytes, Held] = {}
        self._connected: dict[int, dict[str, int]] = {}
        self._masters: dict[int, Held] = {}
        self._here: set[int] = set()
        self._generations: dict[int, int] = {}
        self._lives: Mapping[str, bytes] = {name: b""}
        self._failed: frozenset[str] = frozenset()
        self._doomed: dict[int, str] = {}
        """The leases that the failed had when they failed; who takes another one since lives, whatever SWIM says."""
        self._leaving = False

    # --- what it is told -----------------------------------------------------------------------------

    def members(self, lives: Mapping[str, bytes], failed: frozenset[str]) -> None:
        """Who is alive, and who has failed, as SWIM says."""
        lost = {lease: name for lease, name in self._leases() if name in failed - self._failed}
        still = {lease: name for lease, name in self._doomed.items() if name in failed}
        self._doomed = still | lost
        self._lives, self._failed = lives, failed
        self.wake()

    def granted(self, lease: int, until: float) -> None:
        """We have this lease, until then at least."""
        self.lease, self._valid_until = lease, until
        self._ctrl.post_callback(max(0.0, until - self._ctrl.now()) + 0.001, self.board.review)

    def load(self, keys: Mapping[bytes, Held]) -> None:
        """These are all keys, whatever was known before."""
        for key in [key for key in self._keys if key not in keys]:
            self.changed(key, None)
        for key, held in keys.items():
            self.changed(key, held)

    def changed(self, key: bytes, held: Held | None) -> None:
        """A key was written, or removed."""
        if held is None:
            self._keys.pop(key, None)
        else:
            self._keys[key] = held
        match key.removeprefix(self.prefix).decode("utf-8", "replace").split("/", 2):
            case ["connected", dpid, name] if _is_dpid(dpid):
                self._change_connected(int(dpid, 16), name, held)
                self.board.review([int(dpid, 16)])
            case ["master", dpid] if _is_dpid(dpid):
                self._change_master(int(dpid, 16), held)
                self.board.review([int(dpid, 16)])
            case ["config", name]:
                self._configure(name, held)
        self.wake()

    def _change_connected(self, dpid: int, name: str, held: Held | None) -> None:
        there = self._connected.setdefault(dpid, {})
        before = there.pop(name, 0)
        if held is not None:
            there[name] = held.lease
            if name == self._name and before == self.lease != held.lease and before:
                self._replaced()

    def _replaced(self) -> None:
        """Another has written what only we write: he shall have our place, or both would write without end."""
        if not self._leaving:
            text = "another replica is called %s, and takes our place; give each a name of its own (--replica-name)"
            log.error(text, self._name)
            self.leave()

    def _change_master(self, dpid: int, held: Held | None) -> None:
        if held is None:
            self._masters.pop(dpid, None)
        else:
            self._masters[dpid] = held

    def _configure(self, name: str, held: Held | None) -> None:
        """What is configured is the same for all replicas: each writes it down for itself, and the last one stays."""
        config = self._ctrl.shared(CONFIG)
        try:
            value: Any = None if held is None else json.loads(held.value)
            if held is None:
                config.pop(name, None)
            elif name not in config or config[name] != value:
                config[name] = value
        except (ValueError, TypeError) as error:
            log.warning("config/%s in etcd cannot be used: %s", name, error)

    # --- Coordinator ---------------------------------------------------------------------------------

    @property
    def well(self) -> bool:
        """Whether half of the replicas or more are alive around us, and answer us."""
        known = len(self._lives) + len(self._failed)
        return 2 * len(self._lives) >= known and self.health() <= HEALTHY

    def arrived(self, dpid: int) -> None:
        """It can be ours."""
        self._here.add(dpid)
        self.wake()

    def left(self, dpid: int) -> None:
        """It cannot any more."""
        self._here.discard(dpid)
        self._generations.pop(dpid, None)
        self.wake()

    def leave(self) -> None:
        """We go."""
        self._leaving = True
        self.board.review()

    def wish(self, dpid: int) -> Wish:
        """Take it while we hold its key."""
        return Wish.TAKE if self.holds(dpid) and not self._leaving else Wish.YIELD

    def why(self, dpid: int) -> str:
        """We leave, or our lease has ended, or another is chosen."""
        if self._leaving:
            return "we leave"
        if not self._lasts:
            return "our lease in etcd has ended"
        return f"{self._chosen(dpid) or 'nobody'} is to be its master"

    def holds(self, dpid: int) -> bool:
        """Whether its key is ours, and nobody else is to have it, and our lease lasts."""
        held = self._masters.get(dpid)
        ours = held is not None and held.lease == self.lease != 0
        return ours and self._lasts and self._chosen(dpid) == self._name

    @property
    def _lasts(self) -> bool:
        return self._ctrl.now() < self._valid_until

    def generation(self, dpid: int) -> int:
        """The revision at which the key became ours, put behind what the switch has heard of when that is later."""
        revision = self._revision(dpid)
        return revision if self.fresh(dpid) else later_by(revision, self._generations[dpid])

    def fresh(self, dpid: int) -> bool:
        """Whether the switch knows revisions of this etcd only; else it was another's, or gossip's, before."""
        revision, known = self._revision(dpid), self._generations.get(dpid)
        return known is None or revision == known or is_later(revision, known)

    def _revision(self, dpid: int) -> int:
        held = self._masters.get(dpid)
        return held.created if held is not None else 0

    def seen(self, dpid: int, generation: int) -> None:
        """The switch has heard of it."""
        known = self._generations.get(dpid)
        if known is None or is_later(generation, known):
            self._generations[dpid] = generation

    def became(self, dpid: int, generation: int) -> None:
        """The key says so."""

    def enslaved(self, dpid: int) -> None:
        """The key says that, too."""

    def deposed(self, dpid: int) -> float:
        """Somebody who does not ask etcd wants it, too."""
        return 5.0

    # --- what is to be written -----------------------------------------------------------------------

    def deeds(self) -> Iterator[Deed]:
        """What has to be written, as far as is known."""
        if not self.lease:
            return
        yield from self._revocations()
        for dpid in list(self._here):
            mine = self._connected.get(dpid, {}).get(self._name)
            if mine != self.lease and not self._leaving:
                yield Put(self._key("connected", dpid, self._name), b"")
            elif dpid not in self._masters and self._chosen(dpid) == self._name:
                yield Create(self._key("master", dpid), self._name.encode())
        yield from self._releases()

    def _revocations(self) -> Iterator[Deed]:
        if self._doomed and self.well:
            held = {lease for lease, _ in self._leases()}
            yield from (Revoke(*doomed) for doomed in self._doomed.items() if doomed[0] in held)

    def _leases(self) -> Iterator[tuple[int, str]]:
        """The leases of those that are connected to switches."""
        for there in self._connected.values():
            yield from ((lease, name) for name, lease in there.items())

    def _releases(self) -> Iterator[Deed]:
        """Keys of ours that others are to have; by now our apps do not have their switches any more."""
        for dpid, held in list(self._masters.items()):
            if held.lease == self.lease and (dpid not in self._here or not self._keeps(dpid)):
                yield Delete(self._key("master", dpid))
        for dpid, there in list(self._connected.items()):
            if there.get(self._name) == self.lease and (dpid not in self._here or self._leaving):
                yield Delete(self._key("connected", dpid, self._name))

    def _keeps(self, dpid: int) -> bool:
        return self._chosen(dpid) == self._name and not self._leaving

    def _chosen(self, dpid: int) -> str | None:
        return choose(dpid, self._connected.get(dpid, {}))

    def _key(self, kind: str, dpid: int, *more: str) -> bytes:
        return self.prefix + "/".join((kind, f"{dpid:016x}", *more)).encode()


def _is_dpid(text: str) -> bool:
    try:
        return 0 <= int(text, 16) < 1 << 64
    except ValueError:
        return False
