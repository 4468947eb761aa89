"""What goes out comes back: every message of every version, with values that the layouts themselves suggest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import Message, Version, decode, encode
from tests.openflow.strategies import SPOKEN, messages, spoken_id

every_message = pytest.mark.parametrize(("version", "cls"), SPOKEN, ids=spoken_id)


@every_message
@settings(max_examples=25)
@given(data=st.data())
def test_a_message_decodes_to_what_was_encoded(
    version: Version, cls: type[Message], data: st.DataObject
) -> None:
    message = data.draw(messages(cls, version))
    encoded = encode(message, version)
    assert decode(encoded) == message
    assert encode(decode(encoded), version) == encoded


@every_message
def test_a_message_of_defaults_survives(version: Version, cls: type[Message]) -> None:
    assert decode(encode(cls(), version)) == cls()
