"""`ofcontroller`, as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from controller.cli import main
from openflow.versions import SUPPORTED, Version
from tests.apps.network import Network, mac
from tests.controller.fakes import FakeSwitch

ROOT = Path(__file__).parents[2]


class Process:
    """`ofcontroller run` with a script, listening at a port of its own."""

    def __init__(self, tmp_path: Path, script: str, *options: str) -> None:
        path = tmp_path / "script.py"
        path.write_text(script, encoding="utf-8")
        self.ready = tmp_path / "ready"
        command = [sys.executable, "-m", "controller.cli", "run", str(path), *options]
        command += ["--listen", "tcp:127.0.0.1:0", "--ready", str(self.ready)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def port(self) -> int:
        """Where it listens, once it does."""
        deadline = time.monotonic() + 20
        while not self.ready.exists() or not self.ready.read_text():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return int(self.ready.read_text().strip().rpartition(":")[2])

    def wait_for(self, text: str) -> None:
        """Read its output until a line has this in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return
        raise AssertionError(f"it ended without saying {text!r}")

    def end(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Its exit code and output, after a signal."""
        if number is not None:
            self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output


def shake_hands(port: int, switch: FakeSwitch) -> socket.socket:
    """Connect a fake switch and answer until the controller has nothing more to ask."""
    peer = socket.create_connection(("127.0.0.1", port))
    peer.settimeout(0.3)
    peer.sendall(switch.connection.take_output())
    try:
        while data := peer.recv(65536):
            peer.sendall(switch.take(data))
    except TimeoutError:
        pass
    return peer


SCRIPT = """
from controller import Event

def join(ctrl, dpid, event):
    print(f"joined {dpid:x} with {len(event.ports)} ports")

def leave(ctrl, dpid, event):
    print(f"left: {event.reason}")

def init(ctrl):
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
    ctrl.register_cb(Event.DATAPATH_LEAVE, leave)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_shuts_down_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = Process(tmp_path, SCRIPT)
    peer = shake_hands(process.port(), FakeSwitch(0xAB))
    code, output = process.end(number)
    assert code == 0
    assert "joined ab with 2 ports" in output
    assert "left: the controller is shutting down" in output
    assert "Traceback" not in output
    assert not process.ready.exists()
    peer.close()


def test_a_ready_file_of_another_is_left_alone_when_nothing_was_started(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text("tcp:127.0.0.1:6653\n", encoding="utf-8")
    process = Process(tmp_path, "nonsense")
    assert process.end()[0] == 1
    assert ready.exists()


def test_a_log_that_nobody_reads_holds_up_no_switch(tmp_path: Path) -> None:
    script = """
import logging

def init(ctrl):
    for number in range(50_000):
        logging.getLogger("app").info("%099d", number)
"""
    process = Process(tmp_path, script)
    peer = shake_hands(process.port(), FakeSwitch(0xAB))
    code, output = process.end(signal.SIGINT)
    assert code == 0
    assert "INFO    app: 00000" in output
    peer.close()


def test_an_app_that_is_starting_can_be_stopped(tmp_path: Path) -> None:
    script = """
import asyncio

async def init(ctrl):
    print("starting", flush=True)
    try:
        await asyncio.sleep(3600)
    finally:
        print("stopped while it was starting", flush=True)
"""
    process = Process(tmp_path, script)
    process.wait_for("starting")
    code, output = process.end(signal.SIGINT)
    assert code == 0
    assert "stopped while it was starting" in output
    assert "Traceback" not in output
    assert not process.ready.exists()


def test_a_second_interrupt_ends_a_callback_that_never_returns(tmp_path: Path) -> None:
    script = """
def spin():
    print("spinning", flush=True)
    while True:
        pass

def init(ctrl):
    ctrl.post_callback(0.01, spin)
"""
    process = Process(tmp_path, script)
    process.wait_for("spinning")
    process.process.send_signal(signal.SIGINT)
    process.wait_for("stopped by SIGINT")
    code, _ = process.end(signal.SIGINT)
    assert code == 130


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_more_connections_than_are_allowed_are_turned_away(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    process = Process(tmp_path, "def init(ctrl): ...", "--connections", "1", *options)
    port = process.port()
    taken = 2 if options else 1
    with ExitStack() as peers:
        for _ in range(taken):
            peer = peers.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            assert peer.recv(8)  # its hello: it is connected
        other = peers.enter_context(socket.create_connection(("127.0.0.1", port), 20))
        assert other.recv(8) == b""
        process.wait_for("is turned away: 1 connections are open")
    code, output = process.end(signal.SIGINT)
    assert code == 0, output


def test_an_error_in_init_is_told_without_a_traceback(tmp_path: Path) -> None:
    code, output = Process(tmp_path, "def init(ctrl):\n    ctrl.register(1)\n").end()
    assert code == 1
    assert "script.py, line 2, in init: AttributeError: 'Controller' object has no" in output
    assert "Traceback" not in output


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = Process(tmp_path, SCRIPT, "--listen", f"tcp:127.0.0.1:{port}").end()
    assert code == 1
    assert "the port is in use" in output
    assert "choose another port with --listen" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["run"], "Missing argument"),
        (["run", "nothing"], "there is no app 'nothing'"),
        (["run", "hub", "--listen", "6653"], "expected tcp:HOST:PORT"),
        (["run", "hub", "--protocols", "OpenFlow99"], "unknown OpenFlow version"),
        (["run", "hub", "--protocols", ","], "no version is given"),
    ],
)
def test_a_wrong_command_line_is_explained(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert text in result.output


def test_scripts_find_each_other_and_are_started_as_they_require(tmp_path: Path) -> None:
    (tmp_path / "topology.py").write_text("def init(ctrl):\n    return ['a link']\n")
    script = """
requires = ("topology.py", "hub")
def init(ctrl):
    print("found", ctrl.component("topology"), ctrl.components.names, flush=True)
"""
    process = Process(tmp_path, script)
    process.port()
    _, output = process.end(signal.SIGINT)
    assert "found ['a link'] ['topology', 'hub']" in output


def test_scripts_that_require_each_other_are_not_started(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        text = f"requires = ('{other}.py',)\ndef init(ctrl): print('never')\n"
        (tmp_path / f"{name}.py").write_text(text)
    arguments = ["run", str(tmp_path / "one.py"), str(tmp_path / "two.py")]
    words = [*arguments, "--listen", "tcp:127.0.0.1:0"]
    result = CliRunner().invoke(main, words, prog_name="ofcontroller")
    assert result.exit_code == 1
    assert (
        "ofcontroller: components require each other in a circle: one -> two -> one"
        in result.output
    )
    assert "never" not in result.output


def test_apps_are_listed() -> None:
    result = CliRunner().invoke(main, ["apps"])
    assert result.exit_code == 0
    assert "learning_switch  Learning switch: " in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["apps", "-h"]])
def test_help_is_there(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert "\b" not in result.output


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_the_script_of_the_help_shows_packet_ins(
    version: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, shown = CliRunner().invoke(main, ["run", "--help"]).output.partition("started before it.")
    script, _, _ = shown.partition("Options:")
    namespace: dict[str, Any] = {}
    exec(dedent(script), namespace)
    network = Network(SimpleNamespace(init=namespace["init"]), version)
    network.add(7)
    network.talk((7, 2), mac(1), mac(2))
    assert capsys.readouterr().out.startswith("0000000000000007 port 2: <Packet 60 bytes: eth_dst=")


@pytest.mark.parametrize("callback", ["def", "async def"])
def test_who_ends_the_controller_with_sys_exit_is_named(tmp_path: Path, callback: str) -> None:
    script = f"import sys\n\n\n{callback} tired():\n    sys.exit(3)\n\n\n"
    script += "def init(ctrl):\n    ctrl.post_callback(0.1, tired)\n"
    code, output = Process(tmp_path, script).end()
    assert code == 3
    assert f"ended by sys.exit(3) at {tmp_path / 'script.py'}, line 5, in tired" in output
    assert "Traceback" not in output


def test_a_worker_that_nobody_has_started_is_refused() -> None:
    done = CliRunner().invoke(main, ["run", "hub", "--worker", "x:y"])
    assert (done.exit_code, done.exception is None or isinstance(done.exception, SystemExit)) == (
        2,
        True,
    )
    assert "workers are started by --workers" in done.output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("word", ["apps", "--help"])
def test_a_full_disk_is_told_in_one_line(word: str) -> None:
    command = [sys.executable, "-m", "controller.cli", word]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode != 0
    assert done.stderr == "ofcontroller: No space left on device\n"
