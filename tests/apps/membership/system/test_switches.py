"""A controller that is a member across a real switch: ours, and Open vSwitch.

One host has a Serf agent and one an agent of ours; both join the controller's virtual address, by the kernel's UDP and
TCP. One host has no agent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.membership.options import VARIABLE
from tests.apps.membership.system.site import (
    OPTIONS,
    SWITCHES,
    VIRTUAL,
    Site,
    open_site,
)
from tests.needs import needs

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

EXPECTED = {"segments_unasked", "connections_failed", "no_place", "not_understood"}
"""What is counted when an agent is killed: its kernel refuses what comes for it, by ICMP and RST."""


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, OPTIONS)
    monkeypatch.setenv("OFSWITCH_MONITOR", "json")


@needs("serf")
@SWITCHES
def test_agents_join_the_controller_across_the_switch_and_failures_are_seen(
    tmp_path: Path, switch: str
) -> None:
    with open_site(tmp_path, switch) as here, here.ofswim("h2"):
        with here.serf("h1") as serf:
            everybody_is_seen(here)

            here.wait(lambda: has_flows(here, "h3", "10.0.0.3"), "flows to h3")
            here.run("h3", "ip", "address", "flush", "dev", "eth0")
            here.wait_for("printer", "failed")
            here.wait(lambda: of_failed(here, "printer"), "flows after that")
            assert here.mac("h3") not in of_failed(here, "printer")[0]
            here.run("h3", "ip", "address", "add", "10.0.0.3/8", "dev", "eth0")
            here.wait_for("printer", "join", times=2)

            here.wait(lambda: has_flows(here, "h1", "10.0.0.1"), "flows to h1")
            serf.kill()
            failed = here.wait_for("h1", "failed")
            assert (failed["port"], failed["mac"]) == (here.port(1), here.mac("h1"))
            here.wait(lambda: of_failed(here, "h1"), "flows after that")
            assert here.mac("h1") not in of_failed(here, "h1")[0]
            here.wait(lambda: here.state("h2") == "alive", "h2 alive")
        with here.serf("h1"):
            here.wait_for("h1", "join", times=2)
        here.wait(lambda: here.pings("h2", VIRTUAL), "ping of the controller")
        assert here.counters().keys() <= EXPECTED


def everybody_is_seen(here: Site) -> None:
    """By the controller, and where they are; and by each other, as far as they have agents."""
    for number, name in enumerate(("h1", "h2", "printer"), 1):
        here.wait_for(name, "join")
        here.wait(lambda n=name: here.place_of(n), f"the place of {name}")  # type: ignore[misc]
        assert here.place_of(name) == (here.port(number), here.mac(f"h{number}"))
    here.wait(lambda: here.serf_sees("h1", "h2") == "alive", "h2 seen by h1")
    here.wait(lambda: here.ofswim_sees("h2", "h1") == "alive", "h1 seen by h2")
    assert here.serf_sees("h1", "controller") == "alive"
    assert here.serf_sees("h1", "printer") == ""


def has_flows(here: Site, host: str, address: str) -> bool:
    """Whether the switch has flows to a host; it is pinged for that, as it may be taken for failed meanwhile."""
    return here.pings("h2", address) and here.mac(host) in here.flows()


def of_failed(here: Site, name: str) -> list[list[str]]:
    """The destinations of the flows at the times when a member failed."""
    told = [one for one in here.told() if one.get("what") == "failed"]
    return [one["flows"] for one in told if one["name"] == name]
