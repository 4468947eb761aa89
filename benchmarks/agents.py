"""What a real agent takes in a cluster: memory, and processor time, of each of a hundred processes on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import click
from rich.progress import Progress

from benchmarks import shell
from benchmarks.processes import resident_mib
from benchmarks.tables import Table, machine
from console.asking import Running

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_POLL_S = 0.2
_PATIENCE_S = 120


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--members", type=click.IntRange(2, 250), default=100, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(1), default=60, show_default=True, help="To watch them."
)
@click.option("--key", is_flag=True, help="With encryption.")
def main(members: int, seconds: float, *, key: bool) -> None:
    """Run a cluster of agents, and tell what each of them takes once all know all."""
    console = shell.console(120)
    with (
        shell.interruptible(console),
        tempfile.TemporaryDirectory(prefix="agents-") as folder,
        shell.progress(console) as progress,
        _agents(members, Path(folder), progress, key=key) as pids,
    ):
        _together(Path(folder), members)
        before = [_cpu_s(pid) for pid in pids]
        start = time.monotonic()
        for _ in progress.track(range(max(1, round(seconds))), description="watching"):
            time.sleep(seconds / max(1, round(seconds)))
        watched_s = time.monotonic() - start
        shares = [
            100 * (_cpu_s(pid) - was) / watched_s for pid, was in zip(pids, before, strict=True)
        ]
        memory = [resident_mib(pid) for pid in pids]
        console.print(_table(members, memory, shares).rich())
        console.print(machine())


def _table(members: int, memory: list[float], shares: list[float]) -> Table:
    rows = [
        ["memory, MiB", f"{median(memory):.1f}", f"{max(memory):.1f}"],
        ["% of a processor", f"{median(shares):.2f}", f"{max(shares):.2f}"],
    ]
    return Table(f"An agent among {members}, preset lan", ["", "median", "most"], rows)


@contextmanager
def _agents(members: int, folder: Path, progress: Progress, *, key: bool) -> Iterator[list[int]]:
    """Processes, each at a loopback address of its own; nobody survives the block."""
    more = ["--key", "AAECAwQFBgcICQoLDA0ODw=="] if key else []
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number in progress.track(range(1, members + 1), description="starting"):
            command = [
                *(sys.executable, "-m", "apps.swim.cli", "agent", "--name", f"a{number}"),
                *("--bind", f"127.77.0.{number}:7946", "--join", "127.77.0.1:7946"),
                *("--control", str(_control(folder, number)), "--log-level", "error", *more),
            ]
            # A process group of its own: Ctrl-C is for us, who end it.
            started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, process_group=0))
            _wait_for(_control(folder, number).exists, f"agent {number} does not start")
        yield [child.pid for child in started]
    finally:
        for child in started:
            child.kill()
        for child in started:
            child.wait()


def _control(folder: Path, number: int) -> Path:
    return folder / f"a{number}.sock"


def _together(folder: Path, members: int) -> None:
    """Wait until the first agent and the last know all."""
    for number in (1, members):
        agent = Running("agent", _control(folder, number))
        _wait_for(partial(_knows, agent, members), "they do not find each other")


def _knows(agent: Running, members: int) -> bool:
    states = [one["state"] for one in agent.ask("members")]
    return states.count("alive") == members


def _wait_for(holds: Callable[[], bool], words: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise click.ClickException(words)
        time.sleep(_POLL_S)


def _cpu_s(pid: int) -> float:
    """Processor time since it started, of user and system (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


if __name__ == "__main__":
    main()
