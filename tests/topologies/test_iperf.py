"""Reading iperf3's answers."""

from __future__ import annotations

import json

import pytest

from topologies.iperf import client, read_rate
from topologies.network import LabError


def test_the_rate_is_what_arrived() -> None:
    ends = {"sum_sent": {"bits_per_second": 9e9}, "sum_received": {"bits_per_second": 2.5e9}}
    assert read_rate(json.dumps({"end": ends}).encode()) == 2.5


def test_iperfs_own_reason_is_told() -> None:
    with pytest.raises(LabError, match="iperf3: unable to connect"):
        read_rate(b'{"error": "unable to connect to server"}')


@pytest.mark.parametrize("answer", [b"", b"garbage", b"[]", b'{"end": {}}', b'{"end": 1}'])
def test_any_other_answer_is_an_error(answer: bytes) -> None:
    with pytest.raises(LabError, match="without a rate"):
        read_rate(answer)


def test_the_sender_knows_whom_and_how_long() -> None:
    assert client("10.0.0.2", 3)[:5] == ["iperf3", "--client", "10.0.0.2", "--time", "3"]
