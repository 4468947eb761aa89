"""What is read of a message that an error gives back, whole or cut off."""

from __future__ import annotations

import pytest

import openflow as of
from openflow.given_back import given_back, reason
from openflow.versions import SUPPORTED, V1_0, V1_2, V1_3, Version

FLOW = of.FlowMod(
    of.Match(in_port=1, eth_dst=(0x010000000000, 0x010000000000), ipv4_src="10.0.0.0/8"),
    [of.ApplyActions([of.Output(2)])],
    priority=7,
)
LAYER_2 = of.FlowMod(of.Match(in_port=1), [of.ApplyActions([of.Output(2)])], priority=7)
OXM_VERSIONS = [version for version in SUPPORTED if version >= V1_2]


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_a_whole_message_is_itself(version: Version) -> None:
    found = given_back(of.encode(LAYER_2, version))
    assert isinstance(found, of.FlowMod)
    assert (found.match, found.priority) == (LAYER_2.match, 7)
    assert found.instructions == LAYER_2.instructions


@pytest.mark.parametrize("version", OXM_VERSIONS, ids=str)
def test_of_one_that_is_cut_off_in_its_match_the_whole_fields_are_there(version: Version) -> None:
    data = of.encode(FLOW, version)
    fields = []
    for size in range(52, 52 + 8 + 16 + 12 + 1):
        found = given_back(data[:size])
        assert isinstance(found, of.FlowMod)
        assert (found.priority, found.instructions) == (7, [])
        fields.append(len(found.match))
    assert fields == [0] * 8 + [1] * 16 + [2] * 12 + [3]


@pytest.mark.parametrize("version", OXM_VERSIONS, ids=str)
def test_a_question_about_flows_is_read_as_well(version: Version) -> None:
    asked = of.FlowStatsRequest(match=of.Match(in_port=1, ipv4_src=5))
    found = given_back(of.encode(asked, version)[:64])
    assert isinstance(found, of.FlowStatsRequest)
    assert found.match == of.Match(in_port=1)


def test_any_other_that_is_cut_off_cannot_be_read() -> None:
    assert given_back(of.encode(FLOW, V1_3)[:51]) is None
    assert given_back(of.encode(of.PacketOut(data=bytes(90)), V1_3)[:64]) is None
    assert given_back(of.encode(LAYER_2, V1_0)[:64]) is None
    assert given_back(b"") is None


def test_bytes_of_any_kind_raise_nothing() -> None:
    data = of.encode(FLOW, V1_3)[:64]
    for at in range(len(data)):
        for byte in (0, 1, 0x7F, 0xFF):
            given_back(data[:at] + bytes([byte]) + data[at + 1 :])


def test_the_reason_is_the_matchs_own() -> None:
    refused = of.ErrorMsg(of.ErrorCode.BAD_MATCH__BAD_PREREQ)
    assert reason(FLOW, refused) == "ipv4_src needs eth_type=0x800"
    assert reason(LAYER_2, refused) == ""
    assert reason(None, refused) == ""
    assert reason(of.Hello(), refused) == ""
    assert reason(FLOW, of.ErrorMsg(of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL)) == ""
