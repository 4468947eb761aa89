"""The command line: its help, and what it says about mistakes."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from apps.swim.cli import main


def ofswim(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, words, prog_name="ofswim")


COMMANDS: list[tuple[str, ...]] = [
    (),
    ("agent",),
    ("members",),
    ("events",),
    ("info",),
    ("join",),
    ("leave",),
    ("update",),
    ("keys",),
    ("keys", "generate"),
    ("keys", "list"),
    ("keys", "add"),
    ("keys", "use"),
    ("keys", "remove"),
]

ASKING = [
    ("members",),
    ("events",),
    ("info",),
    ("join", "127.0.0.1"),
    ("leave",),
    ("update", "--meta", "a=b"),
    ("keys", "list"),
    ("keys", "add", "x"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(command: tuple[str, ...], flag: str) -> None:
    result = ofswim(*command, flag)
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ofswim")
    assert max(map(len, result.output.splitlines())) <= 110


def test_no_command_was_forgotten_above() -> None:
    assert isinstance(main, click.Group)
    assert {command[0] for command in COMMANDS if command} == main.commands.keys()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--name", "a b"], "name 'a b'"),
        (["--bind", "10.0.0.1:x"], "--bind '10.0.0.1:x': a port is a number"),
        (["--join", "10.0.0.1:0"], "--join '10.0.0.1:0': a port is a number"),
        (["--join", "[::1"], "[ADDRESS]:PORT"),
        (["--advertise", "10.0.0.1:99999"], "--advertise '10.0.0.1:99999': a port is"),
        (["--meta", "web"], "--meta 'web': write KEY=VALUE"),
        (["--meta", "k=" + "v" * 600], "more than 512"),
        (["--key", "secret"], "ofswim keys generate"),
        (["--key", "@/no/such/file"], "No such file"),
        (["--label", "x" * 300], "at most 255"),
        (["--metrics", "127.0.0.1:x"], "--metrics"),
        (["--preset", "slow"], "'slow'"),
    ],
)
def test_what_can_never_work_is_a_mistake_on_the_command_line(
    words: list[str], told: str, tmp_path: Path
) -> None:
    result = ofswim("agent", "--name", "h1", "--control", str(tmp_path / "h1.sock"), *words)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--bind", "192.0.2.7"], "this host does not have this address"),
        (["--bind", "127.0.0.1:0", "--join", "no.such.host.invalid"], "nobody to join"),
        (["--bind", "127.0.0.1:0", "--ready", "/no/such/folder/ready"], "--ready"),
        (["--bind", "127.0.0.1:0", "--metrics", "192.0.2.7"], "--metrics 192.0.2.7"),
        (["--bind", "127.0.0.1:0", "--control", "/proc/h1.sock"], "control socket /proc/h1.sock"),
        (["--bind", "127.0.0.1:0", "--control", "/tmp/" + "x" * 120], "the path is too long"),
    ],
)
def test_what_does_not_work_here_is_told_in_a_line(
    words: list[str], told: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "apps.swim.cli", "agent", "--name", "h1"]
    control = ["--control", str(tmp_path / "h1.sock"), "--log-level", "error"]
    done = subprocess.run(
        [*command, *control, *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ofswim: ")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_who_asks_an_agent_that_is_not_there_is_told_so(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    result = ofswim(*words, "--control", str(tmp_path / "h1.sock"))
    assert result.exit_code == 1
    assert "no agent is running" in result.output


def test_without_a_name_the_only_agent_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.swim.settings.run_dir", lambda: tmp_path / "none")
    assert "no agent is running here" in ofswim("members").output
    assert ofswim("members", "--name", "a/b").exit_code == 2


def test_a_generated_key_is_one() -> None:
    first, second = (ofswim("keys", "generate").output for _ in range(2))
    assert len(b64decode(first)) == 32
    assert first != second
