"""Replies of any length are cut to messages that keep everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ofswitch.agent.replies import messages
from openflow import (
    V1_0,
    V1_3,
    ApplyActions,
    EncodeError,
    FlowStats,
    FlowStatsReply,
    Match,
    MultipartFlags,
    Output,
    Version,
    decode,
)

SAID = st.builds(
    lambda cookie, actions: FlowStats(
        cookie=cookie, instructions=[ApplyActions([Output(1)] * actions)] if actions else []
    ),
    st.integers(0, 1 << 63),
    st.integers(0, 900),
)
UNSAID = st.builds(
    lambda cookie: FlowStats(cookie=cookie, match=Match(eth_type=0x86DD, ipv6_flabel=1)),
    st.integers(0, 1 << 63),
)


def parts(entries: list[FlowStats], version: Version) -> tuple[list[FlowStatsReply], int]:
    """The messages, decoded, and how many entries were refused."""
    refused: list[EncodeError] = []
    found = [decode(data) for data in messages(FlowStatsReply, entries, version, 7, refused.append)]
    assert all(isinstance(one, FlowStatsReply) and one.xid == 7 for one in found)
    return found, len(refused)  # type: ignore[return-value]


@given(st.lists(SAID | UNSAID, max_size=40))
def test_all_that_can_be_said_arrives_in_order(entries: list[FlowStats]) -> None:
    said = [entry.cookie for entry in entries if not entry.match]
    found, refused = parts(entries, V1_0)
    assert [entry.cookie for part in found for entry in part.body] == said
    assert refused == len(entries) - len(said)
    assert [part.flags for part in found[:-1]] == [MultipartFlags.MORE] * (len(found) - 1)
    assert found[-1].flags == 0


def test_no_entries_are_one_empty_message() -> None:
    assert parts([], V1_3) == ([FlowStatsReply([], xid=7)], 0)


def test_small_entries_share_messages() -> None:
    found, _ = parts([FlowStats(cookie=number) for number in range(1000)], V1_3)
    assert len(found) == 4


def test_what_one_version_cannot_say_another_can() -> None:
    entry = FlowStats(match=Match(eth_type=0x86DD, ipv6_flabel=1))
    assert parts([entry] * 3, V1_0) == ([FlowStatsReply([], xid=7)], 3)
    assert parts([entry] * 3, V1_3)[1] == 0
