"""The lab's prompt on a terminal: what Ctrl-C and the terminal's settings do."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.labs import OflabRun
from tests.kernel.waiting import TIMEOUT_S

pytestmark = pytest.mark.system

CTRL_C = "\x03"
CTRL_D = "\x04"


class Terminal:
    """A terminal with somebody at it."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.seen = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.ours, text.encode())

    def wait_for(self, text: str) -> None:
        """Wait until a text appears after what was waited for before."""
        deadline = time.monotonic() + TIMEOUT_S
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 1 << 16).decode(errors="replace")
        self.seen = self.seen.partition(text)[2]

    def echoes(self) -> bool:
        """Whether one sees what one types."""
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    os.close(terminal.ours)
    os.close(terminal.theirs)


def start(terminal: Terminal, tmp_path: Path) -> OflabRun:
    """Start a lab with a prompt on the terminal, in a session of its own."""
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.theirs)

    def own_the_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))

    oflab = OflabRun("--cli", log=tmp_path / "log", **streams, preexec_fn=own_the_terminal)
    terminal.wait_for("oflab> ")
    return oflab


def test_ctrl_c_ends_the_command_and_not_the_lab(terminal: Terminal, tmp_path: Path) -> None:
    with start(terminal, tmp_path) as oflab:
        terminal.type("h1 ping h2\n")
        terminal.wait_for("icmp_seq=2")
        terminal.type(CTRL_C)
        terminal.wait_for("packets transmitted")
        terminal.wait_for("oflab> ")
        terminal.type("pingall\n")
        terminal.wait_for("0% dropped")
        terminal.type("exit\n")
        assert oflab.wait() == 0
    assert oflab.leftovers() == []


def test_the_tab_key_completes_commands_hosts_and_ports(terminal: Terminal, tmp_path: Path) -> None:
    with start(terminal, tmp_path) as oflab:
        terminal.type("no\t\n")
        terminal.wait_for("h2     10.0.0.2")
        terminal.type("tr\ts\tin_\ts1-\t1,arp\n")
        terminal.wait_for("table 0")
        terminal.type("exit\n")
        assert oflab.wait() == 0


def test_ctrl_d_ends_the_lab(terminal: Terminal, tmp_path: Path) -> None:
    with start(terminal, tmp_path) as oflab:
        terminal.type(CTRL_D)
        assert oflab.wait() == 0
    assert oflab.leftovers() == []


def test_ctrl_c_at_the_prompt_ends_the_lab_and_leaves_a_terminal_that_echoes(
    terminal: Terminal, tmp_path: Path
) -> None:
    with start(terminal, tmp_path) as oflab:
        terminal.type("h1 pi" + CTRL_C)
        assert oflab.wait() == 128 + signal.SIGINT
    assert terminal.echoes()
    assert oflab.leftovers() == []
