"""Mastership of Open vSwitch's bridges, on every version of OpenFlow at the same time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.failover.lab import CORE, Lab, Replica, wait_until
from benchmarks.network import inside
from openflow.versions import SUPPORTED
from tests.kernel.ovs import OpenVSwitch
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for network namespaces"),
    pytest.mark.timeout(300),
]


def add_bridge(ovs: OpenVSwitch, lab: Lab, dpid: int, protocol: str) -> None:
    """Make a bridge that is connected to all replicas."""
    name = f"br{dpid}"
    controllers = [f"tcp:{replica.address}:6653" for replica in lab.replicas]
    ovs.add_bridge(name, controllers[0], protocol, [])
    ovs.vsctl("set", "bridge", name, f"other-config:datapath-id={dpid:016x}")
    ovs.vsctl("set-controller", name, *controllers)


def end(replica: Replica) -> None:
    """End the program that it has by then."""
    replica.program.end()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("ovs")
    lab = Lab(folder, 3, len(SUPPORTED), (("learning_switch",), ("--preset", "lan")))
    with ExitStack() as stack:
        lab.wire(stack)
        for replica in lab.replicas:
            replica.start()
            stack.callback(end, replica)
        ovs = stack.enter_context(OpenVSwitch(Path(folder, "ovs"), inside(CORE)))
        for dpid, version in zip(lab.switches, SUPPORTED):
            add_bridge(ovs, lab, dpid, version.text)
        yield lab
    for replica in lab.replicas:
        assert "Traceback" not in replica.program.errors.read_text()


def test_each_has_the_master_that_is_chosen(lab: Lab) -> None:
    wait_until(lab.settled, "each bridge has a master")


def test_a_crash_moves_them_and_a_restart_moves_them_back(lab: Lab) -> None:
    victim = lab.busiest()
    victim.program.signal(signal.SIGKILL)
    victim.program.process.wait()
    wait_until(lab.settled, "the others take over")
    victim.start()
    wait_until(lab.settled, "it has them again")


def test_a_paused_master_is_one_no_more_when_it_is_resumed(lab: Lab) -> None:
    victim = lab.busiest()
    mine = victim.switches
    victim.program.signal(signal.SIGSTOP)
    wait_until(lambda: all(len(lab.masters[dpid]) == 2 for dpid in mine), "others take over")
    victim.program.signal(signal.SIGCONT)
    wait_until(lab.settled, "each bridge has one master")
