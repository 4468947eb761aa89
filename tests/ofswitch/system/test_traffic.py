"""Traffic between hosts: by the switch alone, and handed over to a controller and back."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kernel.waiting import TIMEOUT_S, wait_until
from tests.loopback import free_port
from tests.needs import needs
from tests.ofswitch.system.switches import (
    HOSTS,
    RunningSwitch,
    interfaces,
    ping,
    running_switch,
    two_hosts,
)

pytestmark = pytest.mark.system

VERSIONS = pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])


@contextmanager
def ovs_learning_switch(
    port: int, protocol: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Open vSwitch's learning switch, listening at a port."""
    process = subprocess.Popen(
        ["ovs-testcontroller", f"ptcp:{port}:127.0.0.1", "-O", protocol, "--max-idle=60"],
        env={**os.environ, "OVS_RUNDIR": str(folder), "OVS_LOGDIR": str(folder)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def in_control(switch: RunningSwitch) -> bool:
    """Whether a controller is."""
    return "forwarding by itself" not in switch("show", "agt-s1")


def test_hosts_reach_each_other_through_a_switch_alone(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports) as switch:
        wait_until(ping, "the first answer")
        assert ping(1, 2, 20)
        assert ping(2, 1, 20)
        assert "priority=0 actions=NORMAL" in switch("flows", "agt-s1")
        assert switch("drops", "agt-s1") == "nothing was dropped\n"
    assert interfaces() == ""


def test_tcp_passes_with_the_hosts_offloads_untouched(tmp_path: Path) -> None:
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports) as switch:
        wait_until(ping, "the first answer")
        enter = ["ip", "netns", "exec"]
        with subprocess.Popen(
            [*enter, HOSTS[1], "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL
        ) as server:
            look = [*enter, HOSTS[1], "ss", "-Hltn", "sport = :5201"]
            wait_until(lambda: subprocess.check_output(look) != b"", "iperf3")
            command = [*enter, HOSTS[0], "iperf3", "-c", "10.0.0.2", "-n", "100M"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)
            server.wait(TIMEOUT_S)
        assert "errors" not in switch("drops", "agt-s1")


@needs("ovs-testcontroller")
@VERSIONS
def test_a_controller_takes_over_and_the_switch_takes_back(tmp_path: Path, protocol: str) -> None:
    port = free_port()
    options = ["--controller", f"tcp:127.0.0.1:{port}", "--protocols", protocol]
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports, *options) as switch:
        wait_until(ping, "an answer through the switch alone")
        for _ in range(2):
            assert not in_control(switch)
            with ovs_learning_switch(port, protocol, tmp_path) as controller:
                wait_until(lambda: in_control(switch), "the controller")
                wait_until(ping, "an answer by the controller's flows")
                flows = switch("flows", "agt-s1")
                assert "NORMAL" not in flows
                assert "output:" in flows
                controller.send_signal(signal.SIGTERM)
                controller.wait(TIMEOUT_S)
                wait_until(lambda: not in_control(switch), "the switch alone")
            assert ping()
            assert len(switch("flows", "agt-s1").splitlines()) == 1


@needs("ovs-testcontroller")
@VERSIONS
def test_a_secure_switch_goes_on_with_its_flows(tmp_path: Path, protocol: str) -> None:
    port = free_port()
    options = ["--controller", f"tcp:127.0.0.1:{port}", "--fail-mode", "secure"]
    with two_hosts() as ports, running_switch("agt-s1", tmp_path, *ports, *options) as switch:
        assert not ping()
        with ovs_learning_switch(port, protocol, tmp_path):
            wait_until(ping, "an answer by the controller's flows")
        wait_until(lambda: "not connected" in switch("show", "agt-s1"), "the end")
        assert ping()
        assert "NORMAL" not in switch("flows", "agt-s1")
