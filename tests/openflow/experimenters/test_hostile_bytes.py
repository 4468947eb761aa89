"""Decoding is total for experimenters' parts, too: a message comes out, or a DecodeError that says where and why."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openflow import (
    ApplyActions,
    DecodeError,
    EncodeError,
    ErrorCode,
    Experimenter,
    ExperimenterAction,
    FlowMod,
    Output,
    PacketOut,
    Unsupported,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.layouts.engine import MAX_DEPTH
from openflow.versions import V1_0, V1_3, V1_5
from tests.openflow.experimenters.examples import ACTIONS
from tests.openflow.experimenters.message_examples import MESSAGES
from tests.openflow.test_hostile_bytes import attempt, with_length

FLOW_MODS = [encode(FlowMod(instructions=[ApplyActions(row)]), V1_3) for _, row in ACTIONS]
CORPUS = FLOW_MODS + [encode(message, version) for version, message, _ in MESSAGES]

every_message = pytest.mark.parametrize(
    "data", CORPUS, ids=lambda data: f"{data[0]}-{data[1]}-{len(data)}"
)


@every_message
def test_a_message_cut_anywhere_is_refused_or_is_a_whole_one(data: bytes) -> None:
    for cut in range(8, len(data)):
        attempt(data[:cut])
        shorter = with_length(data[:cut])
        message = attempt(shorter)
        if message is not None:
            assert encode(message, Version(data[0])) == shorter


@every_message
def test_every_pair_of_bytes_may_be_a_wrong_length(data: bytes) -> None:
    for offset in range(8, len(data) - 1):
        for length in (b"\0\0", b"\0\4", b"\0\x09", b"\xff\xff"):
            attempt(data[:offset] + length + data[offset + 2 :])


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.sampled_from(CORPUS),
    changes=st.lists(st.tuples(st.integers(8, 400), st.integers(0, 255)), max_size=4),
)
def test_bytes_changed_at_random(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for offset, value in changes:
        if len(changed) > 8:
            changed[max(8, offset % len(data))] = value
    attempt(bytes(changed))


@given(
    subtype=st.integers(0, 55),
    body=st.binary(max_size=14).map(lambda body: body + bytes(-(len(body) + 2) % 8)),
    version=st.sampled_from([V1_0, V1_3, V1_5]),
)
@settings(max_examples=500)
def test_random_actions(subtype: int, body: bytes, version: Version) -> None:
    data = subtype.to_bytes(2, "big") + body
    raw = encode(PacketOut(actions=[ExperimenterAction(0, data)]), version)
    attempt(raw.replace(bytes(4) + data, bytes.fromhex("00002320") + data))


def nested(depth: int) -> list[Action]:
    """Copies of copies of a packet."""
    return [nx.NxClone(nested(depth - 1))] if depth else [Output(1, 0)]


class TestNesting:
    def test_actions_within_actions_go_as_deep_as_anybody_needs(self) -> None:
        message = PacketOut(actions=nested(MAX_DEPTH))
        assert decode(encode(message, V1_3)) == message

    def test_no_deeper_on_their_way_out(self) -> None:
        with pytest.raises(EncodeError, match="nested too deep"):
            encode(PacketOut(actions=nested(MAX_DEPTH + 1)), V1_3)

    def test_nor_on_their_way_in(self) -> None:
        action = b""
        for _ in range(4000):
            head = bytes.fromhex("ffff") + (16 + len(action)).to_bytes(2, "big")
            action = head + bytes.fromhex("00002320 002a 000000000000") + action
        head = encode(PacketOut(), V1_3)
        data = head[:16] + len(action).to_bytes(2, "big") + head[18:] + action
        with pytest.raises(DecodeError) as raised:
            decode(with_length(data))
        assert raised.value.code == ErrorCode.BAD_ACTION__TOO_MANY


class TestWhatIsNotTyped:
    def test_an_action_of_an_unknown_subtype_stays_as_it_is(self) -> None:
        action = ExperimenterAction(0x2320, bytes.fromhex("7777 000000000000"))
        message = PacketOut(actions=[action])
        assert decode(encode(message, V1_3)) == message

    def test_an_action_too_short_for_a_subtype_stays_as_it_is(self) -> None:
        message = PacketOut(actions=[ExperimenterAction(0x2320)])
        with pytest.raises(DecodeError):  # eight bytes are the least that is a multiple of eight
            decode(encode(message, V1_3)[:-4])
        assert encode(decode(encode(message, V1_3)), V1_3) == encode(message, V1_3)

    def test_a_message_of_an_unknown_subtype_stays_as_it_is(self) -> None:
        message = Experimenter(0x2320, 7777, b"whatever")
        assert decode(encode(message, V1_3)) == message

    def test_an_experimenters_message_without_a_subtype_stays_as_it_is(self) -> None:
        message = Experimenter(0x2320, data=b"\0")
        assert decode(encode(message, V1_0)) == message


ERRORS: list[tuple[Action, Version, str, str]] = [
    (nx.NxRegLoad("reg77", n_bits=1), V1_3, "dst", "there is no field 'reg77'"),
    (nx.NxRegLoad("reg0", n_bits=65), V1_3, "n_bits", "takes 1 to 64, not 65"),
    (nx.NxRegLoad("reg0", n_bits=1, dst_ofs=1024), V1_3, "dst_ofs", "takes 0 to 1023, not 1024"),
    (nx.NxRegLoad("nsh_spi[]"), V1_3, "dst", "does not fit"),
    (nx.NxRegMove("packet_type[]", "reg0[]"), V1_3, "src", "1.3 has no field packet_type"),
    (nx.NxLearn([nx.NxFlowSpecMatch("reg0", "reg1")]), V1_3, "specs[0].n_bits", "takes 1 to 1023"),
    (nx.NxLearn([nx.NxFlowSpecMatch(1 << 20, "reg1", 16)]), V1_3, "specs[0].src", "cannot hold"),
    (nx.NxLearn2(result_dst="reg0"), V1_3, "result_dst", "WRITE_RESULT"),
    (nx.NxLearn2(limit=-1), V1_3, "limit", "cannot hold -1"),
    (nx.NxNat(ipv4_min=1 << 32), V1_3, "ipv4_min", "cannot hold"),
    (nx.NxBundle(members=[1 << 16]), V1_3, "members", "cannot hold"),
    (nx.NxRegLoad2("reg0", 1 << 32), V1_3, "value", "cannot hold"),
]
UNSUPPORTED: list[tuple[Action, Version]] = [
    (nx.NxPushMpls(), V1_3),
    (nx.NxEncap(), V1_0),
    (nx.NxRegMove("reg0[]", "reg1[]"), V1_5),
]


@pytest.mark.parametrize(("action", "version", "field", "complaint"), ERRORS)
def test_what_cannot_be_written_is_named(
    action: Action, version: Version, field: str, complaint: str
) -> None:
    with pytest.raises(EncodeError) as raised:
        encode(PacketOut(actions=[action]), version)
    assert raised.value.field == f"actions[0].{field}"
    assert complaint in str(raised.value)


@pytest.mark.parametrize(("action", "version"), UNSUPPORTED)
def test_what_a_version_does_not_have_is_unsupported(action: Action, version: Version) -> None:
    with pytest.raises(Unsupported):
        encode(PacketOut(actions=[action]), version)


@pytest.mark.parametrize("text", ["reg0[", "reg0[5..3]", "reg0[1..]", "nothing[]", "[]"])
def test_bits_that_are_none_are_refused_when_they_are_said(text: str) -> None:
    with pytest.raises(ValueError):
        nx.NxRegLoad(text)


def test_as_many_bits_go_as_come() -> None:
    with pytest.raises(ValueError, match="has 16 bits, not 32"):
        nx.NxRegMove("reg0[]", "reg1[0..15]")
