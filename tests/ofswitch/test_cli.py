"""The command line: its help, and what it says about mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from console.asking import Running
from ofswitch.cli import main


def ofswitch(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, words, prog_name="ofswitch")


COMMANDS: list[tuple[str, ...]] = [
    (),
    ("run",),
    ("show",),
    ("flows",),
    ("drops",),
    ("trace",),
    ("port",),
    ("port", "add"),
    ("port", "delete"),
    ("port", "list"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(command: tuple[str, ...], flag: str) -> None:
    result = ofswitch(*command, flag)
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ofswitch")


def test_no_command_was_forgotten_above() -> None:
    assert isinstance(main, click.Group)
    assert {command[0] for command in COMMANDS if command} == main.commands.keys()


def test_a_newcomer_finds_an_example_and_the_kinds_of_ports_in_the_help_of_run() -> None:
    text = ofswitch("run", "--help").output
    for word in ("ofswitch run s1 --port", "tap:NAME", "dev:NAME", "netns=", "ovs-ofctl", "ptcp:"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run"], "Missing argument 'NAME'"),
        (["run", "a/b"], "switch name"),
        (["run", "s1", "--dpid", "xyz"], "datapath id 'xyz'"),
        (["run", "s1", "--port", "eth0"], "write KIND:NAME, such as dev:eth0"),
        (["run", "s1", "--port", "veth:eth0"], "write KIND:NAME; the kinds are tap, dev"),
        (["run", "s1", "--port", "memory:p", "--port", "tap:p"], "2 ports have the name p"),
        (["run", "s1", "--port", "tap:a,no=5", "--port", "tap:b,no=5"], "have the number 5"),
        (["run", "s1", "--port", "tap:a,no=65280"], "not a number from 1 to 65279"),
        (["run", "s1", "--port", "tap:x,color=red"], "color=red"),
        (["run", "s1", "--controller", "localhost"], "tcp:HOST:PORT"),
        (["run", "s1", "--controller", "tcp:h:1", "--controller", "tcp:h:1"], "named twice"),
        (["run", "s1", "--probe-interval", "nan"], "write seconds, from 0.05 to 3600"),
        (["run", "s1", "--listen", "6654"], "ptcp:PORT"),
        (["run", "s1", "--protocols", "OpenFlow14"], "known: OpenFlow10, OpenFlow13"),
        (["run", "s1", "--protocols", ","], "name a version"),
        (["run", "s1", "--fail-mode", "open"], "standalone"),
        (["run", "s1", "--tables", "0"], "--tables"),
        (["run", "s1", "--log-level", "loud"], "--log-level"),
        (["run", "s1", "--ready", "/"], "'/' is a directory"),
        (["run", "s1", "--datapath=reference", "--threads=2"], "--threads: the reference"),
        (["run", "s1", "--datapath=reference", "--busy-poll"], "--busy-poll: the reference"),
        (["flows", "s1", "tcp,nw_dst=10.0.0.300"], "not an IPv4 address: '10.0.0.300'"),
        (["flows", "s1", "--table", "x"], "table=x: write a number from 0 to 254"),
        (["flows", "s1", "table=1", "--table", "1"], "table is given twice"),
        (["port", "add", "s1"], "Missing argument 'SPEC'"),
        (["port", "add", "s1", "eth0"], "write KIND:NAME, such as dev:eth0"),
        (["port", "add", "s1", "tap:x,color=red"], "color=red"),
        (["show", "../s1"], "switch name"),
        (["fly"], "No such command"),
        (["trace", "s1"], "say where the packet comes in: in_port=1"),
        (["trace", "s1", "in_port=1,tcp_dts=80"], "did you mean tcp_dst?"),
        (["trace", "s1", "in_port=1", "--packet", "0z"], "pairs of hexadecimal digits"),
        (["trace", "s1", "in_port=1", "--pcap", "/nowhere:2"], "--pcap /nowhere: No such file"),
        (["trace", "s1", "in_port=1", "--packet", "00", "--pcap", "x"], "name one packet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_ends_with_2_and_says_what_is_wrong(
    words: list[str], told: str
) -> None:
    result = ofswitch(*words)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command",
    [
        ["show"],
        ["flows"],
        ["drops"],
        ["trace"],
        ["port", "list"],
        ["port", "add"],
        ["port", "delete"],
    ],
    ids=" ".join,
)
def test_asking_a_switch_that_does_not_run_ends_with_1_in_one_line(
    command: list[str], tmp_path: Path
) -> None:
    argument = {"add": ["memory:p1"], "delete": ["p1"], "trace": ["in_port=1"]}.get(command[-1], [])
    result = ofswitch(*command, "s1", *argument, "--control", str(tmp_path / "none.sock"))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith("ofswitch: no switch s1 is running")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "pcap:read=/nowhere/x.pcap"], "/nowhere/x.pcap"),
        (["--port", "dev:agt-none"], "agt-none"),
        (["--listen", "ptcp:1:203.0.113.1"], "cannot listen on 203.0.113.1:1"),
        (["--ready", "/nowhere/ready"], "/nowhere/ready"),
        (["--ready", "/dev/full"], "--ready /dev/full: No space left"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_switch_that_cannot_start_ends_with_1_in_one_line(
    words: list[str], told: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "ofswitch", "run", "agt-cli", *words]
    command += ["--control", str(tmp_path / "s.sock"), "--log-level", "error"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("ofswitch: ")
    assert told in line
    assert list(tmp_path.iterdir()) == []


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> list[dict[str, Any]]:
    """Have every switch give this answer; the arguments that it is asked with."""
    asked: list[dict[str, Any]] = []

    def ask(self: Running, command: str, **arguments: object) -> object:
        asked.append(arguments)
        return answer

    monkeypatch.setattr(Running, "ask", ask)
    return asked


@pytest.mark.parametrize("command", [("show",), ("drops",), ("port", "list")], ids=" ".join)
def test_programs_are_given_all_that_a_switch_answers(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = [{"where": "s1-eth1", "count": 7}]
    answering(monkeypatch, answer)
    assert json.loads(ofswitch(*command, "s1", "--json").output) == answer


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        (
            "pcap:read=in.pcap,write=/tmp/out.pcap,fast=yes",
            "{here}/in.pcap,write=/tmp/out.pcap,fast=yes",
        ),
        ("pcap:p1,write=out.pcap", "{here}/out.pcap"),
        ("tap:write,no=2", "tap:write,no=2"),
    ],
)
def test_captures_are_looked_for_where_the_command_runs_and_not_where_the_switch_does(
    spec: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = answering(monkeypatch, {"port_no": 1, "name": "p1"})
    assert ofswitch("port", "add", "s1", spec).output == "port 1: p1\n"
    assert arguments[0]["spec"].endswith(asked.format(here=Path.cwd()))


def test_starting_needs_none_of_the_slow_modules() -> None:
    code = (
        "import ofswitch.cli, ofswitch.runtime.main, sys;"
        "print([m for m in ('rich', 'scapy', 'pyroute2', 'importlib.metadata') if m in sys.modules])"
    )
    output = subprocess.check_output([sys.executable, "-S", "-c", _WITH_PATH + code], text=True)
    assert output.strip() == "[]"


_WITH_PATH = f"import sys; sys.path[:0] = {sys.path!r};"
