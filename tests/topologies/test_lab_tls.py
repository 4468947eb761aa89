"""``oflab`` with a controller elsewhere that speaks TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.tls.options import as_options
from tests.certificates import Authority
from tests.kernel.labs import OflabRun
from tests.kernel.programs import running
from tests.kernel.waiting import wait_for_listener
from tests.loopback import free_port

pytestmark = pytest.mark.system


def test_switches_reach_a_controller_with_tls_from_inside_the_lab(tmp_path: Path) -> None:
    port = free_port()
    ca = Authority(tmp_path / "ca")
    where, log = f"ssl:127.0.0.1:{port}", tmp_path / "controller.log"
    words = ("run", "learning_switch", "--listen", where, *as_options(ca.issue("c1")))
    lab = ("--topo", "linear,2", "--controller", where, *as_options(ca.issue("s1")))
    with running("ofcontroller", *words, log=log):
        wait_for_listener(port)
        with OflabRun(*lab, "--test", "pingall", log=tmp_path / "oflab.log") as oflab:
            assert oflab.wait() == 0
    assert "0% dropped (2/2 received)" in oflab.printed()
    assert log.read_text().count("TLSv1.3, certificate of CN=s1, O=ofswitch") == 2
    assert oflab.leftovers() == []
