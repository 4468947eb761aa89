"""`ofswitch run` as a process, with hosts behind its taps."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.waiting import TIMEOUT_S, wait_until

PREFIX = f"agt{os.getpid() % 100000}-"
"""What the names of all namespaces and interfaces begin with, so that several runs may be under way."""
HOSTS = (f"{PREFIX}h1", f"{PREFIX}h2")
TAP = f"{PREFIX}tap"
OFSWITCH = [sys.executable, "-m", "ofswitch"]


@dataclass(frozen=True)
class RunningSwitch:
    """A switch, and the words that reach it."""

    name: str
    process: subprocess.Popen[str]
    folder: Path

    @property
    def control(self) -> Path:
        """Its control socket."""
        return self.folder / f"{self.name}.sock"

    def __call__(self, *words: str) -> str:
        """Run one of the commands that ask a switch, such as `show`; what it prints."""
        return ofswitch(*words, "--control", str(self.control))

    def listens_at(self) -> str:
        """Its first listener, as ovs-ofctl wants it."""
        line = next(line for line in self("show", self.name).splitlines() if "listening" in line)
        scheme, port, host = line.split()[-1].split(":")
        return f"{scheme.removeprefix('p')}:{host}:{port}"

    def end(self, how: int) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(how)
        return self.process.wait(TIMEOUT_S)

    def log(self) -> str:
        """What it has logged."""
        return (self.folder / f"{self.name}.log").read_text()


def ofswitch(*words: str) -> str:
    """Run a command that succeeds; what it prints."""
    return subprocess.check_output([*OFSWITCH, *words], text=True, timeout=TIMEOUT_S)


@contextmanager
def running_switch(name: str, folder: Path, *options: str) -> Iterator[RunningSwitch]:
    """Run a switch until the context is left."""
    ready, log = folder / f"{name}.ready", folder / f"{name}.log"
    files = ["--control", str(folder / f"{name}.sock"), "--ready", str(ready)]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*OFSWITCH, "run", name, *files, *options],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "the switch")
        assert process.poll() is None, log.read_text()
        yield RunningSwitch(name, process, folder)
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


@contextmanager
def two_hosts() -> Iterator[list[str]]:
    """Two namespaces; the options of `ofswitch run` that attach them."""
    options = []
    with ExitStack() as stack:
        for number, host in enumerate(HOSTS, start=1):
            subprocess.run(["ip", "netns", "add", host], check=True)
            stack.callback(subprocess.run, ["ip", "netns", "del", host], check=True)
            where = f"netns={host},name=eth0,ip=10.0.0.{number}/24"
            options += ["--port", f"tap:{TAP}{number},{where}"]
        yield options


def ping(source: int = 1, target: int = 2, count: int = 1) -> bool:
    """Whether a host's echo requests are all answered."""
    command = f"ip netns exec {HOSTS[source - 1]} ping -c {count} -i 0.02 -W 1 10.0.0.{target}"
    found = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    return f"{count} received" in found.stdout


def interfaces() -> str:
    """The interfaces of this namespace that tests of this folder may have left."""
    links = subprocess.check_output(["ip", "-o", "link"], text=True).splitlines()
    return "\n".join(line for line in links if f": {PREFIX}" in line)
