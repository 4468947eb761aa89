"""`ofcontroller run` with TLS, as a process and as processes."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials
from console.tls.options import as_options
from controller.cli import main
from openflow import SetConfig
from tests.controller.fakes import FakeSwitch
from tests.controller.test_cli import Process

TIMEOUT_S = 20.0
JOINS = """
import os
from controller import Event

def join(ctrl, dpid, event):
    os.write(1, f"joined {event.switch.address}\\n".encode())

def init(ctrl):
    ctrl.register_cb(Event.DATAPATH_JOIN, join)
"""


def join(where: str, dpid: int, credentials: Credentials | None) -> socket.socket:
    """A fake switch that has joined."""
    scheme, host, port = where.split(":")
    sock = socket.create_connection((host, int(port)), TIMEOUT_S)
    if scheme == "ssl":
        assert credentials is not None
        sock = Contexts(credentials).get(server_side=False).wrap_socket(sock)
    switch = FakeSwitch(dpid)
    sock.sendall(switch.connection.take_output())
    deadline = time.monotonic() + TIMEOUT_S
    while not switch.of_type(SetConfig):
        assert time.monotonic() < deadline
        if answer := switch.take(sock.recv(65536)):
            sock.sendall(answer)
    return sock


@pytest.mark.parametrize("workers", ["1", "2"])
def test_addresses_with_tls_and_without_are_listened_at_together(
    ca, c1, tmp_path: Path, workers: str
) -> None:
    words = ["--listen", "ssl:127.0.0.1:0", "--workers", workers, *as_options(c1)]
    process = Process(tmp_path, JOINS, *words)
    try:
        process.port()
        secure, plain = process.ready.read_text().split()
        assert (secure[:4], plain[:4]) == ("ssl:", "tcp:")
        socks = [join(plain, 1, None)]
        process.wait_for("joined tcp:127.0.0.1:")
        s1 = ca.issue("s1")
        for dpid in (2, 3):
            socks.append(join(secure, dpid, s1))
            process.wait_for("joined ssl:127.0.0.1:")
        for sock in socks:
            sock.close()
    finally:
        code, output = process.end(signal.SIGTERM)
    assert code == 0, output
    assert "Traceback" not in output


def refused(*words: str) -> str:
    """What is said of a command line that could never work."""
    result = CliRunner().invoke(main, ["run", "learning_switch", *words])
    assert result.exit_code == 2
    return result.output


@pytest.mark.parametrize("option", ["--listen", "--connect"])
def test_tls_needs_credentials(option: str) -> None:
    text = "ssl:127.0.0.1:6653 needs --private-key, --certificate and --ca-cert"
    assert text in refused(option, "ssl:127.0.0.1")


def test_credentials_that_encrypt_nothing_are_refused(c1: Credentials) -> None:
    assert "nothing would be encrypted" in refused(*as_options(c1))


def test_a_file_that_is_missing_is_told_without_a_traceback(c1, tmp_path: Path) -> None:
    words = [word for word in as_options(c1) if not word.startswith("--ca-cert")]
    words += ["--listen", "ssl:127.0.0.1:0", "--ca-cert", str(tmp_path / "none.pem")]
    result = CliRunner().invoke(main, ["run", "learning_switch", *words], prog_name="ofcontroller")
    assert result.exit_code == 1
    told = f"ofcontroller: --ca-cert {tmp_path}/none.pem: No such file or directory"
    assert told in result.output
