"""Mininet's protocol=ssl with our classes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from console.tls.options import as_options
from tests.certificates import Authority
from tests.topologies import test_mininet

pytestmark = test_mininet.pytestmark


def test_switches_and_controller_speak_tls() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # /tmp is another behind the wall
        ca = Authority(Path(folder))
        switch, controller = (" ".join(as_options(ca.issue(name))) for name in ("s1", "c1"))
        said = test_mininet.mn(
            *("--switch", f"ofswitch,opts={switch}"),
            *("--controller", f"ofcontroller,protocol=ssl,opts={controller}"),
            *("--topo", "single,2", "--test", "pingall"),
        )
    assert "0% dropped (2/2 received)" in said
