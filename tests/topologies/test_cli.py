"""`oflab`: what can never work is told before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from topologies import work
from topologies.cli import main


@pytest.mark.parametrize("protocols", ["OpenFlow99", "OpenFlow14", ","])
def test_a_version_that_there_is_not_is_told_before_the_lab_is_built(
    monkeypatch: pytest.MonkeyPatch, protocols: str
) -> None:
    monkeypatch.setattr(work, "open_network", None)  # it is not opened
    result = CliRunner().invoke(main, ["--protocols", protocols, "--test", "pingall"])
    assert result.exit_code == 2
    assert "--protocols: " in result.output


@pytest.mark.parametrize(
    ("controller", "text"),
    [
        ("./nothing.py", "there is no script nothing.py"),
        ("nothing", "there is no app 'nothing'"),
        ("{tmp}/broken.py", "broken.py, line 1: SyntaxError"),
        ("tcp:host:port", "--controller: "),
        ("learning_switch,", "'learning_switch,' lacks a name at a comma"),
        ("", "--controller: it is empty"),
    ],
)
def test_a_controller_that_there_is_not_is_told_before_the_lab_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, controller: str, text: str
) -> None:
    (tmp_path / "broken.py").write_text("def init(", encoding="utf-8")
    monkeypatch.setattr(work, "open_network", None)  # it is not opened
    arguments = ["--controller", controller.format(tmp=tmp_path), "--test", "pingall"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert text in result.output
    assert "Traceback" not in result.output
