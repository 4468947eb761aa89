"""What is asked of a switch between the hosts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.datapath import flow_mods, traffic
from benchmarks.datapath.rules import MILLION, ONE_FLOW, Rules
from benchmarks.datapath.switches import Running, Switch
from benchmarks.network import HOSTS, inside
from benchmarks.processes import end, resident_mib, run

TRAFFIC = ("1", "1000", "100000", "new")
"""How many flows send in turn; `new`: every packet is one of its own."""

TRIPS = 1000
FEW, MANY = 20_000, 200_000
"""Flows that are added in one stream."""

_PATIENCE_S = 20


class Measurement(NamedTuple):
    """What was found at once, of one switch with one set of rules under one kind of traffic."""

    switch: str
    rules: str
    traffic: str
    figures: dict[str, float]


class Session(NamedTuple):
    """What is measured of one switch from its start to its end, with one set of rules."""

    switch: Switch
    rules: Rules
    flows: tuple[str, ...]
    set_up: bool = False
    """Measure how flows are added, and nothing else."""

    @property
    def title(self) -> str:
        """What a user reads while it lasts."""
        return f"{self.switch.name}: {'adding flows' if self.set_up else self.rules.title}"


def measure(session: Session, seconds: float) -> Iterator[Measurement]:
    """Start a switch and measure; raise RuntimeError when it does not work."""
    switch, rules, flows, set_up = session
    with switch.start() as running:
        if switch.takes_rules:
            _program(running, rules)
        wait_for_ping()
        if set_up:
            yield Measurement(switch.name, rules.name, "adding flows", _add(switch, running))
            return
        if rules is ONE_FLOW:
            yield Measurement(switch.name, rules.name, "ping", traffic.round_trips(TRIPS))
            yield Measurement(switch.name, rules.name, "tcp", {"gbit_per_s": tcp(seconds)})
        if rules is MILLION:
            yield Measurement(switch.name, rules.name, "adding flows", _add_a_million(running))
        for pattern in flows:
            yield Measurement(
                switch.name, rules.name, pattern, _flood(session, running, pattern, seconds)
            )


def _program(running: Running, rules: Rules) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".flows") as file:
        file.writelines(f"{line}\n" for line in rules.lines())
        file.flush()
        running.program(Path(file.name))


def wait_for_ping() -> None:
    """Wait until the hosts reach each other; raise RuntimeError when they do not."""
    deadline = time.monotonic() + _PATIENCE_S
    ping = inside(HOSTS[0].namespace, "ping", "-c", "1", "-W", "1", HOSTS[1].address)
    while subprocess.run(ping, capture_output=True, check=False, process_group=0).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError("no ping gets through")


def tcp(seconds: float) -> float:
    """Gbit/s of one stream from host a to host b; 0 when the connection never comes about."""
    a, b = HOSTS
    server = subprocess.Popen(
        inside(b.namespace, "iperf3", "-s", "-1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with server:
        try:
            time.sleep(0.3)
            command = ["iperf3", "-J", "-c", b.address, "-t", f"{max(1, round(seconds))}"]
            command += ["--connect-timeout", "3000"]
            done = _without_complaint(*inside(a.namespace, *command), timeout_s=seconds + 10)
        finally:
            end(server)
    with contextlib.suppress(ValueError, KeyError):
        return float(json.loads(done)["end"]["sum_received"]["bits_per_second"]) / 1e9
    return 0.0


def _without_complaint(*command: str, timeout_s: float) -> str:
    """What a command says, be it a failure; nothing when it hangs."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            process_group=0,
        ).stdout
    return ""


def _flood(session: Session, running: Running, flows: str, seconds: float) -> dict[str, float]:
    """Packets per second that arrive, and the processor time of each, of the switch's process and of the machine."""
    counted = traffic.packets(flows, seconds, stations=session.rules.stations, pid=running.pid)
    packets = counted["packets"]
    figures = {
        "packets_per_s": packets / counted["seconds"],
        "offered_per_s": counted["offered_per_s"],
    }
    if packets:
        figures["machine_ns"] = counted["machine_s"] / packets * 1e9
    if packets and running.pid:
        figures["process_ns"] = counted["process_s"] / packets * 1e9
    return figures


def _add(switch: Switch, running: Running) -> dict[str, float]:
    """How fast flows are added. The reference, which is no match for the others, gets fewer."""
    count = FEW if "reference" in switch.name else MANY
    with contextlib.closing(flow_mods.Client(running.target)) as client:
        elapsed = client.add(flow_mods.encoded(0, count))
    return {"flow_mods_per_s": count / elapsed}


def _add_a_million(running: Running) -> dict[str, float]:
    """The memory of a switch with a million flows, its own included, and how long they took."""
    elapsed = 0.0
    with contextlib.closing(flow_mods.Client(running.target)) as client:
        for first in range(0, 1_000_000, MANY):
            elapsed += client.add(flow_mods.encoded(first, MANY))
    figures = {"million_s": elapsed}
    if running.pid:
        figures["resident_mib"] = resident_mib(running.pid)
    return figures


def why_not() -> str:
    """Say what is missing for measuring at all, or nothing."""
    if os.geteuid():
        return "this needs root, for namespaces and packet sockets"
    needed = {"ip": "iproute2", "iperf3": "iperf3", "ping": "iputils-ping", "taskset": "util-linux"}
    packages = [package for program, package in needed.items() if not shutil.which(program)]
    if packages:
        return f"programs are missing: apt-get install {' '.join(packages)}"
    if not shutil.which("ovs-ofctl"):
        return "ovs-ofctl is missing, which tells switches their rules: apt-get install openvswitch-switch"
    with contextlib.suppress(RuntimeError):
        run("ip", "netns", "list")
        return ""
    return "no network namespaces can be made here"
