"""One agent tells all members which keys to have, and hears what they say."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from apps.swim.keyring import Keyring
from apps.swim.members import State
from apps.swim.packet import Envelope
from apps.swim.runtime.keys import Keys
from apps.swim.transport.serf import SerfSwim
from console.control import ControlError
from tests.apps.swim.transport.members import ANY_PORT, CALM, member, sees
from tests.loops import PATIENCE_S, on_a_loop, until

OLD, NEW, OTHER = (bytes([number]) * 32 for number in range(3))
LONG = 2 * PATIENCE_S


def text(key: bytes) -> str:
    """As the user writes it."""
    return b64encode(key).decode()


def keyed(name: str, *others: SerfSwim) -> SerfSwim:
    """A member that joins others, with a keyring of its own."""
    config = replace(CALM, envelope=Envelope(keyring=Keyring(OLD)))
    return SerfSwim(name, config, bind=ANY_PORT, join=[str(other.address) for other in others])


def keys_of(swim: SerfSwim) -> tuple[bytes, ...]:
    """What is on its keyring."""
    keyring = swim.config.envelope.keyring
    assert keyring is not None
    return keyring.keys


@on_a_loop
async def test_all_members_change_their_key_as_one_of_them_is_told() -> None:
    async with keyed("a") as a, keyed("b", a) as b:
        await until(lambda: sees(a, b=State.ALIVE))
        keys = Keys(a, LONG)
        for word, key in (("add", NEW), ("use", NEW)):
            assert await keys.change_everywhere(word, text(key)) == 2
        found = await keys.listed_everywhere()
        assert found["members"] == 2
        assert found["keys"][text(NEW)] == {"have": 2, "use": 2}
        assert found["keys"][text(OLD)] == {"have": 2, "use": 0}
        assert not found["amiss"]
        assert await keys.change_everywhere("remove", text(OLD)) == 2
        assert keys_of(a) == keys_of(b) == (NEW,)


@on_a_loop
async def test_nobody_uses_a_key_that_some_do_not_have() -> None:
    async with keyed("a") as a, keyed("b", a) as b:
        await until(lambda: sees(a, b=State.ALIVE))
        keys = Keys(a, LONG)
        keys.change("add", text(NEW))
        with pytest.raises(ControlError, match="b: does not have it"):
            await keys.change_everywhere("use", text(NEW))
        assert (keys_of(a), keys_of(b)) == ((OLD, NEW), (OLD,))
        with pytest.raises(ControlError, match=r"only 0 of 2 .* a: the primary key"):
            await keys.change_everywhere("remove", text(OLD))


@on_a_loop
async def test_who_does_not_answer_is_named() -> None:
    async with keyed("a") as a, keyed("b", a) as b:
        await until(lambda: sees(a, b=State.ALIVE))
        await b.close()
        with pytest.raises(ControlError, match="only 1 of 2 members have done it: b: no answer"):
            await Keys(a, 0.1).change_everywhere("add", text(NEW))
        assert (await Keys(a, 0.1).listed_everywhere())["amiss"] == "b: no answer"


@on_a_loop
async def test_many_that_do_not_answer_are_not_all_named() -> None:
    async with keyed("a") as a:
        others = [await keyed(f"b{number}", a).__aenter__() for number in range(8)]
        await until(lambda: len(a.members) == 9)
        for other in others:
            await other.close()
        found = await Keys(a, 0.1).listed_everywhere()
        assert found["amiss"].count("no answer") == 5
        assert found["amiss"].endswith("; and 3 more")


@on_a_loop
async def test_who_cannot_ask_says_why() -> None:
    async with (
        member("a") as bare,
        SerfSwim("b", CALM, bind=ANY_PORT) as plain,
        keyed("c") as c,
    ):
        with pytest.raises(ControlError, match="start it with --key"):
            await Keys(plain, LONG).listed_everywhere()
        with pytest.raises(ControlError, match="start it with --key"):
            Keys(bare).listed()
        with pytest.raises(ControlError, match="base64"):
            await Keys(c, LONG).change_everywhere("add", "x")
    keyless = replace(CALM, envelope=Envelope(keyring=Keyring(OLD)))
    async with member("a", config=keyless) as bare:
        with pytest.raises(ControlError, match="--no-serf"):
            await Keys(bare).listed_everywhere()
