"""The groups and meters of os-ken's switch test suite: what is sent at a rate, at which it comes out.

The suite sends for half a minute and allows a tenth; here it is that many seconds of the datapath's
clock, and random fields come from a fixed seed.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from random import Random
from typing import Any

import pytest

from ofswitch.datapath import Transmit
from openflow.addresses import format_mac
from openflow.packet import Packet
from openflow.versions import V1_3
from tests.ofswitch.datapath.rig import Switch
from tests.ofswitch.datapath.test_osken_suite import Case, cases, change, frame

FOLDERS = {V1_3: ("of13/group", "of13/meter")}
TOLERANCE = 0.10
PACKETS = 10_000
RANDOM_PACKETS = 2_000


def randomness() -> dict[str, Any]:
    """What the suite writes random fields with."""
    addresses = types.SimpleNamespace(
        EUI=format_mac, IPAddress=lambda value: str(ip_address(value))
    )
    return {"randint": Random(1).randint, "netaddr": addresses}


@pytest.mark.parametrize("case", list(cases(FOLDERS)))
def test_what_comes_out_has_the_rate_that_the_suite_describes(
    case: Case, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(version=case.version)
    for description in case.prerequisite:
        switch.apply(change(description, case.version))
    for test in case.tests:
        check(switch, test["ingress"]["packets"], test["egress"]["throughput"])


def check(switch: Switch, ingress: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    """Let packets in at a rate, and compare the rates at which they come out."""
    rate = ingress["pktps"]
    is_random = "randint" in "".join(ingress["data"])
    count = RANDOM_PACKETS if is_random else PACKETS
    packets, octets = Counter[int](), Counter[int]()
    names = randomness()
    data = frame(ingress["data"], **names)
    for number in range(count):
        switch.now = number / rate
        data = frame(ingress["data"], **names) if is_random else data
        for effect in switch.receive(data):
            assert isinstance(effect, Transmit)
            for place, throughput in enumerate(expected):
                if is_meant(effect, throughput):
                    packets[place] += 1
                    octets[place] += len(effect.frame.data)
    seconds = count / rate
    for place, throughput in enumerate(expected):
        if "pktps" in throughput:
            found, wanted = packets[place] / seconds, throughput["pktps"]
        else:
            found, wanted = octets[place] * 8 / 1024 / seconds, throughput["kbps"]
        assert found == pytest.approx(wanted, rel=TOLERANCE)


def is_meant(effect: Transmit, throughput: dict[str, Any]) -> bool:
    """Whether a packet that was sent is one of those whose rate is described."""
    fields = {**Packet(effect.frame.data).fields(), "in_port": effect.port_no}
    wanted = (one["OXMTlv"] for one in throughput["OFPMatch"]["oxm_fields"])
    return all(fields.get(one["field"]) == one["value"] for one in wanted)


def test_the_groups_and_meters_of_the_suite_are_there() -> None:
    assert len(list(cases(FOLDERS))) == 51
