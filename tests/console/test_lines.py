"""Lines are printed at once, and whole."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from console.lines import on_a_terminal

PROGRAM = """
import os
from console.lines import print_whole_lines

print_whole_lines()
print("one", 2)
os.write(1, b"in between, ")
print("three", end="")
os.write(1, b"and before, ")
print()
"""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_line_is_written_at_once_and_in_one_piece(unbuffered: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert printed == b"one 2\nin between, and before, three\n"


def test_a_stdout_that_is_closed_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert not on_a_terminal()
