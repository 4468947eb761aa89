"""The programs that a lab starts: found, started, watched and ended.

A program ends with us, however we end: the kernel kills it when its parent dies (PR_SET_PDEATHSIG,
set by ``setpriv``). It runs in a session of its own, so that Ctrl-C in a terminal reaches the lab
alone, which then ends its programs in order.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ENDS_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]
PATIENCE_S = 3.0
_LOOK_EVERY_S = 0.05


class ProgramError(Exception):
    """A program is missing, did not start or ended early; the text says which, and why."""


def find_program(name: str) -> str:
    """Return where one of our programs is: beside the Python that runs us, or on PATH."""
    folder = Path(sys.executable).parent
    found = shutil.which(name, path=str(folder)) or shutil.which(name)
    if found is None:
        raise ProgramError(f"{name} is neither in {folder} nor on PATH: is ofswitch installed?")
    return found


def require(program: str, package: str) -> None:
    """Check that a program of the system is installed, else say which package has it."""
    if shutil.which(program) is None:
        raise ProgramError(f"{program} is not installed: apt-get install {package}")


def send_signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal to a process unless it has ended.

    Its own `terminate` and `kill` would collect its exit status first, which asyncio waits for.
    """
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


class Program:
    """A program in the background, with all that it prints in a log."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(cls, name: str, command: Sequence[str], log: Path) -> Program:
        """Start a program."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *ENDS_WITH_US,
                *command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it ended: an exit status, a signal as a negative number; None while it runs."""
        return self._process.returncode

    def check(self) -> None:
        """Raise `ProgramError` with its last words, or the signal, if it has ended."""
        if self.status is None:
            return
        if self.status < 0:
            raise ProgramError(f"{self.name} has ended: signal {-self.status}")
        words = self.last_words() or f"status {self.status}"
        raise ProgramError(f"{self.name} has ended: {words}")

    def last_words(self) -> str:
        """Return the last line of its log that begins at the margin: an error, not the source line below it."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line[:1].strip()), "")

    async def ended(self) -> int:
        """Wait until it has ended, and return how."""
        return await self._process.wait()

    async def pass_on(self) -> None:
        """Write what it prints to our standard error, too, as it comes, until it has ended."""
        with self.log.open(errors="replace") as log:
            ended = False
            while not ended:
                ended = self.status is not None
                sys.stderr.write(log.read())
                sys.stderr.flush()
                await asyncio.sleep(_LOOK_EVERY_S)

    async def stop(self) -> None:
        """Ask it to end, and after a while make it."""
        send_signal(self._process, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        send_signal(self._process, signal.SIGKILL)
        await self._process.wait()
