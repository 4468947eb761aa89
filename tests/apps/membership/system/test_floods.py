"""A host that floods the controller is held back by its switch, and the others are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from apps.membership.options import VARIABLE
from tests.apps.membership.system.site import SWITCHES, VIRTUAL, open_site

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FLOOD = """
import socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("eth0", 0))
frame = bytes.fromhex(sys.argv[1] + "020000000666" + "88b5" + "00" * 46)
while True:
    try:
        link.send(frame)
    except BlockingIOError:
        pass
    except OSError as error:
        if error.errno != 105:  # ENOBUFS: the queue is full
            raise
"""
MAC = "0a:53:0a:00:00:fe"


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"address={VIRTUAL} mac={MAC} port_rate=50 rate=100")
    monkeypatch.setenv("OFSWITCH_MONITOR", "json")


@SWITCHES
def test_who_floods_is_held_back_by_the_switch(tmp_path: Path, switch: str) -> None:
    metered = switch != "OpenFlow10"
    with open_site(tmp_path, switch) as here:
        here.wait(lambda: here.pings("h1", VIRTUAL), "ping before")
        if metered:
            here.wait(lambda: len(here.last("meters", {})) == 1, "a meter for all")
        with here.running("h3", "nice", sys.executable, "-c", FLOOD, MAC.replace(":", "")):
            here.wait(lambda: here.counters().get("ports_cut"), "the flood is noticed")
            if metered:
                here.wait(lambda: of_port(here.last("meters", {})), "a meter holds the port")
            here.wait(lambda: here.pings("h1", VIRTUAL), "ping while others flood")


def of_port(meters: dict[str, int]) -> int:
    """What the meter of the one port has dropped; those of ports have lower numbers than the one for all."""
    numbers = sorted(meters, key=int)
    return meters[numbers[0]] if len(numbers) == 2 else 0
