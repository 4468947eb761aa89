"""A host without an agent, as the kernel has it: by each way of asking it is found, missed, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.membership.options import VARIABLE
from tests.apps.membership.system.site import open_site

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

HOST, PREFIX_LENGTH = {4: "10.0.0.3", 6: "fd00::3"}, {4: 8, 6: 64}
VIRTUAL = {4: "address=10.0.0.254", 6: "address=fd00::254"}
WAYS = {
    "by ARP": (4, "probe=arp"),
    "by ARP, of a controller with an address": (4, f"probe=arp {VIRTUAL[4]}"),
    "by ICMP": (4, f"probe=icmp {VIRTUAL[4]}"),
    "by neighbour solicitations": (6, "probe=arp"),
    "by neighbour solicitations, of one with an address": (6, f"probe=arp {VIRTUAL[6]}"),
    "by ICMPv6": (6, "probe=icmp"),
    "by ICMPv6, of one with an address": (6, f"probe=icmp {VIRTUAL[6]}"),
}


@pytest.mark.parametrize(("version", "how"), WAYS.values(), ids=WAYS)
def test_a_host_comes_goes_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int, how: str
) -> None:
    passive = f"preset=fast interval_s=0.3 learn=no passive=printer@{HOST[version]}"
    monkeypatch.setenv(VARIABLE, f"{passive} {how}")
    monkeypatch.setenv("OFSWITCH_MONITOR", "json")
    with open_site(tmp_path, "ofswitch") as here:
        address = ("address", f"{HOST[version]}/{PREFIX_LENGTH[version]}", "dev", "eth0")

        def change(what: str) -> None:
            quick = ["nodad"] if version == 6 and what == "replace" else []
            here.run("h3", "ip", address[0], what, *address[1:], *quick)

        change("replace")
        here.wait_for("printer", "join")
        here.wait(lambda: here.place_of("printer"), "the place of the host")
        assert here.place_of("printer") == (here.port(3), here.mac("h3"))
        change("delete")
        here.wait_for("printer", "failed")
        change("replace")
        here.wait_for("printer", "join", times=2)
