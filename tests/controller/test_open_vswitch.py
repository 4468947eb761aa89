"""One app, unchanged, with Open vSwitch on every version at the same time."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openflow.versions import SUPPORTED
from tests.kernel import version_probe
from tests.kernel.hosts import WiredHosts, wired_hosts
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.programs import running
from tests.kernel.waiting import wait_for_listener, wait_until
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

VERSIONS = [str(version) for version in SUPPORTED]
CONTROLLER = "tcp:127.0.0.1:6653"
PROBE = version_probe.__file__

EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS)


class Lab:
    """A bridge with two hosts for each version, and one controller for all."""

    def __init__(self, hosts: WiredHosts, ovs: OpenVSwitch, log: Path) -> None:
        self.hosts = hosts
        self.ovs = ovs
        self.log = log

    def add_bridges(self) -> None:
        """Make the bridges, which connect with the controller."""
        for version in VERSIONS:
            protocol = f"OpenFlow{version.replace('.', '')}"
            self.ovs.add_bridge(f"v{version}", CONTROLLER, protocol, self.interfaces(version))

    def interfaces(self, version: str) -> list[str]:
        """The bridge's ends of the two hosts' cables."""
        first = 2 * VERSIONS.index(version)
        return self.hosts.interfaces[first : first + 2]

    def ping(self, version: str) -> float | None:
        """Send an echo request from one of the hosts to the other."""
        first = 2 * VERSIONS.index(version) + 1
        return asyncio.run(self.hosts.ping(f"h{first}", f"h{first + 1}"))

    def told(self, version: str, what: str) -> list[dict[str, Any]]:
        """What the app has told."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        told = [json.loads(line) for line in lines]
        return [one for one in told if (one["version"], one["what"]) == (version, what)]

    def port_is(self, version: str, name: str, up: bool, since: int) -> Callable[[], bool]:
        """Whether the last that was told of a port, after so much, is this."""

        def look() -> bool:
            told = [one for one in self.told(version, "port")[since:] if one["name"] == name]
            return bool(told) and told[-1]["up"] == up

        return look

    def wait(self, version: str, what: str) -> dict[str, Any]:
        """Wait until the app has told this; return the first time."""
        wait_until(lambda: bool(self.told(version, what)), f"{what} on OpenFlow {version}")
        return self.told(version, what)[0]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("versions")
    log = folder / "controller.log"
    with wired_hosts(2 * len(VERSIONS)) as hosts:
        core = hosts.enter_core()
        arguments = ("run", PROBE, "--listen", CONTROLLER)
        with (
            OpenVSwitch(folder / "ovs", core) as ovs,
            running("ofcontroller", *arguments, log=log, enter=core),
        ):
            wait_for_listener(6653, core)
            lab = Lab(hosts, ovs, log)
            lab.add_bridges()
            yield lab
    assert "Traceback" not in log.read_text()


@EVERY_VERSION
def test_it_knows_the_switchs_ports(lab: Lab, version: str) -> None:
    join = lab.wait(version, "join")
    assert join["ports"] == sorted(lab.interfaces(version))
    assert join["up"] == [True, True]


@EVERY_VERSION
def test_its_requests_are_answered(lab: Lab, version: str) -> None:
    asked = lab.wait(version, "asked")
    assert asked["maker"] == "Nicira, Inc."
    assert asked["ports"] == [1, 2]
    assert asked["flows"] >= 1
    assert "BUFFER_UNKNOWN" in lab.wait(version, "failed")["error"]


UNSAID = {
    "goto_table": (["1.0"], "GotoTable"),
    "ipv6_flabel": (["1.0", "1.1"], "ipv6_flabel"),
    "meter": (["1.0", "1.1", "1.2", "1.5"], "Meter"),
    "enqueue": (VERSIONS[1:], "Enqueue"),
}


@EVERY_VERSION
def test_what_the_version_cannot_say_is_named_and_not_sent(lab: Lab, version: str) -> None:
    unsaid = lab.wait(version, "unsaid")
    for name, (versions, field) in UNSAID.items():
        text = unsaid["refused"][name]
        assert (text is not None) == (version in versions), name
        assert text is None or field in text
    assert unsaid["more_flows"] == 0


@EVERY_VERSION
def test_hosts_reach_each_other_and_its_callbacks_see_their_frames(lab: Lab, version: str) -> None:
    lab.wait(version, "join")
    assert lab.ping(version) is not None
    assert lab.wait(version, "arp")["target"] >> 24 == 10


@EVERY_VERSION
def test_it_sees_a_link_go_down_and_up(lab: Lab, version: str) -> None:
    lab.wait(version, "join")
    name = lab.interfaces(version)[0]
    for state, up in (("down", False), ("up", True)):
        before = len(lab.told(version, "port"))
        subprocess.run([*lab.hosts.enter_core(), "ip", "link", "set", name, state], check=True)
        wait_until(lab.port_is(version, name, up, before), f"{name} {state}")


def test_links_between_switches_of_different_versions_are_found(lab: Lab) -> None:
    ends = [("v1.0", "left"), ("v1.5", "right")]
    for (bridge, name), (_, peer) in (ends, ends[::-1]):
        patch = ("--", "set", "interface", name, "type=patch", f"options:peer={peer}")
        lab.ovs.vsctl("add-port", bridge, name, *patch)
    assert lab.wait("1.0", "link")["source"] == "1.5"
    assert lab.wait("1.5", "link")["source"] == "1.0"
