"""Two controllers: a switch, and the hosts without an agent behind it, pass from one to the other."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from apps.membership.app import SHARED
from apps.membership.network import frames
from apps.membership.options import Options
from apps.membership.passive.prober import FORGET_LEARNED_S
from controller.shared.words import ENTRY_MOST
from tests.apps.membership.hosts import OPTIONS, SimHost, World

ROOM = 2 * ENTRY_MOST


class Pair:
    """Two controllers that tell each other what they share; each has a network of its own, the switch is in one."""

    def __init__(self, options: Options = OPTIONS) -> None:
        self._options = options
        self.worlds = [self._world("a", 254), self._world("b", 253)]
        self.worlds[0].add(1, 4)
        self.host = self.worlds[0].host("printer", "10.0.0.9", (1, 3))
        self.pass_time(0.1)
        question = frames.question(self.host.mac, self.host.ip, b"\n\0\0\x77", 0)
        self.host.put(question)
        self.pass_time(1)

    def _world(self, name: str, last: int) -> World:
        world = World(replace(self._options, name=name, address=bytes([10, 0, 0, last])))
        world.controller.cluster.open(name)
        return world

    def pass_time(self, seconds: float) -> None:
        """Let time pass for both, and carry what is new."""
        steps = max(1, round(seconds / 0.1))
        for _ in range(steps):
            for world in self.worlds:
                world.pass_time(0.1)
            self.share()

    def share(self) -> None:
        """Carry what is new between them."""
        for one, other in (self.worlds, self.worlds[::-1]):
            while data := one.controller.cluster.take(ROOM):
                other.controller.cluster.merge(data)
            other.settle()
            other.shell.pass_time(0)

    def hand_over(self) -> None:
        """Let the second controller have the switch."""
        first, second = self.worlds
        first.controller.switch(1).disconnect()
        first.settle()
        del first.switches[1]
        second.add(1, 4)
        self._move_host(first, second)

    def _move_host(self, first: World, second: World) -> None:
        host: SimHost = first.hosts.pop((1, 3))
        host.world = second
        second.hosts[1, 3] = host


def test_both_controllers_see_the_hosts_and_hear_of_them() -> None:
    pair = Pair()
    first, second = pair.worlds
    for world in pair.worlds:
        assert world.kinds("10.0.0.9") == ["join"]
        seen = world.membership.members["10.0.0.9"]
        assert world.membership.member("10.0.0.9") == seen
        assert (seen.dpid, seen.port_no, seen.mac, seen.passive) == (1, 3, pair.host.mac, True)
    pair.host.alive = False
    pair.pass_time(4)
    assert first.kinds("10.0.0.9") == second.kinds("10.0.0.9") == ["join", "suspect", "failed"]


def test_the_next_controller_goes_on_with_the_same_incarnation() -> None:
    pair = Pair()
    pair.host.alive = False
    while "suspect" not in pair.worlds[0].kinds("10.0.0.9"):
        pair.pass_time(0.1)
    pair.host.alive = True
    pair.pass_time(3)
    before = pair.worlds[0].membership.members["10.0.0.9"]
    assert (before.incarnation, before.state) == (2, "alive")
    pair.hand_over()
    pair.pass_time(3)
    second = pair.worlds[1]
    after = second.membership.members["10.0.0.9"]
    assert (after.incarnation, after.state, after.port_no) == (2, "alive", 3)
    assert second.kinds("10.0.0.9") == ["join", "suspect", "cleared"]
    pair.host.alive = False
    pair.pass_time(4)
    assert second.kinds("10.0.0.9")[-2:] == ["suspect", "failed"]
    assert pair.worlds[0].kinds("10.0.0.9")[-2:] == ["suspect", "failed"]
    pair.host.alive = True
    pair.pass_time(3)
    assert second.membership.members["10.0.0.9"].incarnation == 3


def suspected(pair: Pair) -> None:
    """The host falls silent, and its switch passes on while it is suspected."""
    pair.host.alive = False
    while "suspect" not in pair.worlds[0].kinds("10.0.0.9"):
        pair.pass_time(0.1)
    pair.hand_over()


def test_a_suspect_clears_itself_with_the_next_controller_and_both_hear_of_it() -> None:
    pair = Pair()
    suspected(pair)
    pair.host.alive = True
    pair.pass_time(3)
    for world in pair.worlds:
        assert world.kinds("10.0.0.9") == ["join", "suspect", "cleared"]
        seen = world.membership.members["10.0.0.9"]
        assert (seen.incarnation, seen.state) == (2, "alive")


def test_a_suspect_that_stays_silent_is_given_up_by_the_next_controller() -> None:
    pair = Pair()
    suspected(pair)
    pair.pass_time(4)
    for world in pair.worlds:
        assert world.kinds("10.0.0.9") == ["join", "suspect", "failed"]


def test_a_configured_host_is_looked_for_by_the_next_controller_however_long_it_is_gone() -> None:
    pair = Pair(replace(OPTIONS, learn=False, passive=(("printer", bytes([10, 0, 0, 9])),)))
    pair.pass_time(2)
    pair.hand_over()
    pair.pass_time(1)
    pair.host.alive = False
    pair.pass_time(4)
    pair.worlds[1].shell.time += FORGET_LEARNED_S
    pair.pass_time(1)
    pair.host.alive = True
    pair.pass_time(4)
    assert pair.worlds[1].kinds("printer") == ["join", "suspect", "failed", "join"]


def test_a_host_that_fails_while_nobody_has_its_switch_is_found_out() -> None:
    pair = Pair()
    pair.worlds[0].controller.switch(1).disconnect()
    pair.pass_time(1)
    pair.host.alive = False
    pair.worlds[1].add(1, 4)
    pair.pass_time(4)
    assert pair.worlds[1].kinds("10.0.0.9") == ["join", "suspect", "failed"]


def test_an_arp_message_from_behind_anothers_switch_does_not_take_its_host() -> None:
    pair = Pair()
    second = pair.worlds[1]
    second.add(2, 4)
    host = pair.host
    second.send((2, 4), frames.question(host.mac, host.ip, ip_address("10.0.0.77").packed, 0))
    pair.pass_time(1)
    for world in pair.worlds:
        assert world.membership.members["10.0.0.9"].dpid == 1


def test_nonsense_that_is_shared_is_ignored() -> None:
    pair = Pair()
    shared = pair.worlds[0].controller.shared(SHARED)
    for key, value in {
        "x": 1,
        "10.0.0.7": (1, 2),
        "10.0.0.8": ("n", 1, "x", 2, 0, 1, 0),
        "10.0.0.6": (6, 1, 1, 2, 0, 1, 0),
        7: None,
    }.items():
        shared[key] = value
    pair.pass_time(0.2)
    for world in pair.worlds:
        assert set(world.membership.members) == {"10.0.0.9"}
        world.add(2, 2)
        world.pass_time(0.1)
        assert not world.controller.counters


def test_the_next_controller_removes_what_sent_frames_to_the_last_one() -> None:
    pair = Pair()
    first, second = pair.worlds
    left = first.switches[1].flows
    pair.hand_over()
    switch = second.switches[1]
    second.controller.switch(1).disconnect()
    second.settle()
    del second.switches[1]
    switch = second.add(1, 4)
    switch.flows = list(left)
    second.membership.network.join(second.controller, 1, None)  # type: ignore[arg-type]
    second.settle()
    mac = first.membership.network.station.mac
    assert not [f for f in switch.flows if mac in (f.match.get("eth_src"), f.match.get("eth_dst"))]
    assert not [f for f in switch.flows if f.match.get("arp_tpa") == 0x0A0000FE]
    assert [f for f in switch.flows if f.match.get("arp_tpa") == 0x0A0000FD]
