"""The lines on the control socket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.control import ControlError, answer, decode_reply, encode_request


def double(number: str) -> int:
    """A command that may be unhappy."""
    if not number.isdigit():
        raise ControlError(f"{number} is no number")
    return 2 * int(number)


COMMANDS = {"double": double, "hello": lambda: "hi"}


def test_a_request_is_carried_out() -> None:
    assert decode_reply(answer(encode_request("double", {"number": "4"}), COMMANDS)) == 8


def test_a_commands_refusal_reaches_who_asked() -> None:
    with pytest.raises(ControlError, match="x is no number"):
        decode_reply(answer(encode_request("double", {"number": "x"}), COMMANDS))


def test_an_unknown_command_is_told_the_known_ones() -> None:
    with pytest.raises(ControlError, match="double, hello"):
        decode_reply(answer(encode_request("halve", {}), COMMANDS))


@pytest.mark.parametrize("arguments", [{}, {"number": 4}, {"number": "4", "more": "5"}, {"n": "4"}])
def test_arguments_must_be_those_of_the_command(arguments: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="number"):
        decode_reply(answer(encode_request("double", arguments), COMMANDS))


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"7", b"{}", b'{"command": 3}', b'{"command": "x", "arguments": 1}']
)
def test_a_line_that_asks_nothing_is_refused(line: bytes) -> None:
    with pytest.raises(ControlError, match="JSON object"):
        decode_reply(answer(line, COMMANDS))


@given(st.binary(max_size=80))
def test_any_line_gets_an_answer_of_one_line(line: bytes) -> None:
    reply = answer(line, COMMANDS)
    assert reply.count(b"\n") == 1
    assert json.loads(reply).keys() == {"error"}


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"{}"])
def test_what_is_no_reply_is_not_taken_for_one(line: bytes) -> None:
    with pytest.raises(ControlError):
        decode_reply(line)
