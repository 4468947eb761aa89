"""How programs end that have failed."""

from __future__ import annotations

import errno
import os

import click
from click.testing import CliRunner

from console.failure import Failure
from console.group import Program


@click.group(cls=Program)
def main() -> None:
    """A program."""


@main.group()
def below() -> None:
    """More commands."""


@below.command()
def fill() -> None:
    """Print where there is no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@below.command()
def fail() -> None:
    """Fail."""
    raise Failure("it is too late")


def test_every_program_tells_its_version_and_helps() -> None:
    result = CliRunner().invoke(main, ["--version"], prog_name="ofclock")
    assert result.stdout.startswith("ofclock ")
    assert CliRunner().invoke(main, ["below", "fail", "-h"]).exit_code == 0


def test_a_failure_is_a_line_behind_the_name_of_the_program() -> None:
    result = CliRunner().invoke(main, ["below", "fail"], prog_name="ofclock")
    assert result.exit_code == 1
    assert result.stderr == "ofclock: it is too late\n"
    assert result.stdout == ""


def test_output_that_finds_no_room_is_no_fault_of_the_program() -> None:
    result = CliRunner().invoke(main, ["below", "fill"], prog_name="ofclock")
    assert (result.exit_code, result.stderr) == (1, "ofclock: No space left on device\n")
