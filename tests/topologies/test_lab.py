"""``oflab`` as root: networks in the kernel, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.labs import OflabRun
from tests.kernel.osken import osken
from tests.loopback import free_port

pytestmark = pytest.mark.system

BOTH_VERSIONS = pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Run oflab to its end; return its status and what it printed. It left nothing."""
    with OflabRun(*arguments, log=tmp_path / "oflab.log") as oflab:
        status = oflab.wait()
    assert oflab.leftovers() == []
    return status, oflab.printed()


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("topology", "pings"), [("single,3", 6), ("linear,3", 6), ("tree,2,2", 12)]
)
def test_all_hosts_reach_each_other(
    tmp_path: Path, topology: str, pings: int, protocol: str
) -> None:
    status, printed = run(
        tmp_path, "--topo", topology, "--protocols", protocol, "--test", "pingall"
    )
    assert f"0% dropped ({pings}/{pings} received)" in printed
    assert status == 0


def test_tcp_passes_with_the_offloads_as_they_are(tmp_path: Path) -> None:
    status, printed = run(tmp_path, "--topo", "linear,2", "--test", "iperf")
    rate = float(printed.split("TCP h1 -> h2: ")[1].split(" Gbit/s")[0])
    assert rate > 0.1
    assert status == 0


def test_switches_alone_forward_by_themselves(tmp_path: Path) -> None:
    status, printed = run(
        tmp_path, "--topo", "linear,2", "--controller", "none", "--test", "pingall"
    )
    assert "0% dropped" in printed
    assert status == 0


def test_a_lost_ping_fails_the_test(tmp_path: Path) -> None:
    options = ("--controller", "none", "--fail-mode", "secure")
    status, printed = run(tmp_path, "--topo", "single,2", *options, "--test", "pingall")
    assert "h1 -> X" in printed
    assert "100% dropped (0/2 received)" in printed
    assert status == 1


@BOTH_VERSIONS
def test_a_controller_elsewhere_is_reached_from_inside_the_lab(
    tmp_path: Path, protocol: str
) -> None:
    """It is os-ken's simple switch, outside of the lab's namespaces."""
    port = free_port()
    options = ("--controller", f"tcp:127.0.0.1:{port}", "--protocols", protocol)
    with osken(port, protocol, tmp_path / "osken.log"):
        status, printed = run(tmp_path, "--topo", "linear,2", *options, "--test", "pingall")
    assert "0% dropped (2/2 received)" in printed
    assert status == 0


def test_a_script_can_be_the_controller(tmp_path: Path) -> None:
    script = tmp_path / "hub.py"
    script.write_text("from apps.hub import init\n")
    status, printed = run(tmp_path, "--controller", str(script), "--test", "pingall")
    assert "0% dropped (2/2 received)" in printed
    assert status == 0


def test_labs_at_the_same_time_do_not_meet(tmp_path: Path) -> None:
    arguments = ("--topo", "single,2", "--test", "pingall")
    labs = [OflabRun(*arguments, log=tmp_path / f"{number}.log") for number in range(3)]
    assert [lab.wait() for lab in labs] == [0, 0, 0]
    assert all("0% dropped (2/2 received)" in lab.printed() for lab in labs)
    assert [lab.leftovers() for lab in labs] == [[], [], []]


def test_the_demonstration_shows_everything_and_succeeds(tmp_path: Path) -> None:
    status, printed = run(tmp_path, "demo")
    for words in ("0% dropped (6/6 received)", "Gbit/s", "eth_dst=h1", "CONTROLLER", "dropped"):
        assert words in printed
    assert status == 0


MISTAKES = {
    "a topology": (["--topo", "ring,3"], 2, "no known shape"),
    "an app": (["--controller", "no_such_app"], 2, "no_such_app"),
    "a version": (["--protocols", "OpenFlow99"], 2, "OpenFlow99"),
    "an address": (["--controller", "tcp:localhost:x"], 2, "'x' is no TCP port"),
}


@pytest.mark.parametrize(("arguments", "status", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_a_line(
    tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    got, printed = run(tmp_path, *arguments, "--test", "pingall")
    assert got == status
    assert words in printed.rstrip().split("\n")[-1]
    assert "Traceback" not in printed


def typed_in(tmp_path: Path, *lines: str) -> str:
    """Type lines at the prompt of two switches; what was printed."""
    typed = tmp_path / "typed"
    typed.write_text("\n".join(lines))
    with (
        typed.open() as stdin,
        OflabRun("--topo=linear,2", "--cli", log=tmp_path / "log", stdin=stdin) as oflab,
    ):
        assert oflab.wait() == 0
    return oflab.printed()


@pytest.mark.parametrize("link", ["s1 s2", "h1 s1"])
def test_a_link_goes_down_and_up(tmp_path: Path, link: str) -> None:
    ping = "ping -c 1 -W 1 10.0.0.2"
    until_it_passes = f"h1 timeout 30 sh -c 'until {ping}; do sleep 0.1; done'"
    printed = typed_in(
        tmp_path, f"link {link} down", f"h1 {ping}", f"link {link} up", until_it_passes
    )
    assert printed.count(" 0% packet loss") == 1


def test_a_link_that_somebody_has_taken_away_does_not_end_the_lab(tmp_path: Path) -> None:
    away = ("h1 ip link set eth0 down", "h1 ip link set eth0 name gone")
    printed = typed_in(tmp_path, *away, "link h1 s1 up", "nodes")
    assert 'h1-eth0 -- s1-eth1: ip: Cannot find device "eth0"' in printed
    assert "h2     10.0.0.2" in printed
