"""Hosts at a real switch, ours or Open vSwitch, whose controller is a member; what its apps say is in a log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.apps.membership.system import spy
from tests.kernel.hosts import WiredHosts, wired_hosts
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.programs import running
from tests.kernel.waiting import wait_until
from tests.needs import OPEN_VSWITCH, needs

PATIENCE_S = 90.0
CONTROLLER = "tcp:127.0.0.1:6653"
VIRTUAL = "10.0.0.254"
OPTIONS = f"address={VIRTUAL} preset=local interval_s=1 learn=no passive=printer@10.0.0.3"

_NEEDS_OVS = needs(*OPEN_VSWITCH)
SWITCHES = pytest.mark.parametrize(
    "switch",
    [
        "ofswitch",
        pytest.param("OpenFlow13", marks=_NEEDS_OVS),
        pytest.param("OpenFlow10", marks=_NEEDS_OVS),
    ],
)
"""Ours, and Open vSwitch by the version that it speaks."""


class Site:
    """Three hosts, a switch and a controller."""

    def __init__(self, hosts: WiredHosts, folder: Path) -> None:
        self.hosts = hosts
        self.folder = folder
        self.log = folder / "controller.log"
        self.controller: subprocess.Popen[bytes]

    # --- what the controller tells --------------------------------------------------------------

    def told(self) -> list[dict[str, Any]]:
        """What the controller's apps have told."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def last(self, what: str, default: Any) -> Any:
        """What was told of something last."""
        found = [one[what] for one in self.told() if what in one]
        return found[-1] if found else default

    def events(self, name: str) -> list[str]:
        """What has happened to a member."""
        return [one["event"] for one in self.told() if one.get("name") == name and "event" in one]

    def state(self, name: str) -> str:
        """How a member is, as told last."""
        told = [one["state"] for one in self.told() if one.get("name") == name and "state" in one]
        return str(told[-1]) if told else ""

    def place_of(self, name: str) -> tuple[int, str] | None:
        """The port and the Ethernet address of a member, as told last."""
        told = [one for one in self.told() if one.get("name") == name and one.get("mac")]
        return (told[-1]["port"], told[-1]["mac"]) if told else None

    def flows(self) -> list[str]:
        """The destinations of the flows, as told last."""
        told = [one["flows"] for one in self.told() if one.get("what") == "look"]
        return told[-1] if told else []

    def counters(self) -> dict[str, int]:
        """What the app has counted."""
        found: dict[str, int] = self.last("counters", {})
        return found

    def port(self, number: int) -> int:
        """The switch's number of the port behind which a host is."""
        name = self.hosts.interfaces[number - 1]
        self.wait(lambda: name in self.last("ports", {}), f"port {name}")
        return int(self.last("ports", {})[name])

    # --- waiting --------------------------------------------------------------------------------

    def wait_for(self, name: str, event: str, times: int = 1) -> dict[str, Any]:
        """Wait until this has happened to a member so often."""
        self.wait(lambda: self.events(name).count(event) >= times, f"{event} of {name}")
        found = [one for one in self.told() if (one.get("name"), one.get("event")) == (name, event)]
        return found[-1]

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something holds, or show the logs."""
        try:
            wait_until(lambda: bool(condition()), what, PATIENCE_S)
        except TimeoutError as error:
            logs = [log.read_text(errors="replace")[-4000:] for log in self.folder.glob("*.log")]
            raise AssertionError("\n".join([str(error), *logs])) from None

    # --- hosts ----------------------------------------------------------------------------------

    def mac(self, host: str) -> str:
        """The Ethernet address of a host."""
        return self.hosts.topology.hosts[host].mac_text.replace(":", "")

    def run(self, host: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a host."""
        command = ["ip", "netns", "exec", self.hosts.namespace(host), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def pings(self, host: str, address: str) -> bool:
        """Whether an echo request is answered."""
        return self.run(host, "ping", "-c1", "-W1", address).returncode == 0

    @contextmanager
    def running(self, host: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Have a program run in a host."""
        command = ["ip", "netns", "exec", self.hosts.namespace(host), *words]
        with (self.folder / f"{host}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(20)

    # --- agents ---------------------------------------------------------------------------------

    def serf(self, host: str) -> Any:
        """A Serf agent that joins the controller."""
        options = [f"-node={host}", f"-bind={self._address(host)}", "-profile=local"]
        join = [f"-retry-join={VIRTUAL}", "-retry-interval=1s"]
        return self.running(host, "serf", "agent", *options, *join)

    def ofswim(self, host: str) -> Any:
        """An agent of ours that joins the controller."""
        options = ["--name", host, "--bind", self._address(host), "--preset", "local"]
        words = ["agent", *options, "--join", VIRTUAL, *self._control(host)]
        return self.running(host, sys.executable, "-m", "apps.swim.cli", *words)

    def serf_sees(self, host: str, name: str) -> str:
        """How a member is to the Serf agent of a host; nothing if it does not know it."""
        told = self.run(host, "serf", "members", "-format=json").stdout
        members = json.loads(told)["members"] if told.startswith("{") else []
        return next((str(m["status"]) for m in members if m["name"] == name), "")

    def ofswim_sees(self, host: str, name: str) -> str:
        """The same of an agent of ours."""
        words = ["members", "--json", *self._control(host)]
        told = self.run(host, sys.executable, "-m", "apps.swim.cli", *words).stdout
        members = json.loads(told) if told.startswith("[") else []
        return next((str(m["state"]) for m in members if m["name"] == name), "")

    def _address(self, host: str) -> str:
        return str(self.hosts.topology.hosts[host].ip.ip)

    def _control(self, host: str) -> list[str]:
        return ["--control", str(self.folder / f"{host}.sock")]


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
        enter = ["ip", "netns", "exec", hosts.namespace(host)]
        command = [*enter, "ethtool", "-K", "eth0", "tx", "off"]
        subprocess.run(command, check=True, capture_output=True)
    with OpenVSwitch(folder / "ovs", hosts.enter_core()) as ovs:
        ovs.add_bridge("acr0", CONTROLLER, protocol, hosts.interfaces)
        yield


@contextmanager
def open_site(folder: Path, switch: str) -> Iterator[Site]:
    """A running site; its log has neither a traceback nor an error that comes again and again."""
    with wired_hosts(3) as hosts, ExitStack() as stack:
        made = Site(hosts, folder)
        core, ready = hosts.enter_core(), folder / "controller.ready"
        script = [spy.__file__, "--listen", CONTROLLER, "--ready", str(ready)]
        controller = running("ofcontroller", "run", *script, log=made.log, enter=core)
        made.controller = process = stack.enter_context(controller)
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
