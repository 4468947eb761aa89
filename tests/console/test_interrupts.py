"""Ctrl-C, from a program's first import to its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from console import programs
from console.group import Program
from console.interrupts import end_at_once, ended_by_interrupts, raised_by_interrupts

PYPROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"

SCRIPTS = {
    "ofswitch": "ofswitch.cli",
    "ofcontroller": "controller",
    "oflab": "topologies.cli",
    "ofbench": "ofbench.cli",
    "ofswim": "apps.swim.cli",
}
"""The programs, and a module that each imports."""

INTERRUPTED_WHILE_IMPORTING = """
import os, signal, sys
from console.programs import {program}

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
{program}()
"""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Leave it as it was."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("program", "module"), SCRIPTS.items())
def test_ctrl_c_in_the_middle_of_an_import_ends_a_program_without_a_word(
    program: str, module: str
) -> None:
    code = INTERRUPTED_WHILE_IMPORTING.format(program=program, module=module)
    command = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_every_program_that_is_installed_begins_there() -> None:
    installed = tomllib.loads(PYPROJECT.read_text())["project"]["scripts"]
    assert installed == {name: f"{programs.__name__}:{name}" for name in SCRIPTS}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_program_is_a_group_that_heeds_ctrl_c(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        getattr(programs, name)()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"Usage: {name} ")


@pytest.mark.parametrize(
    "module", ["ofswitch.cli", "controller.cli", "topologies.cli", "ofbench.cli", "apps.swim.cli"]
)
def test_all_commands_are_of_a_program(module: str) -> None:
    assert isinstance(import_module(module).main, Program)


def test_a_command_that_lets_an_interrupt_pass_ends_quietly_with_130() -> None:
    @click.group(cls=Program)
    def main() -> None:
        pass

    @main.command()
    def wait() -> None:
        signal.raise_signal(signal.SIGINT)

    end_at_once()
    done = CliRunner().invoke(main, ["wait"])
    assert (done.exit_code, done.output) == (130, "")
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


def test_what_ctrl_c_does_is_as_before_afterwards() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ended_by_interrupts():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        with raised_by_interrupts():
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_at_once()
    with ended_by_interrupts(), raised_by_interrupts():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
