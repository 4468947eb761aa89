"""Open vSwitch's bridges and our controller with TLS."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.tls.credentials import Credentials
from console.tls.options import as_options
from tests.certificates import Authority
from tests.kernel.hosts import WiredHosts, wired_hosts
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.programs import running
from tests.kernel.waiting import wait_for_listener, wait_until
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

SSL = "ssl:127.0.0.1:6653"


class Lab:
    """A bridge with two hosts, and a controller that listens with TLS; each has a CA of its own, as with ovs-pki."""

    def __init__(self, hosts: WiredHosts, ovs: OpenVSwitch, folder: Path) -> None:
        self.hosts = hosts
        self.ovs = ovs
        self.switches = Authority(folder / "switchca", "switchca")
        self.controllers = Authority(folder / "controllerca", "controllerca")
        self.switch = self.switches.issue("s1", trust=self.controllers)
        self.log = folder / "controller.log"

    def controller(self) -> Credentials:
        """The controller's, with its CA's certificate behind its own, for those that learn it."""
        issued = self.controllers.issue("c1", trust=self.switches)
        chain = self.controllers.folder / "chain.pem"
        chain.write_text(issued.certificate.read_text() + self.controllers.certificate.read_text())
        return dataclasses.replace(issued, certificate=chain)

    def set_ssl(self, files: Credentials, *options: str) -> None:
        """Give Open vSwitch its files."""
        paths = map(str, (files.private_key, files.certificate, files.ca_cert))
        self.ovs.vsctl("--", *options, "set-ssl", *paths)

    def add_bridge(self) -> None:
        """Make the bridge, which connects with the controller."""
        self.ovs.add_bridge("tlsbr", SSL, "OpenFlow13", self.hosts.interfaces)

    def tells(self, text: str) -> None:
        """Wait until the controller has logged this."""
        wait_until(lambda: text in self.log.read_text(), text)

    def pings(self) -> bool:
        """Whether the hosts reach each other."""
        return asyncio.run(self.hosts.ping("h1", "h2")) is not None


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with wired_hosts(2) as hosts, OpenVSwitch(tmp_path / "ovs", hosts.enter_core()) as ovs:
        lab = Lab(hosts, ovs, tmp_path)
        words = ("run", "learning_switch", "--listen", SSL, *as_options(lab.controller()))
        with running("ofcontroller", *words, log=lab.log, enter=hosts.enter_core()):
            wait_for_listener(6653, hosts.enter_core())
            yield lab


def test_a_bridge_is_programmed(lab: Lab) -> None:
    lab.set_ssl(lab.switch)
    lab.add_bridge()
    lab.tells("joined: OpenFlow 1.3")
    assert "TLSv1.3, certificate of CN=s1, O=ofswitch" in lab.log.read_text()
    wait_until(lab.pings, "a ping")


def test_a_bridge_learns_the_ca_from_the_controller(lab: Lab, tmp_path: Path) -> None:
    learned = tmp_path / "learned.pem"
    lab.set_ssl(dataclasses.replace(lab.switch, ca_cert=learned), "--bootstrap")
    lab.add_bridge()
    lab.tells("joined: OpenFlow 1.3")
    assert learned.read_text().split() == lab.controllers.certificate.read_text().split()


def test_a_bridge_with_an_expired_certificate_is_told(lab: Lab) -> None:
    expired = lab.switches.issue("s1-old", days=-1, trust=lab.controllers)
    lab.set_ssl(expired)
    lab.add_bridge()
    lab.tells("no TLS: the peer's certificate is refused: certificate has expired")
    log = lab.ovs.folder / "ovs-vswitchd.log"
    wait_until(lambda: "alert certificate expired" in log.read_text(), "the alert")
    lab.set_ssl(lab.switch)
    lab.tells("joined: OpenFlow 1.3")


def test_a_bridge_without_tls_at_a_port_with_it_is_told(lab: Lab) -> None:
    lab.ovs.add_bridge("tlsbr", "tcp:127.0.0.1:6653", "OpenFlow13", lab.hosts.interfaces)
    lab.tells("no TLS: the peer does not speak TLS")
