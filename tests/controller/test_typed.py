"""What a type checker says of controllers, which is what an editor knows when somebody writes one.

It is asked once, about all of them: one controller that is sound, one that is mistaken, and those that the documents
show.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.test_controller_documents import FIREWALL, scripts

HERE = Path(__file__).parent / "typed"
ROOT = Path(__file__).parent.parent.parent
OPTIONS = ["--strict", "--config-file=", "--follow-imports=silent", "--no-error-summary"]
SHOWN = {
    f"{name}_{number}": script
    for name in ("controller", "membership")
    for number, script in enumerate(scripts(f"{name}.md"))
} | {"firewall": FIREWALL}

Errors = dict[str, dict[int, list[str]]]
"""What is said, by the file and the line."""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> Errors:
    """What mypy says, as a user calls it: elsewhere, and without the settings of this project."""
    folder = tmp_path_factory.mktemp("typed")
    for name in ("sound", "mistaken"):
        (folder / f"{name}.py").write_text((HERE / f"{name}.py").read_text())
    for name, script in SHOWN.items():
        (folder / f"{name}.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *OPTIONS, "--cache-dir", folder / "cache", "."],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    found: Errors = defaultdict(lambda: defaultdict(list))
    for name, line, text in re.findall(r"^(\w+)\.py:(\d+): error: (.*)", done.stdout, re.MULTILINE):
        found[name][int(line)].append(text)
    return found


@pytest.mark.parametrize("name", ["sound", *SHOWN])
def test_there_is_nothing_to_complain_of(errors: Errors, name: str) -> None:
    assert errors[name] == {}


def test_each_mistake_is_found_and_nothing_else(errors: Errors) -> None:
    lines = (HERE / "mistaken.py").read_text().splitlines()
    expected = {number: line.split("# error: ")[1:] for number, line in enumerate(lines, 1)}
    found = {number: errors["mistaken"].get(number, []) for number in expected}
    for number, parts in expected.items():
        assert len(found[number]) == len(parts), f"line {number}: {found[number]}"
        for part, text in zip(parts, found[number], strict=True):
            assert part.strip() in text, f"line {number}"
