"""What goes out comes back: every message and every action of experimenters, on every version that has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openflow import Message, PacketOut, Version, decode, encode
from openflow.actions import Action
from openflow.structs import FAMILIES
from openflow.versions import SUPPORTED
from tests.openflow.strategies import EXTENSIONS, element, messages, of_experimenter, spoken_id

ACTIONS = [
    (version, cls)
    for version in SUPPORTED
    for cls in FAMILIES[Action.__name__].values()
    if of_experimenter(cls) and cls.layout.get(version)
]
SLOW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(("version", "cls"), EXTENSIONS, ids=spoken_id)
@SLOW
@given(data=st.data())
def test_a_message_decodes_to_what_was_encoded(
    version: Version, cls: type[Message], data: st.DataObject
) -> None:
    message = data.draw(messages(cls, version))
    encoded = encode(message, version)
    assert decode(encoded) == message
    assert encode(decode(encoded), version) == encoded


@pytest.mark.parametrize(("version", "cls"), EXTENSIONS, ids=spoken_id)
def test_a_message_of_defaults_survives(version: Version, cls: type[Message]) -> None:
    assert decode(encode(cls(), version)) == cls()


@pytest.mark.parametrize(("version", "cls"), ACTIONS, ids=spoken_id)
@SLOW
@given(data=st.data())
def test_an_action_decodes_to_what_was_encoded(
    version: Version, cls: Any, data: st.DataObject
) -> None:
    message = PacketOut(actions=[data.draw(element(cls, version))], data=b"")
    encoded = encode(message, version)
    assert decode(encoded) == message
    assert encode(decode(encoded), version) == encoded
