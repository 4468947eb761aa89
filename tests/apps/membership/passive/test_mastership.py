"""Hosts without an agent, and replicas: whoever becomes the master of a switch goes on with the hosts behind it."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from random import Random

import pytest

import openflow as of
from apps.membership import Membership, Options
from apps.membership.network import frames
from apps.membership.network.frames import Arp
from controller import Controller, Event, MemberEvent
from openflow.versions import V1_0, V1_3, V1_4, Version
from tests.apps.replicas.cluster import SLAVE, Channel, Cluster, Replica

IP, MAC, PORT_NO = bytes([10, 0, 0, 9]), 0x0200_0000_0009, 1
OPTIONS = Options(preset="fast", learn=False, passive=(("printer", IP),))

KINDS = {
    "join": Event.MEMBER_JOIN,
    "suspect": Event.MEMBER_SUSPECT,
    "cleared": Event.MEMBER_CLEARED,
    "failed": Event.MEMBER_FAILED,
}


class House(Cluster):
    """Replicas that look after a printer behind a switch; it answers ARP requests, if it is on."""

    def __init__(self, version: Version) -> None:
        self.apps: dict[str, Membership] = {}
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.on = True
        super().__init__("a", "b", "c")
        self.switch = self.add(1, version)
        self.run(5)

    def made(self, name: str) -> Replica:
        replica = super().made(name)
        self.apps[name] = Membership(replica.ctrl, OPTIONS, Random(name))
        for kind, event in KINDS.items():
            replica.ctrl.register_cb(event, partial(self._hear, name, kind))
        return replica

    def _hear(self, name: str, kind: str, ctrl: Controller, dpid: int, member: MemberEvent) -> None:
        self.heard[name].append(kind)

    def connect(self, dpid: int, name: str) -> None:
        super().connect(dpid, name)
        channel = self.switches[dpid].channels[name]
        channel.answers[of.PacketOut] = partial(self._packet_out, channel)

    def _packet_out(self, channel: Channel, message: of.PacketOut) -> list[of.Message]:
        read = frames.read(of.Packet(message.data))
        assert channel.role != SLAVE
        if not self.on or message.actions != [of.Output(PORT_NO)] or not isinstance(read, Arp):
            return []
        body = frames.arp(frames.ARP_REPLY, MAC, IP, read.sender_mac, read.sender)
        data = frames.ethernet(read.sender_mac, MAC, 0, frames.ETH_ARP, body)
        return [of.PacketIn(in_port=PORT_NO, total_len=len(data), data=data)]

    def seen(self) -> dict[str, tuple[str, int]]:
        """The printer, as each living replica sees it."""
        found = {}
        for name in sorted(self.alive()):
            printer = self.apps[name].members["printer"]
            assert (printer.dpid, printer.port_no, printer.mac) == (1, PORT_NO, MAC)
            found[name] = printer.state, printer.incarnation
        return found

    def fail_over(self) -> str:
        """The master of the switch crashes; who it was."""
        (master,) = self.switch.masters
        self.crash(master)
        return master


@pytest.mark.parametrize("version", [V1_0, V1_3, V1_4], ids=str)
def test_incarnations_pass_on_with_mastership(version: Version) -> None:
    house = House(version)
    assert house.seen() == dict.fromkeys("abc", ("alive", 1))
    house.on = False
    house.run(5)
    house.on = True
    house.run(5)
    assert house.seen() == dict.fromkeys("abc", ("alive", 2))
    for left in (2, 1):
        house.fail_over()
        house.run(5)
        assert list(house.seen().values()) == [("alive", 2)] * left
    house.on = False
    house.run(5)
    assert list(house.seen().values()) == [("failed", 2)]
    (last,) = house.alive()
    assert house.heard[last] == ["join", "suspect", "failed", "join", "suspect", "failed"]


def test_who_fails_while_its_master_does_is_found_out_by_the_next() -> None:
    house = House(V1_4)
    house.on = False
    house.fail_over()
    house.run(5)
    assert list(house.seen().values()) == [("failed", 1)] * 2
    for name in house.alive():
        assert house.heard[name] == ["join", "suspect", "failed"]
