"""`ofswitch trace` as people and programs call it: in a pipe, on a terminal, for its JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.kernel.waiting import TIMEOUT_S
from tests.ofswitch.system.switches import OFSWITCH, RunningSwitch, running_switch

pytestmark = pytest.mark.system

PORTS = ("--port", "memory:p1", "--port", "memory:p2")
TOLD = """\
table 0: cookie=0x5354414e442d414c, priority=0 actions=NORMAL
  NORMAL  -> p2 (2)
forwarded to p2 (2)
"""


DATAPATHS = ["reference", pytest.param("native", marks=pytest.mark.native)]


@pytest.fixture(scope="module", params=DATAPATHS)
def switch(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSwitch]:
    """A switch that forwards by itself."""
    folder = tmp_path_factory.mktemp("trace")
    with running_switch("agt-s1", folder, *PORTS, "--datapath", request.param) as running:
        yield running


def on_a_terminal(*words: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen([*OFSWITCH, *words], stdout=theirs, env=environment) as process:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # the other end is closed
            while data := os.read(ours, 1 << 16):
                written += data
        assert process.wait(TIMEOUT_S) == 0
    os.close(ours)
    return written.decode()


def test_a_pipe_gets_plain_lines(switch: RunningSwitch) -> None:
    packet, _, story = switch("trace", "agt-s1", "in_port=p1", "arp").partition("\n")
    assert packet.startswith("in_port=1, eth_dst=ff:ff:ff:ff:ff:ff, ")
    assert story == TOLD


def test_a_terminal_gets_a_tree_in_colours(switch: RunningSwitch) -> None:
    control = ("--control", str(switch.control))
    written = on_a_terminal("trace", "agt-s1", "in_port=1,arp", *control)
    assert "└── " in written
    assert "\x1b[32mforwarded to p2 (2)" in written


def test_programs_get_json(switch: RunningSwitch) -> None:
    frame = "ffffffffffff 020000000001 88b5" + "00" * 46
    told = json.loads(switch("trace", "agt-s1", "in_port=2", "--packet", frame, "--json"))
    assert told["summary"] == "forwarded to p1 (1)"
    assert told["outputs"] == [
        {"output": 1, "name": "p1", "queue": 0, "frame": frame.replace(" ", "")}
    ]
    assert told["drop"] is None
