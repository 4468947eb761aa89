"""The options that name the files, on a command of their own."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from console.tls.credentials import Credentials
from console.tls.options import as_options, credentials_options

ALL = {"--private-key": "key", "--certificate": "cert", "--ca-cert": "ca"}
TAKEN = Credentials(Path("key"), Path("cert"), Path("ca"))


@click.command()
@click.argument("name")
@credentials_options(bootstrap=True)
def command(name: str, tls: Credentials | None) -> None:
    click.echo(" ".join([name, *as_options(tls)]))


def ask(**given: str) -> Result:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    return CliRunner().invoke(command, ["me", *words])


def test_none_need_be_given() -> None:
    assert ask().output == "me\n"


def test_what_is_given_can_be_said_again() -> None:
    words = as_options(TAKEN)
    assert CliRunner().invoke(command, ["me", *words]).output.split() == ["me", *words]
    first = Credentials(Path("key"), Path("cert"), Path("ca"), bootstrap=True)
    assert as_options(first)[-1] == "--bootstrap-ca-cert=ca"


@pytest.mark.parametrize("lacking", ALL)
def test_all_three_are_needed(lacking: str) -> None:
    given = {name[2:].replace("-", "_"): file for name, file in ALL.items() if name != lacking}
    result = ask(**given)
    assert result.exit_code == 2
    assert f"TLS needs {lacking}, too" in result.output


def test_a_ca_is_either_known_or_learned() -> None:
    result = ask(private_key="k", certificate="c", ca_cert="a", bootstrap_ca_cert="b")
    assert result.exit_code == 2
    assert "do not go together" in result.output
