"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("console", "openflow", "ofswitch", "controller", "apps", "topologies", "ofbench")
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60

FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def long_functions(source: str) -> Iterator[str]:
    """Name the functions of a module that are longer than they may be."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield f"{node.name} (line {node.lineno}) has {lines} lines"


@every_file
def test_a_file_is_split_before_it_grows_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES_OF_A_FILE


@every_file
def test_a_function_is_split_before_it_grows_long(path: Path) -> None:
    assert list(long_functions(path.read_text())) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package_and_so_is_installed(package: str) -> None:
    folders = {path.parent for path in FILES if path.is_relative_to(ROOT / package)}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
