"""Commands in a host's namespace: what `topologies.lab` runs there for its user and its tests."""

from __future__ import annotations

import asyncio
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from typing import Any

from topologies import iperf
from topologies.namespaces import enter
from topologies.network import LabError
from topologies.processes import ENDS_WITH_US, send_signal

PING_TIMEOUT_S = 2
_ROUND_TRIP = re.compile(rb"time=([\d.]+) ms")
_READ_QUIETLY: dict[str, Any] = {"stdin": DEVNULL, "stdout": PIPE, "stderr": DEVNULL}


async def start(namespace: str, command: Sequence[str], **options: Any) -> Process:
    """Start a command in a namespace, which ends with us; `options` as subprocess takes them."""
    words = [*ENDS_WITH_US, *enter(namespace), *command]
    return await asyncio.create_subprocess_exec(*words, **options)


@asynccontextmanager
async def running(namespace: str, command: Sequence[str]) -> AsyncIterator[Process]:
    """Run a command whose output we read; it is ended on leaving."""
    process = await start(namespace, command, **_READ_QUIETLY)
    try:
        yield process
    finally:
        await end(process)


async def end(process: Process) -> None:
    """End a process if it still runs, and forget it properly."""
    send_signal(process, signal.SIGKILL)
    await process.communicate()


async def ping_once(namespace: str, address: IPv4Address) -> float | None:
    """Send one echo request and return the round trip in ms; None when no answer came."""
    command = ["ping", "-n", "-c", "1", "-W", str(PING_TIMEOUT_S), str(address)]
    async with running(namespace, command) as ping:
        output, _ = await ping.communicate()
    found = _ROUND_TRIP.search(output)
    return float(found[1]) if ping.returncode == 0 and found else None


async def measure_tcp(source: str, target: str, address: IPv4Address, seconds: int) -> float:
    """Send TCP between two namespaces for so long and return the Gbit/s that arrived."""
    command = iperf.client(str(address), seconds)
    try:
        async with (
            running(target, iperf.SERVER) as server,
            asyncio.timeout(seconds + iperf.GRACE_S),
        ):
            await _wait_for_line(server, iperf.SERVER_IS_UP)
            async with running(source, command) as client:
                answer, _ = await client.communicate()
    except TimeoutError:
        raise LabError(f"iperf3 was stuck for {iperf.GRACE_S} s: no TCP passes") from None
    return iperf.read_rate(answer)


async def _wait_for_line(process: Process, beginning: bytes) -> None:
    """Read what a process prints until a line begins so."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(beginning):
            return
    raise LabError("iperf3 would not start as a server")
