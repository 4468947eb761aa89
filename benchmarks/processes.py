"""Commands that are waited for, and processes that run in the background: nothing survives its block."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

TIMEOUT_S = 60
_QUIET_S = 0.02


def run(*command: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command; raise RuntimeError with what it complained of."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env=env,
            process_group=0,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{' '.join(command)}: no end after {TIMEOUT_S} s") from None
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextlib.contextmanager
def process(
    command: list[str], ready: Callable[[], bool], env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a process in the background; yields its id once it is ready.

    Raise RuntimeError with its last words when it does not start, or ends before its time.
    """
    with tempfile.TemporaryFile("w+") as words:
        # A process group of its own: Ctrl-C is for us, who end it in good order.
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=words, env=env, process_group=0
        )
        try:
            _wait(child, ready)
            yield child.pid
            if child.poll() is not None:
                raise RuntimeError(f"it ended by itself, with status {child.returncode}")
        except RuntimeError as error:
            words.seek(0)
            raise RuntimeError(f"{_program(command)}: {error}\n{words.read()[-2000:]}") from None
        finally:
            end(child)


def _program(command: list[str]) -> str:
    return Path(command[4] if command[:3] == ["ip", "netns", "exec"] else command[0]).name


def _wait(child: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("it does not start")
        time.sleep(_QUIET_S)


def resident_mib(pid: int) -> float:
    """The memory that a process has, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def end(child: subprocess.Popen[Any], patience_s: float = 10) -> None:
    """End a process, and wait until it is gone."""
    child.terminate()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
