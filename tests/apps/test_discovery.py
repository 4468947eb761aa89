"""Discovery in simulated networks."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest

import openflow as of
from apps import discovery
from apps.discovery import ETH_TYPE_LLDP, LINK_DOWN, LINK_UP, Discovery, Link
from controller import Event
from openflow.versions import SUPPORTED, Version
from tests.apps.network import Network, ethernet, mac
from tests.controller.fakes import FakeSwitch, attach, make_controller

EVERY_VERSION = pytest.mark.parametrize("version", SUPPORTED, ids=str)


class World(Network):
    """A network of three switches in a row, and what discovery says about it."""

    discovery: Discovery

    def __init__(self, version: Version = of.V1_3) -> None:
        class App:
            @staticmethod
            def init(ctrl: Any) -> None:
                self.discovery = discovery.init(ctrl)

        super().__init__(App, version)
        self.said: list[tuple[str, Link]] = []
        for event in (LINK_UP, LINK_DOWN):
            self.controller.register_cb(event, self._note(event))
        self.link((1, 2), (2, 1))
        self.link((2, 2), (3, 1))
        for dpid in (1, 2, 3):
            self.add(dpid, 2)
        self.pass_time(0)

    def _note(self, event: str) -> Any:
        return lambda ctrl, dpid, link: self.said.append((event, link))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a second at a time, so that frames move meanwhile."""
        for _ in range(max(1, int(seconds))):
            self.settle()
            self.shell.pass_time(min(1, seconds))
        self.settle()
        self.shell.pass_time(0)

    def change(self, dpid: int, reason: of.PortReason, **port: int) -> None:
        """Have a switch tell of a port."""
        self.switches[dpid].cable.send(of.PortStatus(reason, of.Port(**port)))  # type: ignore[arg-type]
        self.pass_time(0)


FIRST = {Link(1, 2, 2, 1), Link(2, 1, 1, 2)}
SECOND = {Link(2, 2, 3, 1), Link(3, 1, 2, 2)}


@EVERY_VERSION
def test_all_links_are_found_once_the_switches_are_there(version: Version) -> None:
    world = World(version)
    world.pass_time(discovery.PROBE_EVERY_S)
    assert world.discovery.links == FIRST | SECOND
    assert sorted(world.said) == sorted((LINK_UP, link) for link in FIRST | SECOND)
    assert world.heard.keys() <= {(1, 1), (3, 2)}


def test_a_link_that_stays_is_told_once(world: World) -> None:
    world.said.clear()
    world.pass_time(60)
    assert world.said == []


@pytest.fixture
def world() -> World:
    """A network whose links have been found."""
    world = World()
    world.pass_time(discovery.PROBE_EVERY_S)
    world.said.clear()
    return world


@pytest.mark.parametrize(
    ("reason", "state"), [(of.PortReason.MODIFY, of.PortState.LINK_DOWN), (of.PortReason.DELETE, 0)]
)
def test_a_port_that_goes_down_takes_its_links_along(
    world: World, reason: of.PortReason, state: int
) -> None:
    world.change(2, reason, port_no=1, state=state)
    assert sorted(world.said) == sorted((LINK_DOWN, link) for link in FIRST)
    assert world.discovery.links == SECOND


def test_a_port_that_comes_up_is_probed_at_once(world: World) -> None:
    world.change(2, of.PortReason.MODIFY, port_no=1, state=of.PortState.LINK_DOWN)
    world.said.clear()
    world.change(2, of.PortReason.MODIFY, port_no=1, state=0)
    assert world.said == [(LINK_UP, Link(2, 1, 1, 2))]


def test_a_switch_that_leaves_takes_its_links_along(world: World) -> None:
    world.controller.switch(3).disconnect()
    world.pass_time(0)
    assert sorted(world.said) == sorted((LINK_DOWN, link) for link in SECOND)


def test_a_link_that_fails_silently_is_gone_after_a_while(world: World) -> None:
    for end in ((1, 2), (2, 1)):
        del world.links[end]
    world.pass_time(discovery.MAX_AGE_S + 2 * discovery.PROBE_EVERY_S)
    assert sorted(world.said) == sorted((LINK_DOWN, link) for link in FIRST)


def test_frames_of_others_are_left_to_other_apps(world: World) -> None:
    heard: list[bytes] = []
    world.controller.register_cb(Event.PACKET_IN, lambda c, d, event: heard.append(event.data))
    other = ethernet(mac(1), mac(2))[:12] + ETH_TYPE_LLDP.to_bytes(2, "big") + bytes(46)
    stranger = Discovery(make_controller()[0], b"another key")
    forged = stranger.frame(world.controller.switch(1).ports[1])
    for frame in (other, forged):
        world.send((3, 2), frame)
    assert heard == [other, forged]
    assert world.said == []


def test_damaged_frames_are_nobodys(world: World) -> None:
    frame = world.discovery.frame(world.controller.switch(1).ports[1])
    assert world.discovery.read(frame) == (1, 1)
    used = len(frame.rstrip(b"\0"))
    assert all(world.discovery.read(frame[:end]) is None for end in range(used))
    for place, bit in itertools.product(range(14, used), range(8)):
        broken = bytearray(frame)
        broken[place] ^= 1 << bit
        source = world.discovery.read(bytes(broken))
        assert source in (None, (1, 1))


def _say(said: list[tuple[str, Link]], event: str, _c: Any, _d: int, link: Link) -> None:
    said.append((event, link))


def clustered() -> tuple[Discovery, Any, list[tuple[str, Link]]]:
    """A replica without switches."""
    ctrl, shell = make_controller()
    ctrl.cluster.open("b")
    said: list[tuple[str, Link]] = []
    for event in (LINK_UP, LINK_DOWN):
        ctrl.register_cb(event, partial(_say, said, event))
    found = discovery.init(ctrl)
    return found, shell, said


def test_other_replicas_know_the_links_for_as_long_as_somebody_sees_them() -> None:
    ctrl, shell = make_controller()
    ctrl.cluster.open("a")
    seeing = discovery.init(ctrl)
    other, other_shell, said = clustered()
    link = Link(1, 2, 2, 1)
    seeing._seen[link] = ctrl.now()
    for _ in range(20):
        shell.pass_time(1)
        seeing._seen[link] = ctrl.now()
        other_shell.pass_time(1)
        while data := ctrl.cluster.take(1200):
            other_shell.controller.cluster.merge(data)
    assert other.links == {link}
    other_shell.pass_time(20)
    assert other.links == set()
    assert said == [(LINK_UP, link), (LINK_DOWN, link)]


def test_replicas_sign_with_one_key() -> None:
    one, one_shell, _ = clustered()
    other, other_shell, _ = clustered()
    place = bytes(12)
    assert one._signature(place) != other._signature(place)
    for data in (one_shell.controller.cluster.state(), other_shell.controller.cluster.state()):
        one_shell.controller.cluster.merge(data)
        other_shell.controller.cluster.merge(data)
    assert one._signature(place) == other._signature(place)


def test_a_new_master_goes_on_with_the_links_that_others_have_seen() -> None:
    found, shell, said = clustered()
    ctrl = shell.controller
    for link in FIRST:
        found._heard[link] = ctrl.now()
    attach(ctrl, shell, FakeSwitch(1))
    assert found.links == FIRST
    assert set(found._seen) == {Link(2, 1, 1, 2)}
    ctrl.switch(1).disconnect()
    shell.run()
    assert found.links == FIRST
    assert not said
