"""The layers of the system: who may import whom, and who may do I/O.

The rules stand in pyproject.toml under tool.importlinter; `lint-imports` shows a broken chain.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter import cli

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
CONTRACTS = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_the_layers_hold(contract: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PYPROJECT.parent)
    result = cli.lint_imports(limit_to_contracts=(contract["id"],), no_cache=True)
    assert result == cli.EXIT_STATUS_SUCCESS, contract["name"]
