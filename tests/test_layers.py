"""The layers of the system: who may import whom, and who may do I/O.

The rules stand in pyproject.toml under tool.importlinter; `lint-imports` shows a broken chain. It runs in a process of
its own, since it silences all loggers of the one that it is in.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter import cli

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
CONTRACTS = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_the_layers_hold(contract: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--contract", contract["id"], "--no-cache"],
        cwd=PYPROJECT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == cli.EXIT_STATUS_SUCCESS, contract["name"] + done.stdout + done.stderr
