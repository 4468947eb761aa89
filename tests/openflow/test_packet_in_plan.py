"""Where the usual packet-in's fields stand is what decoding says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openflow as of
from openflow.packet_in_plan import NUMBERS, Plan, packet_in_plan
from openflow.versions import SUPPORTED, V1_0, V1_3, Version

PLANNED = [version for version in SUPPORTED if packet_in_plan(version)]
PLANS = pytest.mark.parametrize("version", PLANNED, ids=str)


def read(plan: Plan, data: bytes, number: tuple[int, int, str]) -> int:
    """What a plan says of a field, as native code reads it."""
    offset, size, translation = number
    if offset < 0:
        return size
    value = int.from_bytes(data[offset : offset + size], "big")
    return value + 0xFFFF_0000 if translation == "port" and value >= 0xFF00 else value


def test_the_versions_that_switches_speak_have_a_plan() -> None:
    assert {V1_0, V1_3, Version.V1_4, Version.V1_5} <= set(PLANNED)


@PLANS
@given(
    xid=st.integers(0, 2**32 - 1),
    buffer_id=st.integers(0, 2**32 - 1),
    total_len=st.integers(0, 2**16 - 1),
    in_port=st.integers(0, 0xFEFF) | st.integers(0xFFFF_FF00, 0xFFFF_FFFF),
    reason=st.integers(0, 255),
    data=st.binary(max_size=80),
)
def test_the_plan_reads_what_decoding_reads(
    version: Version,
    xid: int,
    buffer_id: int,
    total_len: int,
    in_port: int,
    reason: int,
    data: bytes,
) -> None:
    plan = packet_in_plan(version)
    assert plan is not None
    message = of.PacketIn(buffer_id, total_len, in_port, reason, data=data, xid=xid)
    wire = of.encode(message, version)
    assert wire[plan.expected_at :].startswith(plan.expected)
    decoded = of.decode(wire)
    for name, number in zip(NUMBERS, plan.numbers, strict=True):
        assert read(plan, wire, number) == getattr(decoded, name)
    assert wire[plan.data_at :] == data


@pytest.mark.parametrize("version", [v for v in PLANNED if v >= V1_3], ids=str)
def test_a_packet_in_with_more_than_the_port_is_none_of_the_usual_ones(version: Version) -> None:
    plan = packet_in_plan(version)
    assert plan is not None
    for match in (of.Match(metadata=1), of.Match(tunnel_id=5)):
        wire = of.encode(of.PacketIn(in_port=1, match=match), version)
        assert not wire[plan.expected_at :].startswith(plan.expected)


def test_the_offsets_of_1_0_are_those_of_the_specification() -> None:
    plan = packet_in_plan(V1_0)
    assert plan is not None
    assert (plan.numbers[NUMBERS.index("in_port")], plan.data_at) == ((14, 2, "port"), 18)
