"""The command of this package; see its docstring."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import click
from rich.console import Console

from benchmarks.processes import process, resident_mib, run
from benchmarks.soak.churn import change, clear, prepare
from benchmarks.soak.client import Client
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.network import HOSTS, PREFIX, introduce, namespaces
from benchmarks.soak.traffic import Stream, make_streams, settle

ROUND_S = 20.0
TURN_S = 0.02
WARM_UP_ROUNDS = 6
GROWTH_MOST_MIB = 4.0
"""How much the switch may have grown since it warmed up, after any time."""


class Soak:
    """One switch under observation."""

    def __init__(self, folder: Path, pid: int, rng: Random, rate_pps: int) -> None:
        self._control = str(folder / "control")
        self._pid, self._rng = pid, rng
        self._per_turn = max(1, round(rate_pps * TURN_S / 12))
        self._streams = make_streams()
        self._client = Client("127.0.0.1", self._listening())
        self._ledger = Ledger()
        self._extra = False
        self.changes = 0
        prepare(self._client)

    def round(self, seconds: float) -> list[str]:
        """Traffic and changes for a while; what was wrong at the end."""
        until = time.monotonic() + seconds
        with self._tcp(seconds):
            while time.monotonic() < until:
                self._turn()
        settle(self._streams)
        clear(self._client)
        self._client.poll()
        return [*self._lost(), *self._ledger.complaints(self._client)]

    def memory_mib(self) -> float:
        """The switch's resident memory."""
        return resident_mib(self._pid)

    @property
    def sent(self) -> int:
        """How many datagrams there were."""
        return sum(stream.sent for stream in self._streams)

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        for stream in self._streams:
            stream.close()

    def _turn(self) -> None:
        ends = time.monotonic() + TURN_S
        for stream in self._streams:
            stream.send(self._per_turn)
        change(self._client, self._rng, 10)
        self.changes += 10
        if self._rng.random() < 0.05:
            self._come_or_go()
        for stream in self._streams:
            stream.receive()
        self._client.poll()
        time.sleep(max(0.0, ends - time.monotonic()))

    def _come_or_go(self) -> None:
        """Add a port that nobody uses, or delete it."""
        words = (
            ["delete", PREFIX, f"{PREFIX}x"]
            if self._extra
            else ["add", PREFIX, f"tap:{PREFIX}x,up=no"]
        )
        run(sys.executable, "-m", "ofswitch", "port", *words, "--control", self._control)
        self._extra = not self._extra

    @contextlib.contextmanager
    def _tcp(self, seconds: float) -> Iterator[None]:
        """A TCP stream of moderate rate between a tap and a veth."""
        source, target = HOSTS[3], HOSTS[0]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(target.inside("iperf3", "-s", "-1"), **quiet)  # type: ignore[call-overload]
        time.sleep(0.3)
        command = ["iperf3", "-c", target.address, "-b", "200M", "-t", str(round(seconds))]
        client = subprocess.Popen(source.inside(*command), **quiet)  # type: ignore[call-overload]
        try:
            yield
            client.wait(30)
        finally:
            for end in (client, server):
                end.terminate()
                end.wait(10)

    def _lost(self) -> list[str]:
        return [_verdict(stream) for stream in self._streams if stream.received != stream.sent]

    def _listening(self) -> int:
        show = run(sys.executable, "-m", "ofswitch", "show", PREFIX, "--control", self._control)
        line = next(line for line in show.splitlines() if "listening" in line)
        return int(line.split()[-1].split(":")[1])


def _verdict(stream: Stream) -> str:
    return f"{stream.name}: {stream.sent} sent, {stream.received} received"


@click.command()
@click.option("--minutes", type=click.FloatRange(0.1), default=60.0, show_default=True)
@click.option(
    "--rate", type=click.IntRange(12), default=12_000, show_default=True, help="Datagrams/s."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the changes.")
@click.option("--datapath", type=click.Choice(["native", "reference"]), default="native")
def main(minutes: float, rate: int, seed: int, datapath: str) -> None:
    """Run a switch under changing load, and say at once what is lost, miscounted or leaked."""
    if os.geteuid():
        raise click.ClickException("this needs root, and iperf3")
    console = Console()
    failures: list[str] = []
    try:
        with (
            namespaces(),
            tempfile.TemporaryDirectory() as folder,
            _switch(folder, datapath) as pid,
        ):
            introduce()
            soak = Soak(Path(folder), pid, Random(seed), rate)
            failures = _watch(soak, minutes, console)
            soak.close()
    except KeyboardInterrupt:
        console.print("interrupted")
    if failures:
        raise click.ClickException(f"{len(failures)} things were wrong, the first: {failures[0]}")


def _watch(soak: Soak, minutes: float, console: Console) -> list[str]:
    failures: list[str] = []
    began, warm = time.monotonic(), 0.0
    rounds = max(1, round(minutes * 60 / ROUND_S))
    for number in range(1, rounds + 1):
        wrong = soak.round(min(ROUND_S, minutes * 60))
        memory = soak.memory_mib()
        if number <= WARM_UP_ROUNDS:
            warm = max(warm, memory)
        elif memory > warm + GROWTH_MOST_MIB:
            wrong.append(f"{memory:.1f} MiB of memory, {warm:.1f} after the warm-up")
        minute = (time.monotonic() - began) / 60
        console.print(
            f"minute {minute:5.1f}: {soak.sent:,} datagrams, {soak.changes:,} changes, {memory:.1f} MiB:"
            f" {'; '.join(wrong) or 'all there'}"
        )
        failures += wrong
    return failures


@contextlib.contextmanager
def _switch(folder: str, datapath: str) -> Iterator[int]:
    command = [sys.executable, "-m", "ofswitch", "run", PREFIX, "--datapath", datapath]
    command += ["--control", f"{folder}/control", "--ready", f"{folder}/ready"]
    command += ["--listen", "ptcp:0:127.0.0.1", "--fail-mode", "secure", "--log-level", "warning"]
    for host in HOSTS:
        command += ["--port", host.spec]
    with process(command, Path(folder, "ready").exists) as pid:
        yield pid


if __name__ == "__main__":
    main()
