"""Whatever bytes come, the agent answers or closes, and never raises."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import V1_0, V1_3, BarrierReply, BarrierRequest, Hello, encode
from openflow.messages import MESSAGES
from tests.ofswitch.agent.world import Controller, World

HELLO = encode(Hello(), V1_0), encode(Hello(), V1_3)

# Every message there is, as bytes, to be damaged.
WHOLE = [
    encode(cls(xid=1), version)
    for cls in MESSAGES.values()
    for version in cls.layout
    if not cls.__name__.startswith("_")
]


def framed(version: int, type_: int, body: bytes) -> bytes:
    """A message whose length is right."""
    return bytes([version, type_]) + (8 + len(body)).to_bytes(2, "big") + b"\0\0\0\1" + body


def damaged(message: bytes, seed: int, hits: int) -> bytes:
    """The message with some bytes behind its length changed."""
    chance, data = random.Random(seed), bytearray(message)
    for _ in range(hits):
        data[chance.randrange(4, len(data))] = chance.randrange(256)
    return bytes(data)


FRAMED = st.builds(
    framed, st.sampled_from([1, 4, 4, 4, 2, 0, 255]), st.integers(0, 31), st.binary(max_size=120)
)
DAMAGED = st.builds(damaged, st.sampled_from(WHOLE), st.integers(0, 1 << 32), st.integers(0, 6))
ANYTHING = st.lists(FRAMED | DAMAGED | DAMAGED | st.binary(max_size=20), max_size=12)


@settings(max_examples=300)
@given(st.sampled_from([b"", *HELLO]), ANYTHING, st.integers(1, 200), st.booleans())
def test_any_bytes_are_answered_or_end_their_own_connection_only(
    hello: bytes, messages: list[bytes], chunk: int, dialled: bool
) -> None:
    world = World(standalone=True)
    bystander = Controller(world, V1_3)
    session = world.agent.open_session("anybody", world.now, dialled=dialled)
    stream = hello + b"".join(messages)
    for start in range(0, len(stream), chunk):
        world.agent.receive_from(session, stream[start : start + chunk], world.now)
        while session.waiting:
            world.agent.receive_from(session, b"", world.now)
    assert session.queued <= 64 << 20
    while session.take_output(1 << 16):
        pass
    world.later(1)
    replies = bystander.send(BarrierRequest(xid=0xBEEF))
    assert [reply for reply in replies if isinstance(reply, BarrierReply)] == replies[-1:]
    assert not bystander.session.closed
