"""A controller that is a member across a real switch: ours, and Open vSwitch.

One host has a Serf agent and one an agent of ours; both join the controller's virtual address, by the kernel's UDP and
TCP. One host has no agent.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from apps.membership.options import VARIABLE
from tests.apps.membership.system import spy
from tests.kernel.hosts import WiredHosts, wired_hosts
from tests.kernel.ovs import OpenVSwitch, why_no_ovs
from tests.kernel.programs import running
from tests.kernel.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PATIENCE_S = 90.0
CONTROLLER = "tcp:127.0.0.1:6653"
VIRTUAL = "10.0.0.254"
OPTIONS = f"address={VIRTUAL} preset=local interval_s=1 learn=no passive=printer@10.0.0.3"
EXPECTED = {"segments_unasked", "connections_failed", "no_place", "not_understood"}
"""What is counted when an agent is killed: its kernel refuses what comes for it, by ICMP and RST."""

NEEDS_SERF = pytest.mark.skipif(shutil.which("serf") is None, reason="needs serf (Debian's serf)")
NEEDS_OVS = pytest.mark.skipif(why_no_ovs() is not None, reason=str(why_no_ovs()))


class Site:
    """Three hosts at a switch; what the controller says is in a log."""

    def __init__(self, hosts: WiredHosts, folder: Path) -> None:
        self.hosts = hosts
        self.folder = folder
        self.log = folder / "controller.log"
        self._stack = ExitStack()

    def told(self) -> list[dict[str, Any]]:
        """What the controller's apps have told."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def events(self, name: str) -> list[str]:
        """What has happened to a member."""
        return [one["event"] for one in self.told() if one.get("name") == name and "event" in one]

    def wait_for(self, name: str, event: str, since: int = 0) -> dict[str, Any]:
        """Wait until this has happened to a member, after so much else."""
        self.wait(lambda: event in self.events(name)[since:], f"{event} of {name}")
        found = [one for one in self.told() if (one.get("name"), one.get("event")) == (name, event)]
        return found[-1]

    def wait(self, condition: Any, what: str) -> None:
        """Wait until something holds, or show the log."""
        try:
            wait_until(condition, what, PATIENCE_S)
        except TimeoutError as error:
            logs = [log.read_text(errors="replace")[-4000:] for log in self.folder.glob("*.log")]
            raise AssertionError("\n".join([str(error), *logs])) from None

    def flows(self, what: str = "look", name: str = "") -> list[str]:
        """The destinations of the flows, as told last."""
        told = [one for one in self.told() if one.get("what") == what]
        found = [one["flows"] for one in told if not name or one["name"] == name]
        last: list[str] = found[-1] if found else []
        return last

    def port(self, number: int) -> int:
        """The switch's number of the port behind which a host is."""
        name = self.hosts.interfaces[number - 1]
        self.wait(lambda: name in self._ports(), f"port {name}")
        return self._ports()[name]

    def _ports(self) -> dict[str, int]:
        told = [one["ports"] for one in self.told() if "ports" in one]
        return dict(told[-1]) if told else {}

    def counters(self) -> dict[str, int]:
        """What the app has counted, as told last."""
        told = [one["counters"] for one in self.told() if "counters" in one]
        return dict(told[-1]) if told else {}

    def run(self, host: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a host."""
        command = ["ip", "netns", "exec", self.hosts.namespace(host), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def pings(self, host: str, address: str) -> bool:
        """Whether an echo request is answered."""
        return self.run(host, "ping", "-c1", "-W1", address).returncode == 0

    @contextmanager
    def agent(self, host: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run an agent in a host."""
        command = ["ip", "netns", "exec", self.hosts.namespace(host), *words]
        with (self.folder / f"{host}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(20)

    def serf(self, host: str) -> Any:
        """A Serf agent that joins the controller."""
        address = str(self.hosts.topology.hosts[host].ip.ip)
        options = [f"-node={host}", f"-bind={address}", "-profile=local"]
        return self.agent(
            host, "serf", "agent", *options, f"-retry-join={VIRTUAL}", "-retry-interval=1s"
        )

    def ofswim(self, host: str) -> Any:
        """An agent of ours that joins the controller."""
        address = str(self.hosts.topology.hosts[host].ip.ip)
        options = ["--name", host, "--bind", address, "--preset", "local", "--join", VIRTUAL]
        control = ["--control", str(self.folder / f"{host}.sock")]
        return self.agent(host, sys.executable, "-m", "apps.swim.cli", "agent", *options, *control)

    def mac(self, host: str) -> str:
        """The Ethernet address of a host."""
        return self.hosts.topology.hosts[host].mac_text.replace(":", "")


@contextmanager
def our_switch(hosts: WiredHosts, folder: Path) -> Iterator[None]:
    """Our switch between the hosts."""
    ports = [word for name in hosts.interfaces for word in ("--port", f"dev:{name}")]
    words = ["run", "s1", *ports, "--controller", CONTROLLER, "--control", str(folder / "s1.sock")]
    with running("ofswitch", *words, log=folder / "switch.log", enter=hosts.enter_core()):
        yield


@contextmanager
def open_vswitch(hosts: WiredHosts, folder: Path, protocol: str) -> Iterator[None]:
    """Open vSwitch between them. Its userspace datapath leaves checksums as they come: the hosts must make them."""
    for host in hosts.topology.hosts:
        command = [
            "ip",
            "netns",
            "exec",
            hosts.namespace(host),
            "ethtool",
            "-K",
            "eth0",
            "tx",
            "off",
        ]
        subprocess.run(command, check=True, capture_output=True)
    with OpenVSwitch(folder / "ovs", hosts.enter_core()) as ovs:
        ovs.add_bridge("acr0", CONTROLLER, protocol, hosts.interfaces)
        yield


@contextmanager
def site(folder: Path, switch: str) -> Iterator[Site]:
    """A running site."""
    with wired_hosts(3) as hosts, ExitStack() as stack:
        made = Site(hosts, folder)
        core = hosts.enter_core()
        ready = folder / "controller.ready"
        script = [spy.__file__, "--listen", CONTROLLER, "--ready", str(ready)]
        controller = running("ofcontroller", "run", *script, log=made.log, enter=core)
        process = stack.enter_context(controller)
        made.wait(lambda: ready.exists() or process.poll() is not None, "the controller")
        assert process.poll() is None, made.log.read_text()
        if switch == "ofswitch":
            stack.enter_context(our_switch(hosts, folder))
        else:
            stack.enter_context(open_vswitch(hosts, folder, switch))
        yield made
    text = made.log.read_text()
    assert "Traceback" not in text
    assert " so far)" not in text


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, OPTIONS)
    monkeypatch.setenv("OFSWITCH_MONITOR", "json")


@NEEDS_SERF
@pytest.mark.parametrize(
    "switch",
    [
        "ofswitch",
        pytest.param("OpenFlow13", marks=NEEDS_OVS),
        pytest.param("OpenFlow10", marks=NEEDS_OVS),
    ],
)
def test_agents_join_the_controller_across_the_switch_and_failures_are_seen(
    tmp_path: Path, switch: str
) -> None:
    with site(tmp_path, switch) as here, here.ofswim("h2"):
        with here.serf("h1") as serf:
            for number, name in enumerate(("h1", "h2", "printer"), 1):
                here.wait_for(name, "join")
                here.wait(lambda n=name: place_of(here, n) is not None, f"the place of {name}")
                assert place_of(here, name) == (here.port(number), here.mac(f"h{number}"))
            for who, name in (("h1", "h2"), ("h2", "h1")):
                here.wait(lambda w=who, n=name: sees(here, w, n), f"{name} seen by {who}")
            assert sees(here, "h1", "controller")
            assert not sees(here, "h1", "printer")

            here.wait(lambda: here.pings("h2", "10.0.0.3"), "ping")
            here.wait(lambda: here.pings("h3", "10.0.0.2"), "ping")
            here.wait(lambda: here.mac("h3") in here.flows(), "flows to h3")
            here.run("h3", "ip", "address", "flush", "dev", "eth0")
            here.wait_for("printer", "failed")
            here.wait(lambda: bool(of_failed(here, "printer")), "flows after that")
            assert here.mac("h3") not in of_failed(here, "printer")[0]
            here.run("h3", "ip", "address", "add", "10.0.0.3/8", "dev", "eth0")
            here.wait(lambda: here.events("printer").count("join") >= 2, "the printer back")

            here.wait(lambda: here.pings("h2", "10.0.0.1"), "ping")
            here.wait(lambda: here.mac("h1") in here.flows(), "flows to h1")
            serf.kill()
            failed = here.wait_for("h1", "failed")
            assert (failed["port"], failed["mac"]) == (here.port(1), here.mac("h1"))
            here.wait(lambda: bool(of_failed(here, "h1")), "flows after that")
            assert here.mac("h1") not in of_failed(here, "h1")[0]
            assert here.events("h2").count("failed") == 0
        with here.serf("h1"):
            here.wait(lambda: here.events("h1").count("join") >= 2, "h1 back")
        assert here.run("h2", "ping", "-c1", "-W5", VIRTUAL).returncode == 0
        assert here.counters().keys() <= EXPECTED


def place_of(here: Site, name: str) -> tuple[int, str] | None:
    """The port and the Ethernet address of a member, as told last."""
    told = [one for one in here.told() if one.get("name") == name and one.get("mac")]
    return (told[-1]["port"], told[-1]["mac"]) if told else None


def sees(here: Site, host: str, name: str) -> bool:
    """Whether the agent of a host has a living member of this name."""
    if host == "h1":
        told = here.run(host, "serf", "members", "-format=json").stdout
        members = json.loads(told)["members"] if told.startswith("{") else []
        return any((m["name"], m["status"]) == (name, "alive") for m in members)
    control = ["--control", str(here.folder / f"{host}.sock")]
    told = here.run(
        host, sys.executable, "-m", "apps.swim.cli", "members", "--json", *control
    ).stdout
    members = json.loads(told) if told.startswith("[") else []
    return any((m["name"], m["state"]) == (name, "alive") for m in members)


def of_failed(here: Site, name: str) -> list[list[str]]:
    """The destinations of the flows at the times when a member failed."""
    told = [one for one in here.told() if one.get("what") == "failed"]
    return [one["flows"] for one in told if one["name"] == name]


def test_wrong_options_are_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "adress=10.0.0.1")
    words = [
        sys.executable,
        "-m",
        "controller.cli",
        "run",
        "membership",
        "--listen",
        "tcp:127.0.0.1:0",
    ]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=60, env=os.environ
    )
    assert done.returncode == 1
    assert "there is no option 'adress'" in done.stderr
    assert "Traceback" not in done.stderr
