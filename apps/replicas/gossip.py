"""Mastership that follows from who is alive: each switch's master is chosen by rendezvous hashing (no I/O here).

Candidates are the living replicas that the switch is connected to; all know of all connections by gossip
(`Controller.shared`). The generation of a new master is the logical clock of that gossip, which is past all that he has
heard of, or past what the switch has, when that is further.

SWIM has no quorum, so in a partition both sides may want a switch that both reach. The switch decides: whoever asks
with the larger generation is its master. The replica that is deposed though it thinks itself in charge does not come
back at once: one that has the others alive around it after a pause that doubles, one that has not (it is deaf, or cut
off with a minority) after a much longer one, and meanwhile it takes nothing else either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from apps.replicas.coordinator import Board, NoBoard, Wish
from apps.replicas.rendezvous import choose
from apps.replicas.roles import NO_GENERATION, later_by
from controller import Change, Controller

SWITCHES, MASTERS, YIELDED = "replicas/switches", "replicas/masters", "replicas/yielded"
"""Who is connected to what: (replica, switch) -> his life; who is the master: switch -> (replica, generation).

And to whom one has yielded without having heard it from the switch: before 1.2 that may see it the other way round.
"""

AGAIN_S = (0.5, 30.0)
"""The first and the longest pause of a replica that is well, and was deposed though in charge."""
QUIET_S = (10.0, 60.0)
"""The same of one that is not well."""
FORGIVEN_S = 120.0
"""After so long without a contest the pauses are short again."""
HEALTHY = 1
"""Lifeguard's health up to which a replica trusts its own ears."""


class Patience:
    """Pauses that double with each contest, until there has been none for long."""

    def __init__(self, shortest_s: float, longest_s: float) -> None:
        self._bounds = shortest_s, longest_s
        self._pause_s = shortest_s
        self._last = float("-inf")

    def next(self, now: float) -> float:
        """How long to wait after a contest now."""
        shortest_s, longest_s = self._bounds
        calm = now - self._last > FORGIVEN_S
        self._pause_s = shortest_s if calm else min(2 * self._pause_s, longest_s)
        self._last = now
        return self._pause_s


class GossipCoordinator:
    """The coordinator that needs no server. `life` tells this run of the replica from others of the same name."""

    def __init__(self, ctrl: Controller, name: str, life: bytes, settle_s: float) -> None:
        self.board: Board = NoBoard()
        self.health: Callable[[], int] = lambda: 0
        self._ctrl = ctrl
        self._name = name
        self._life = life
        self._settle_s = settle_s
        self._lives: Mapping[str, bytes] = {name: life}
        self._known = 1
        self._leaving = False
        self._settled: set[int] = set()
        self._generations: dict[int, int] = {}
        self._patience: defaultdict[int, Patience] = defaultdict(lambda: Patience(*AGAIN_S))
        self._shyness = Patience(*QUIET_S)
        self._quiet_until = float("-inf")
        self._connected: defaultdict[int, dict[str, bytes]] = defaultdict(dict)
        self._switches, self._masters = ctrl.shared(SWITCHES), ctrl.shared(MASTERS)
        self._yielded = ctrl.shared(YIELDED)
        self._yielding: dict[int, tuple[str, int]] = {}
        """To whom we are yielding switches that may still hear from us that we are their master."""
        self._yielded.on_change(self._yielded_to)
        self._switches.on_change(self._connection)
        self._masters.on_change(self._mastered)

    # --- what it is told -----------------------------------------------------------------------------

    def members(self, lives: Mapping[str, bytes], failed: frozenset[str]) -> None:
        """Who is alive, ourselves included, each with his life; and who has failed."""
        known = len(lives) + len(failed)
        if (lives, known) != (self._lives, self._known):
            self._lives, self._known = dict(lives), known
            self.board.review()

    def leave(self) -> None:
        """We go: take nothing any more, and let the others have what is ours."""
        self._leaving = True
        for dpid in list(self._settled):
            self._switches.pop((self._name, dpid), None)

    def arrived(self, dpid: int) -> None:
        """Tell the others, and wait for what they say before it is taken."""
        self._switches[self._name, dpid] = self._life
        self._ctrl.post_callback(self._settle_s, self._settle, dpid)

    def left(self, dpid: int) -> None:
        """Tell the others."""
        self.enslaved(dpid)
        self._settled.discard(dpid)
        self._switches.pop((self._name, dpid), None)

    def became(self, dpid: int, generation: int) -> None:
        """Tell the others."""
        self.seen(dpid, generation)
        self._masters[dpid] = (self._name, generation)

    def enslaved(self, dpid: int) -> None:
        """Tell whom we have yielded to."""
        if dpid in self._yielding:
            self._yielded[self._name, dpid] = self._yielding.pop(dpid)

    def seen(self, dpid: int, generation: int) -> None:
        """Keep the larger one."""
        known = self._generations.get(dpid)
        if known is None or is_later(generation, known):
            self._generations[dpid] = generation

    def deposed(self, dpid: int) -> float:
        """Wait, the longer the oftener it happens, and if we are not well, with everything."""
        now = self._ctrl.now()
        if self.well:
            return self._patience[dpid].next(now)
        pause_s = self._shyness.next(now)
        self._quiet_until = now + pause_s
        return pause_s

    # --- what it says --------------------------------------------------------------------------------

    @property
    def well(self) -> bool:
        """Whether half of the replicas or more are alive around us, and answer us."""
        return 2 * len(self._lives) >= self._known and self.health() <= HEALTHY

    def wish(self, dpid: int) -> Wish:
        """Take it if we are the one chosen; whoever has it keeps it until the chosen one takes it."""
        if self._leaving or dpid not in self._settled or self.chosen(dpid) != self._name:
            return Wish.KEEP
        quiet = self._ctrl.now() < self._quiet_until and not self.well
        return Wish.KEEP if quiet else Wish.TAKE

    def why(self, dpid: int) -> str:
        """It may always be ours."""
        return "it is not ours"

    def chosen(self, dpid: int) -> str | None:
        """The replica that is to be the master of a switch."""
        connected = self._connected.get(dpid, {})
        return choose(
            dpid, (name for name in connected if self._lives.get(name) == connected[name])
        )

    def generation(self, dpid: int) -> int:
        """Past the clock, and past what the switch has."""
        cluster = self._ctrl.cluster
        cluster.seen(cluster.clock + 1)
        known = self._generations.get(dpid)
        later = known is None or is_later(cluster.clock, known)
        return cluster.clock if later or known is None else later_by(1, known)

    def fresh(self, dpid: int) -> bool:
        """Others can only have used what the clock has heard of, as far as we can know."""
        return True

    # --- what the others say -------------------------------------------------------------------------

    def _settle(self, dpid: int) -> None:
        if self._switches.get((self._name, dpid)) == self._life:
            self._settled.add(dpid)
            self.board.review([dpid])

    def _connection(self, change: Change) -> None:
        """Somebody is connected to a switch, or is no longer."""
        match change.key:
            case (str(name), int(dpid)):
                if isinstance(change.value, bytes):
                    self._connected[dpid][name] = change.value
                else:
                    self._connected[dpid].pop(name, None)
                    if not self._connected[dpid]:
                        del self._connected[dpid]
                if not change.local:
                    self.board.review([dpid])

    def _mastered(self, change: Change) -> None:
        """Somebody else has become the master of a switch, or thinks so."""
        match change.key, change.value:
            case int(dpid), (str(name), int(generation)) if not change.local:
                ours = self._generations.get(dpid)
                self.seen(dpid, generation)
                if name == self._name:
                    return  # in a former life
                tie_lost = generation == ours and name > self._name
                if ours is None or tie_lost or is_later(generation, ours):
                    if self.board.overtaken(dpid, name):
                        self._yielding[dpid] = (name, generation)
                else:
                    self.board.assert_again(dpid)

    def _yielded_to(self, change: Change) -> None:
        """Somebody has yielded to us, perhaps: the switch shall see it so, too."""
        match change.key, change.value:
            case (_, int(dpid)), (str(name), _) if name == self._name and not change.local:
                self.board.assert_again(dpid)


def is_later(generation: int, than: int) -> bool:
    """Whether a generation is later, on the circle of 64 bits that they are on (OpenFlow 1.3.5, 7.3.9)."""
    return 0 < (generation - than & NO_GENERATION) < 1 << 63
