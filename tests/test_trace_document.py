"""docs/trace.md shows what `ofswitch trace` prints, to the letter."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from ofswitch.configuration import FailMode
from ofswitch.runtime.commands import commands
from ofswitch.trace.request import request
from ofswitch.trace.story import plain
from ofswitch.words.fields import SHORTHANDS
from ofswitch.words.packets import parse_packet
from openflow import V1_3, ApplyActions, FlowMod, Match, Output
from tests.ofswitch.runtime.rig import plug, running

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "trace.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\$ ofswitch trace s1 (\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

ENTRIES = [
    FlowMod(
        match=Match(in_port=here, eth_type=0x0800, ipv4_dst=f"10.0.0.{there}"),
        instructions=[ApplyActions([Output(there)])],
    )
    for here, there in ((1, 2), (2, 1))
]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("words", "told"), EXAMPLES)
def test_an_example_is_as_it_would_be_printed(words: str, told: str) -> None:
    async def test() -> str:
        async with running(fail_mode=FailMode.SECURE) as switch:
            plug(switch, "s1-h1", "s1-h2")
            for entry in ENTRIES:
                switch.agent.datapath.apply(entry, V1_3, switch.now())
            return plain(commands(switch)["trace"](**request(words)))

    assert asyncio.run(test()) == told.rstrip("\n")


@pytest.mark.parametrize(("words", "told"), EXAMPLES)
def test_the_first_line_of_an_answer_describes_the_same_packet(words: str, told: str) -> None:
    again = request(told.splitlines()[0])
    assert again["frame"] == request(words)["frame"]


def is_known(word: str) -> bool:
    """Whether a field has this name."""
    try:
        parse_packet(f"{word}=1")
    except ValueError as error:
        return "there is no field" not in str(error)
    return True


def test_every_shorthand_is_listed_and_every_word_is_known() -> None:
    paragraph = TEXT.partition("## Which packet?")[2].partition("`--packet")[0]
    words = set(re.findall(r"`(\w+)`", paragraph))
    assert set(SHORTHANDS) <= words
    assert [word for word in words - set(SHORTHANDS) - {"FIELDS"} if not is_known(word)] == []
