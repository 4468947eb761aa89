"""A controller that is asked to end leaves the cluster, and has not failed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from apps.membership.options import VARIABLE
from tests.apps.membership.system.site import OPTIONS, SWITCHES, open_site
from tests.needs import needs

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, OPTIONS)
    monkeypatch.setenv("OFSWITCH_MONITOR", "json")


@needs("serf")
@SWITCHES
def test_agents_see_that_the_controller_has_left(tmp_path: Path, switch: str) -> None:
    ended_by = signal.SIGINT if switch == "ofswitch" else signal.SIGTERM
    with open_site(tmp_path, switch) as here, here.serf("h1"), here.ofswim("h2"):
        here.wait(lambda: here.serf_sees("h1", "controller") == "alive", "the controller, by h1")
        here.wait(lambda: here.ofswim_sees("h2", "controller") == "alive", "the controller, by h2")
        here.controller.send_signal(ended_by)
        assert here.controller.wait(20) == 0
        here.wait(lambda: here.serf_sees("h1", "controller") == "left", "left, to h1")
        here.wait(lambda: here.ofswim_sees("h2", "controller") == "left", "left, to h2")
        assert "EventMemberFailed: controller" not in (tmp_path / "h1.log").read_text()
