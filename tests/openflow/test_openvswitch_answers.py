"""What a live Open vSwitch answers to every request in every version: we read it, and write the same bytes again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from openflow import ErrorMsg, Message, Version, decode, encode
from tests.kernel import isolation
from tests.kernel.ovs_answers import requests
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

WRITTEN_OTHERWISE = {
    (Version.V1_5, "AggregateStatsReply"): "we write statistics in the order of their numbers",
    (Version.V1_5, "MeterFeaturesStatsReply"): "it leaves out the last fields of the structure",
}
"""Answers that come in other bytes than ours, and why."""

REFUSED = {
    Version.V1_5: {
        "BundleFeaturesStatsRequest",
        "ControllerStatusStatsRequest",
        "FlowCountersStatsRequest",
    },
}
"""Requests that it does not know; it refuses vendors' and those about port 0's queues in every version."""
REFUSED_IN_ALL = {"ExperimenterStatsRequest", "QueueGetConfigRequest"}

every_version = pytest.mark.parametrize("version", list(Version), ids=str)


@pytest.fixture(scope="module")
def answers() -> dict[Version, list[bytes]]:
    command = isolation.isolated([sys.executable, "-m", "tests.kernel.ovs_answers"])
    done = subprocess.run(
        command, cwd=isolation.ROOT, stdout=subprocess.PIPE, check=True, timeout=60
    )
    printed = json.loads(done.stdout)
    return {version: [bytes.fromhex(data) for data in printed[str(version)]] for version in Version}


@every_version
def test_every_answer_encodes_back_to_its_bytes(
    answers: dict[Version, list[bytes]], version: Version
) -> None:
    for data in answers[version]:
        message = decode(data)
        if (version, type(message).__name__) in WRITTEN_OTHERWISE:
            assert decode(encode(message, version)) == message
        elif data[1] != 0:  # its hello has the header of its highest version
            assert encode(message, version) == data


@every_version
def test_every_request_is_answered_by_its_reply(
    answers: dict[Version, list[bytes]], version: Version
) -> None:
    told: dict[int, Message] = {}
    for data in answers[version]:
        message = decode(data)
        told.setdefault(message.xid - 0x100, message)
    refused = REFUSED.get(version, set()) | REFUSED_IN_ALL
    for place, cls in enumerate(requests(version)):
        if cls.__name__ in refused and isinstance(told[place], ErrorMsg):
            continue
        assert type(told[place]).__name__ == cls.__name__.replace("Request", "Reply")
