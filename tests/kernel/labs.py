"""Runs ``oflab`` as a user does, and tells what it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from pathlib import Path

from tests.kernel.waiting import TIMEOUT_S, wait_until
from topologies.claim import RUN_FOLDER
from topologies.namespaces import namespaces_of
from topologies.processes import find_program

_MARK = "OFLAB_TEST_RUN"


class OflabRun:
    """One run of ``oflab``; its processes are known by a mark in their environment."""

    def __init__(self, *arguments: str, log: Path, **options: object) -> None:
        """Start it; what it prints goes to `log` unless `options` say otherwise."""
        self.log = log
        self._mark = f"{_MARK}={uuid.uuid4()}"
        environment = {**os.environ, **dict([self._mark.split("=")]), "PYTHONUNBUFFERED": ""}
        with log.open("wb") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **options}
            command = [find_program("oflab"), *arguments]
            self.process = subprocess.Popen(command, env=environment, **streams)  # type: ignore[call-overload]

    def __enter__(self) -> OflabRun:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(TIMEOUT_S)

    def wait(self) -> int:
        """Wait until it has ended, and return its status."""
        status: int = self.process.wait(TIMEOUT_S * 2)
        return status

    def wait_for(self, text: str) -> None:
        """Wait until it has printed a text."""
        wait_until(lambda: text in self.printed(), f"{text!r} from oflab")

    def printed(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text(errors="replace")

    def processes(self, word: str = "") -> list[int]:
        """Return the ids of its processes, or of those with a word on their command line."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if self._is_ours(pid) and word in _command_line(pid)]

    def leftovers(self) -> list[str]:
        """Return what is there of it: namespaces, processes, its folder."""
        pid = self.process.pid
        processes = [f"{other}: {' '.join(_command_line(other))}" for other in self.processes()]
        folders = [str(path) for path in [RUN_FOLDER / str(pid)] if path.exists()]
        return [*namespaces_of(pid), *processes, *folders]

    def kill(self) -> None:
        """End it without giving it a chance to clean up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _is_ours(self, pid: int) -> bool:
        try:
            return self._mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def _command_line(pid: int) -> list[str]:
    """Return the words of a process's command line; an empty word, too, is in every one."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
    return [word.decode(errors="replace") for word in words]
