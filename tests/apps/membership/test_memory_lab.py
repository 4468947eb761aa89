"""In the lab that is all in memory: a switch of ours, the controller, and hosts that only answer ARP."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from apps.membership import Membership
from apps.membership.options import VARIABLE
from tests.loops import until
from topologies.plan import LabOptions
from topologies.simulation import Simulation, open_simulation
from topologies.topology import parse_topology

SCRIPT = """
requires = ("membership", "learning_switch")

def init(ctrl):
    global membership
    membership = ctrl.component("membership")
"""
OPTIONS = "preset=fast passive=one@10.0.0.1,two@10.0.0.2 address=10.0.0.254"


@pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])
def test_a_host_that_falls_silent_fails_and_the_other_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setenv(VARIABLE, OPTIONS)
    script = tmp_path / f"members_of_{protocol.lower()}.py"
    script.write_text(SCRIPT, "utf-8")
    options = LabOptions(controller=str(script), protocols=protocol)

    def membership() -> Membership:
        found = sys.modules[script.stem].membership
        assert isinstance(found, Membership)
        return found

    def states() -> dict[str, str]:
        return {name: seen.state for name, seen in membership().members.items()}

    async def run() -> None:
        async with open_simulation(parse_topology("linear,2"), options, lambda _: None) as lab:
            await until(lambda: states() == {"one": "alive", "two": "alive"}, "both are found")
            members = membership().members
            assert members["one"].dpid != members["two"].dpid
            assert await lab.ping("h1", "h2") is not None
            silence(lab, "h2")
            wanted = {"one": "alive", "two": "failed"}
            await until(lambda: states() == wanted, "the silent one fails, and the other lives")

    asyncio.run(run())


def silence(lab: Simulation, host: str) -> None:
    """Have a host say nothing any more."""
    lab._hosts[host]._host._send = lambda data: None
