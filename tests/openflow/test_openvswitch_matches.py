"""A live Open vSwitch takes the exact match of any frame, and finds the frame by it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import openflow as of
from tests.frames import FRAMES
from tests.kernel import isolation
from tests.kernel.ovs_matches import exact
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]
EVERY_VERSION = pytest.mark.parametrize("version", of.SUPPORTED, ids=str)
USUAL = [
    *("ARP request", "ARP reply", "IPv4 TCP", "IPv4 UDP", "IPv4 SCTP", "IPv4 ICMP", "VLAN IPv4"),
    *("unknown type", "802.3 LLC", "MPLS", "IPv6 TCP", "IPv6 UDP", "IPv6 echo"),
    *("ND solicitation", "ND advertisement"),
]
"""Of the others, Open vSwitch takes some apart in another way: tags in tags, and fragments."""
LISTED = [version for version in of.SUPPORTED if version != of.V1_1]
"""On 1.1, Open vSwitch lists matches in fields of its own."""
Told = dict[of.Version, list[of.Message]]


@pytest.fixture(scope="module")
def told() -> Told:
    command = isolation.isolated([sys.executable, "-m", "tests.kernel.ovs_matches"])
    done = subprocess.run(
        command, cwd=isolation.ROOT, stdout=subprocess.PIPE, check=True, timeout=60
    )
    printed = json.loads(done.stdout)
    return {
        version: [of.decode(bytes.fromhex(data)) for data in printed[str(version)]]
        for version in of.SUPPORTED
    }


@EVERY_VERSION
def test_no_match_is_refused(told: Told, version: of.Version) -> None:
    assert [m.error for m in told[version] if isinstance(m, of.ErrorMsg)] == []


@pytest.mark.parametrize("version", LISTED, ids=str)
@pytest.mark.parametrize("name", USUAL)
def test_a_frame_is_found_by_its_own_match(told: Told, version: of.Version, name: str) -> None:
    replies = [reply for reply in told[version] if isinstance(reply, of.FlowStatsReply)]
    counts = {flow.match: flow.packet_count for reply in replies for flow in reply.body}
    assert counts[exact(FRAMES[name], version)]
