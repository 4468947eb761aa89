"""What docs/extensions.md says of the extensions is so, and it leaves none out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from openflow import Message
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.fields import KNOWN

DOCUMENT = Path(__file__).parents[3] / "docs" / "extensions.md"
TEXT = DOCUMENT.read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str) -> None:
    """In a process of its own: one of them adds an action."""
    subprocess.run([sys.executable, "-c", example], check=True, cwd=DOCUMENT.parents[1])


def test_every_action_and_message_is_named() -> None:
    classes = [cls for cls in vars(nx).values() if isinstance(cls, type)]
    names = {cls.__name__ for cls in classes if issubclass(cls, Action | Message)}
    assert {name for name in names if f"`{name}`" not in TEXT} == set()


def test_every_field_that_is_named_is_one() -> None:
    section = TEXT.partition("## Match fields")[2].partition("## Actions")[0]
    named = set(re.findall(r"`([a-z]+_?[a-z0-9_]*)`", section)) - {"eth_dst", "tun_metadata"}
    assert named <= set(KNOWN)
