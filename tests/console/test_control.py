"""The lines of the control socket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.control import (
    Commands,
    ControlError,
    decode_reply,
    decode_request,
    encode_error,
    encode_request,
    encode_result,
)


def _add(key: str, tags: list[str]) -> list[str]:
    return [key, *tags]


def _members() -> list[str]:
    return []


COMMANDS: Commands = {"add": _add, "members": _members}


def test_a_request_is_carried_out() -> None:
    line = encode_request("add", {"key": "a", "tags": ["b"]})
    assert decode_request(line, COMMANDS)() == ["a", "b"]
    assert decode_reply(encode_result(["a", "b"]), "agent") == ["a", "b"]


def test_a_refusal_is_in_the_words_of_the_program() -> None:
    with pytest.raises(ControlError, match="not so"):
        decode_reply(encode_error("not so"), "agent")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"command": "nope"}, "there is no command 'nope'; there are add, members"),
        ({"command": "add"}, "the arguments of this command are: key (str), tags (list[str])"),
        ({"command": "add", "arguments": {"key": "a", "tags": "b"}}, "tags "),
        ({"command": "add", "arguments": {"key": 1, "tags": []}}, "key "),
        ({"command": "add", "arguments": {"key": "a", "tags": [], "more": "b"}}, "key "),
        ({"command": "add", "arguments": {"n": "a", "tags": []}}, "key "),
        ({"command": "members", "arguments": {"a": "b"}}, "are: none"),
        ({"command": ["add"]}, "a command and its arguments"),
        ({"command": "add", "arguments": []}, "a command and its arguments"),
        ({}, "a command and its arguments"),
        ([], "a command and its arguments"),
        (7, "a command and its arguments"),
    ],
)
def test_a_wrong_request_is_refused(request_: object, told: str) -> None:
    with pytest.raises(ControlError) as raised:
        decode_request(json.dumps(request_).encode(), COMMANDS)
    assert told in str(raised.value)


@given(st.binary(max_size=80))
def test_any_line_is_understood_or_refused(line: bytes) -> None:
    with pytest.raises(ControlError):
        decode_request(line, COMMANDS)
    with pytest.raises(ControlError):
        decode_reply(line, "agent")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "the switch ended before it answered"),
        (b"{", "the switch ended before it answered"),
        (b"[]", "what answers at this socket is no switch"),
        (b"{}", "what answers at this socket is no switch"),
    ],
)
def test_an_answer_that_breaks_off_and_one_of_somebody_else_are_told_apart(
    line: bytes, told: str
) -> None:
    with pytest.raises(ControlError, match=told):
        decode_reply(line, "switch")
