"""Runs os-ken's simple switch (`tests.kernel.osken_switch`) as a controller."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.kernel.isolation import ROOT
from tests.kernel.waiting import wait_for_listener


@contextmanager
def osken(
    port: int,
    protocol: str,
    log: Path,
    enter: Sequence[str] = (),
    credentials: Sequence[str | Path] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Run it at a port of the loopback, in the namespace that `enter` enters; with TLS for a key and certificates."""
    words = ["127.0.0.1", str(port), protocol, *map(str, credentials)]
    module = ["-m", "tests.kernel.osken_switch", *words]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*enter, sys.executable, *module], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        wait_for_listener(port, enter)
        yield process
    finally:
        process.kill()
        process.wait()
