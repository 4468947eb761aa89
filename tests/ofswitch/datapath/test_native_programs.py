"""What goes to the native engine comes back as it was; needs no engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.datapath.native.matches import decode_match, encode_match
from ofswitch.datapath.native.programs import (
    decode_actions,
    decode_instructions,
    encode_actions,
    encode_instructions,
)
from openflow.actions import Action, Group, Output, PopVlan, SetField
from openflow.errors import OpenFlowError
from openflow.instructions import ApplyActions, GotoTable, Instruction, Meter
from openflow.match import Match
from openflow.messages.flows import FlowMod
from tests.ofswitch.datapath.test_properties import action_lists, flow_mods, matches

of_1_0 = st.builds(SetField, st.sampled_from(["tp_src", "tp_dst"]), st.integers(0, 0xFFFF))
groups = st.builds(Group, st.integers(0, 0xFFFF_FFFF))
more_actions = st.tuples(action_lists, st.lists(of_1_0 | groups, max_size=2)).map(
    lambda lists: lists[0] + lists[1]
)


@given(more_actions)
def test_actions_come_back_in_their_order(actions: list[Action]) -> None:
    assert decode_actions(encode_actions(actions)) == actions


@given(flow_mods(), more_actions)
def test_instructions_come_back_in_their_order(change: FlowMod, actions: list[Action]) -> None:
    instructions: list[Instruction] = [*change.instructions, Meter(7), ApplyActions(actions)]
    assert decode_instructions(encode_instructions(instructions)) == instructions


@given(matches(), st.none() | st.binary(min_size=40, max_size=40))
def test_a_match_comes_back_with_the_octets_it_was_read_from(
    match: Match, fixed: bytes | None
) -> None:
    found = decode_match(encode_match(match), fixed)
    assert (found, found.fixed) == (match, fixed)


def test_octets_are_those_that_the_engine_reads() -> None:
    program = [GotoTable(7), ApplyActions([PopVlan(), Output(2, 0xFFFF)]), Meter(9)]
    expected = bytes([1, 7, 4, 0, 2, 10, 0, 0, 0, 0, 2, 0xFF, 0xFF, 6, 0, 0, 0, 9])
    assert encode_instructions(program) == expected


def test_a_number_that_no_message_can_carry_is_refused() -> None:
    with pytest.raises(OpenFlowError):
        encode_actions([Output(1, max_len=0x10000)])
