"""Replicas and switches in one process, with a clock that tests turn: no sockets, no SWIM.

Who is alive, and who hears whose gossip, is what the test says.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import openflow as of
from apps.replicas.coordinator import Coordinator
from apps.replicas.gossip import GossipCoordinator
from apps.replicas.mastership import Mastership
from controller import Controller, DatapathJoin, DatapathLeave, Event
from ofswitch.agent.roles import Election
from openflow.experimenters import NxRole, NxRoleReply, NxRoleRequest
from openflow.versions import V1_4, Version
from tests.controller.fakes import Cable, FakeSwitch, ManualShell, make_controller

MASTER, SLAVE, EQUAL = of.ControllerRole.MASTER, of.ControllerRole.SLAVE, of.ControllerRole.EQUAL
_OF_NICIRA = {NxRole.MASTER: MASTER, NxRole.SLAVE: SLAVE}
SETTLE_S = 0.4


class Channel(FakeSwitch):
    """A switch's end of one connection; it has a role."""

    def __init__(self, switch: RoleSwitch) -> None:
        super().__init__(switch.dpid, switch.version)
        self.role = EQUAL
        self.flow_mods: list[of.FlowMod] = []
        self.refused = 0
        self.cable: Cable
        self.answers[of.RoleRequest] = partial(switch.asked, self)
        self.answers[NxRoleRequest] = partial(switch.asked_by_nicira, self)
        self.answers[of.FlowMod] = self._flow_mod

    def _flow_mod(self, mod: of.FlowMod) -> list[of.Message]:
        if self.role == SLAVE:
            self.refused += 1
            return [of.ErrorMsg(of.ErrorCode.BAD_REQUEST__IS_SLAVE, of.encode(mod, self.version))]
        self.flow_mods.append(mod)
        return []


class RoleSwitch:
    """A switch with several controllers."""

    def __init__(self, dpid: int, version: Version = V1_4) -> None:
        self.dpid = dpid
        self.version = version
        self.election = Election()
        self.channels: dict[str, Channel] = {}
        self.tells = version >= V1_4
        """Whether it tells a master that is demoted."""

    @property
    def masters(self) -> list[str]:
        return [name for name, channel in self.channels.items() if channel.role == MASTER]

    def asked(self, channel: Channel, request: of.RoleRequest) -> list[of.Message]:
        try:
            demoted = self.election.request(channel, request, self.channels.values())
        except of.OpenFlowError as error:
            return [of.ErrorMsg(error.code, of.encode(request, self.version))]
        self._tell(demoted)
        return [of.RoleReply(channel.role, self.election.reported)]

    def asked_by_nicira(self, channel: Channel, request: NxRoleRequest) -> list[of.Message]:
        self.election.give(channel, _OF_NICIRA[NxRole(request.role)], self.channels.values())
        return [NxRoleReply(request.role)]

    def _tell(self, demoted: list[Channel]) -> None:
        for channel in demoted if self.tells else []:
            channel.cable.send(of.RoleStatus(SLAVE, 0, self.election.reported))


class Replica:
    """A controller with an app that keeps what it hears."""

    def __init__(self, name: str, life: bytes = b"life") -> None:
        self.name = name
        self.life = life
        self.health = 0
        self.ctrl: Controller
        self.shell: ManualShell
        self.ctrl, self.shell = make_controller()
        self.ctrl.cluster.open(name)
        self.coordinator = self.coordinated()
        self.coordinator.health = lambda: self.health
        self.mastership = Mastership(self.ctrl, self.coordinator)
        self.apps: set[int] = set()
        self.history: list[str] = []
        self.ctrl.register_cb(Event.DATAPATH_JOIN, self._join)
        self.ctrl.register_cb(Event.DATAPATH_LEAVE, self._leave)

    def coordinated(self) -> Coordinator:
        """Who decides."""
        return GossipCoordinator(self.ctrl, self.name, self.life, SETTLE_S)

    def _join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        assert dpid not in self.apps
        self.apps.add(dpid)
        self.history.append(f"join {dpid}")

    def _leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        self.apps.remove(dpid)
        self.history.append(f"leave {dpid}: {event.reason}")


class Cluster:
    """All of it. `deaf` lists those who hear no gossip, `mute` those whom nobody hears, `stopped` the paused."""

    def __init__(self, *names: str, seed: int = 0) -> None:
        self._rng = random.Random(seed)
        self.replicas = {name: self.made(name) for name in names}
        self.alive_to: dict[str, set[str]] = {}
        self.switches: dict[int, RoleSwitch] = {}
        self.deaf: set[str] = set()
        self.mute: set[str] = set()
        self.stopped: set[str] = set()
        for replica in self.replicas.values():
            self.sees(replica.name, *names)

    def made(self, name: str) -> Replica:
        """A replica."""
        return Replica(name)

    def __getitem__(self, name: str) -> Replica:
        return self.replicas[name]

    def sees(self, name: str, *alive: str) -> None:
        """Whom a replica thinks to be alive."""
        self.alive_to[name] = set(alive)
        lives = {other: self.replicas[other].life for other in alive}
        self.replicas[name].coordinator.members(lives, frozenset(set(self.replicas) - set(alive)))

    def add(self, dpid: int, version: Version = V1_4, *, to: str = "") -> RoleSwitch:
        """Connect a switch to all replicas, or to some."""
        switch = self.switches[dpid] = RoleSwitch(dpid, version)
        for name in to or self.replicas:
            self.connect(dpid, name)
        return switch

    def connect(self, dpid: int, name: str) -> None:
        """Connect a switch with a replica, perhaps again."""
        switch, replica = self.switches[dpid], self.replicas[name]
        channel = switch.channels[name] = Channel(switch)
        channel.cable = Cable(replica.ctrl, channel, "switch")

    def crash(self, name: str) -> None:
        """A replica is gone; the others have noticed."""
        self.stopped.add(name)
        for switch in self.switches.values():
            switch.channels.pop(name, None)
        for other in self.alive():
            self.sees(other, *(self.alive_to[other] - self.stopped))

    def alive(self) -> list[str]:
        """Those that are not stopped, in some order."""
        names = sorted(set(self.replicas) - self.stopped)
        self._rng.shuffle(names)
        return names

    def run(self, seconds: float = 3.0, step: float = 0.05) -> None:
        """Let time pass, and gossip go round."""
        for _ in range(round(seconds / step)):
            for name in self.alive():
                self.replicas[name].shell.pass_time(step)
            self.gossip()

    def gossip(self) -> None:
        """Everybody hears what is new."""
        for name in self.alive():
            while piece := self.replicas[name].ctrl.cluster.take(1200):
                for other in self.alive():
                    if name not in self.mute and other not in self.deaf | {name}:
                        self.replicas[other].ctrl.cluster.merge(piece)

    def masters(self) -> dict[int, list[str]]:
        """The masters of each switch, as the switch sees it."""
        return {dpid: switch.masters for dpid, switch in self.switches.items()}

    def check(self) -> None:
        """Each switch has one master, and apps see it there and nowhere else."""
        for dpid, switch in self.switches.items():
            seen_by = [r.name for r in self.replicas.values() if dpid in r.apps]
            alive = [name for name in seen_by if name not in self.stopped]
            assert switch.masters == alive, (dpid, switch.masters, seen_by, self.histories())
            assert len(alive) == 1

    def histories(self) -> dict[str, list[str]]:
        """What the apps have heard."""
        return {name: replica.history for name, replica in self.replicas.items()}


def sends_flow(replica: Replica, dpid: int) -> Any:
    """Have an app write, whatever it believes."""
    return replica.mastership.seats[dpid].switch.send(of.FlowMod())
