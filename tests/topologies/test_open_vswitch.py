"""Controllers with Open vSwitch, on both versions: all hosts reach each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.hosts import WiredHosts, wired_hosts
from tests.kernel.osken import osken
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.programs import running
from tests.kernel.waiting import wait_for_listener, wait_until
from tests.needs import OPEN_VSWITCH, needs
from topologies.pingall import pingall

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

BOTH_VERSIONS = pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])
CONTROLLER = "tcp:127.0.0.1:6653"


@pytest.fixture
def hosts() -> Iterator[WiredHosts]:
    """Three hosts on the cables of a switch."""
    with wired_hosts(3) as hosts:
        yield hosts


@pytest.fixture
def ovs(hosts: WiredHosts, tmp_path: Path) -> Iterator[OpenVSwitch]:
    """Open vSwitch in the namespace where the cables end."""
    with OpenVSwitch(tmp_path / "ovs", hosts.enter_core()) as ovs:
        yield ovs


@BOTH_VERSIONS
def test_os_ken_with_open_vswitch_shows_that_the_test_is_right(
    hosts: WiredHosts, ovs: OpenVSwitch, tmp_path: Path, protocol: str
) -> None:
    with osken(6653, protocol, tmp_path / "osken.log", hosts.enter_core()):
        ovs.add_bridge("s1", CONTROLLER, protocol, hosts.interfaces)
        wait_until(ovs.connected, "Open vSwitch's connection")
        assert asyncio.run(pingall(hosts)).loss_percent == 0


@BOTH_VERSIONS
def test_our_learning_switch_with_open_vswitch_reaches_every_host(
    hosts: WiredHosts, ovs: OpenVSwitch, tmp_path: Path, protocol: str
) -> None:
    log, core = tmp_path / "controller.log", hosts.enter_core()
    options = ("--listen", CONTROLLER, "--protocols", protocol)
    with running("ofcontroller", "run", "learning_switch", *options, log=log, enter=core):
        wait_for_listener(6653, core)
        ovs.add_bridge("s1", CONTROLLER, protocol, hosts.interfaces)
        wait_until(ovs.connected, "Open vSwitch's connection")
        assert asyncio.run(pingall(hosts)).loss_percent == 0
    assert "Traceback" not in log.read_text()
