"""Port objects follow what the switch says about its ports."""

from __future__ import annotations

import pytest

import openflow as of
from controller import Event, SwitchPort
from openflow.versions import SUPPORTED, V1_3, Version
from tests.controller.fakes import Cable, FakeSwitch, attach, make_controller

VERSIONS = pytest.mark.parametrize("version", SUPPORTED, ids=str)


class World:
    """A controller with one switch of two ports."""

    def __init__(self, version: Version = V1_3) -> None:
        self.controller, self.shell = make_controller()
        self.switch = FakeSwitch(1, version)
        self.cable: Cable = attach(self.controller, self.shell, self.switch)
        self.ports = self.controller.switch(1).ports

    def change(self, reason: of.PortReason, **port: int | str) -> None:
        """Have the switch tell of a port."""
        self.cable.send(of.PortStatus(reason, of.Port(**port)))  # type: ignore[arg-type]
        self.shell.run()


@VERSIONS
def test_a_port_is_up_while_it_has_a_link_and_is_not_configured_down(version: Version) -> None:
    world = World(version)
    port = world.ports[1]
    history = [port.up]
    for changed in (
        {"state": of.PortState.LINK_DOWN},
        {"config": of.PortConfig.PORT_DOWN},
        {"name": "renamed"},
    ):
        world.change(of.PortReason.MODIFY, port_no=1, **changed)
        history.append(port.up)
    assert history == [True, False, False, True]
    assert (port.name, port.port_no) == ("renamed", 1)
    assert world.ports[1] is port


def test_a_port_that_is_removed_stays_as_it_was_last_seen() -> None:
    world = World()
    port = world.ports[2]
    world.change(of.PortReason.DELETE, port_no=2)
    assert 2 not in world.ports
    assert (port.exists, port.up, port.name) == (False, False, "eth2")
    with pytest.raises(KeyError):
        world.ports[2]


def test_the_ports_of_a_switch_that_is_gone_are_known_but_not_up() -> None:
    world = World()
    port = world.ports[1]
    world.controller.switch(1).disconnect()
    world.shell.run()
    assert port.desc.name == "eth1"
    assert (port.exists, port.up) == (False, False)


def test_callbacks_see_the_new_state_and_the_same_object() -> None:
    world = World()
    seen: list[tuple[SwitchPort, bool]] = []

    def port_status(ctrl: object, dpid: int, event: of.PortStatus) -> None:
        port = world.ports[event.desc.port_no]
        seen.append((port, port.up))

    world.controller.register_cb(Event.PORT_STATUS, port_status)
    world.change(of.PortReason.MODIFY, port_no=1, state=of.PortState.LINK_DOWN)
    assert seen == [(world.ports[1], False)]


def test_ports_are_found_by_name() -> None:
    world = World()
    assert world.ports.named("eth2") is world.ports[2]
    with pytest.raises(KeyError):
        world.ports.named("eth9")
    assert repr(world.ports[2]) == "<port 2 (eth2) of switch 0000000000000001>"
    assert repr(world.ports) == "<ports 1, 2 of switch 0000000000000001>"


@VERSIONS
def test_a_port_sends_frames_and_is_switched_off_and_on(version: Version) -> None:
    world = World(version)
    port = world.ports[1]
    port.send(b"x" * 60)
    port.enable(False)
    port.enable()
    world.shell.run()
    (out,) = world.switch.of_type(of.PacketOut)
    assert (out.actions, out.data) == ([of.Output(1)], b"x" * 60)
    down, up = world.switch.of_type(of.PortMod)
    assert (down.port_no, down.hw_addr, down.config, down.mask) == (1, 1, 1, 1)
    assert (up.config, up.mask) == (0, 1)


def test_local_is_no_physical_port() -> None:
    world = World()
    world.change(of.PortReason.ADD, port_no=of.PortNo.LOCAL, name="br0")
    assert not world.ports[of.PortNo.LOCAL].physical
    assert world.ports[1].physical


def test_a_port_that_is_not_there_is_told_with_those_that_are() -> None:
    ports = World().ports
    with pytest.raises(
        KeyError, match="no port 'eth9' in switch 0000000000000001; it has: eth1, eth2"
    ):
        ports.named("eth9")
    with pytest.raises(KeyError, match=r"no port 'eth1' .* ports\.named finds one by name"):
        ports["eth1"]  # type: ignore[index]
