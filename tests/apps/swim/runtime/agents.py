"""`ofswim agent` as a process on the loopback interface."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kernel.waiting import wait_until

OFSWIM = [sys.executable, "-m", "apps.swim.cli"]
PATIENCE_S = 60.0


@dataclass
class RunningAgent:
    """An agent, and the words that reach it."""

    name: str
    process: subprocess.Popen[str]
    folder: Path

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the commands that ask an agent."""
        return subprocess.run(
            [*OFSWIM, *words, "--control", str(self.control)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    @property
    def control(self) -> Path:
        """Its control socket."""
        return self.folder / f"{self.name}.sock"

    @property
    def ready(self) -> Path:
        """The file that says that it listens."""
        return self.folder / f"{self.name}.ready"

    def __call__(self, *words: str) -> str:
        """Run a command that succeeds; what it prints."""
        done = self.ask(*words)
        assert done.returncode == 0, done.stderr + self.log()
        return done.stdout

    def members(self) -> dict[str, dict[str, Any]]:
        """Everybody, by name."""
        return {member["name"]: member for member in json.loads(self("members", "--json"))}

    def address(self) -> str:
        """Where it is."""
        found: str = json.loads(self("info", "--json"))["address"]
        return found

    def memory(self) -> int:
        """The bytes that it has in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) << 10

    def wait_until_sees(self, name: str, state: str) -> None:
        """Wait until a member is in a state."""
        wait_until(
            lambda: self.members().get(name, {}).get("state") == state,
            f"{name} {state} at {self.name}",
            PATIENCE_S,
        )

    def end(self, how: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)

    def log(self) -> str:
        """What it has logged."""
        return (self.folder / f"{self.name}.log").read_text()


@contextmanager
def running_agent(
    name: str, folder: Path, *options: str, bind: str = "127.0.0.1:0"
) -> Iterator[RunningAgent]:
    """Run an agent until the context is left."""
    words = ["agent", "--name", name, "--bind", bind, "--preset", "lan"]
    files = ["--control", str(folder / f"{name}.sock"), "--ready", str(folder / f"{name}.ready")]
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [*OFSWIM, *words, *files, *options], stdout=log, stderr=log, text=True
        )
    agent = RunningAgent(name, process, folder)
    try:
        wait_until(
            lambda: agent.ready.exists() or process.poll() is not None, "the agent", PATIENCE_S
        )
        assert process.poll() is None, agent.log()
        yield agent
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_S)
