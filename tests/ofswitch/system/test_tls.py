"""`ofswitch run` with TLS: its controllers, and Open vSwitch's command-line tool at its door."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.tls.credentials import Credentials
from console.tls.options import as_options
from tests.certificates import Authority
from tests.kernel.osken import osken
from tests.kernel.programs import running
from tests.kernel.waiting import TIMEOUT_S, wait_until
from tests.loopback import free_port
from tests.needs import needs
from tests.ofswitch.system.switches import RunningSwitch, running_switch

pytestmark = pytest.mark.system


@pytest.fixture
def switch(s1: Credentials, tmp_path: Path) -> Iterator[RunningSwitch]:
    """A switch that listens with TLS."""
    with running_switch("tls1", tmp_path, "--listen", "pssl:0:127.0.0.1", *as_options(s1)) as one:
        yield one


def ovs_ofctl(switch: RunningSwitch, words: list[str], *command: str) -> tuple[int, str]:
    """Ask a switch; the exit status and all that is printed."""
    name, *arguments = command
    target = switch.listens_at()
    line = ["ovs-ofctl", "-O", "OpenFlow13", *words, name, target, *arguments]
    found = subprocess.run(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return found.returncode, found.stdout


@needs("ovs-ofctl")
def test_ovs_ofctl_programs_the_switch(switch: RunningSwitch, c1: Credentials) -> None:
    words = as_options(c1)
    assert ovs_ofctl(switch, words, "add-flow", "priority=7,actions=drop") == (0, "")
    status, flows = ovs_ofctl(switch, words, "dump-flows")
    assert status == 0
    assert "priority=7 actions=drop" in flows


@needs("ovs-ofctl")
def test_ovs_ofctl_is_refused_without_a_certificate_of_the_ca(
    switch: RunningSwitch, ca: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "other", "another ca").issue("x", trust=ca)
    status, said = ovs_ofctl(switch, as_options(stranger), "dump-flows")
    assert status != 0
    assert "alert unknown ca" in said
    wait_until(lambda: "it is not signed by the CA that is trusted" in switch.log(), "a log line")


@needs("ovs-ofctl")
def test_ovs_ofctl_refuses_the_switch_of_another_ca(
    switch: RunningSwitch, ca: Authority, tmp_path: Path
) -> None:
    particular = ca.issue("c2", trust=Authority(tmp_path / "other", "another ca"))
    status, said = ovs_ofctl(switch, as_options(particular), "dump-flows")
    assert status != 0
    assert "certificate verify failed" in said
    wait_until(lambda: "the peer refused this end's certificate" in switch.log(), "a log line")


def test_our_controller_and_our_switch(s1: Credentials, c1: Credentials, tmp_path: Path) -> None:
    port = free_port()
    where = f"ssl:127.0.0.1:{port}"
    log = tmp_path / "controller.log"
    arguments = ("run", "learning_switch", "--listen", where, *as_options(c1))
    options = ("--controller", where, "--port", "memory:p1", *as_options(s1))
    with running_switch("tls1", tmp_path, *options) as switch:
        connected = f"controller {where} (OpenFlow13, equal"
        wait_until(lambda: "Connection refused" in switch("show", "tls1"), "an attempt")
        with running("ofcontroller", *arguments, log=log):
            wait_until(lambda: connected in switch("show", "tls1"), "the controller")
            assert "TLSv1.3, certificate of CN=c1, O=ofswitch" in switch("show", "tls1")
            wait_until(lambda: "joined: OpenFlow 1.3" in log.read_text(), "the switch")
        assert switch.end(signal.SIGTERM) == 0
        assert "Traceback" not in switch.log() + log.read_text()


@pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])
def test_os_ken_and_our_switch(
    protocol: str, s1: Credentials, c1: Credentials, tmp_path: Path
) -> None:
    pytest.importorskip("os_ken")
    port = free_port()
    files = (c1.private_key, c1.certificate, c1.ca_cert)
    options = ("--controller", f"ssl:127.0.0.1:{port}", "--protocols", protocol, *as_options(s1))
    with (
        osken(port, protocol, tmp_path / "osken.log", credentials=files),
        running_switch("tls1", tmp_path, *options) as switch,
    ):
        shown = f"controller ssl:127.0.0.1:{port} ({protocol}, "
        wait_until(lambda: shown in switch("show", "tls1"), "os-ken's hello")
        if protocol == "OpenFlow13":
            wait_until(lambda: "CONTROLLER" in switch("flows", "tls1"), "its table-miss flow")
