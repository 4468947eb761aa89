"""Our own programs as processes, for tests that need one without a lab around it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.kernel.waiting import TIMEOUT_S
from topologies.processes import find_program


@contextmanager
def running(
    program: str, *arguments: str, log: Path, enter: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our programs, in the namespace that `enter` enters, until the context is left."""
    with log.open("wb") as output:
        command = [*enter, find_program(program), *arguments]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)
