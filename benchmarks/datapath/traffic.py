"""The program that sends, counts and times frames, compiled from native/traffic."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.datapath.rules import SINK
from benchmarks.network import HOSTS, inside
from benchmarks.processes import end, run

_NATIVE = Path(__file__).parents[2] / "native"
_WARM_UP_S = 0.5
"""Time for caches to fill and for a slow path to set its flows up, before counting."""


@functools.cache
def program() -> Path:
    """Compile it, where it is not up to date; raise RuntimeError with what is missing."""
    if not shutil.which("cargo"):
        raise RuntimeError("no cargo: the traffic is native (apt-get install cargo-web rustc-web)")
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "traffic"]
    done = subprocess.run(command, cwd=_NATIVE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr.strip()}")
    folder = Path(os.environ.get("CARGO_TARGET_DIR", _NATIVE / "target"))
    return _NATIVE / folder / "release" / "traffic"


def packets(
    flows: str, seconds: float, *, stations: int = 0, pid: int | None = None
) -> dict[str, float]:
    """Flood from host a; return what host b received and what it cost, and what a could send.

    `packets` in `seconds`; `process_s` of the process and `machine_s` of all processors, in that time.
    """
    a, b = (host.namespace for host in HOSTS)
    count = [str(program()), "count", "eth0", "--after", f"{_WARM_UP_S}", "--seconds", f"{seconds}"]
    count += ["--pid", str(pid)] if pid else []
    duration = _WARM_UP_S + seconds + 0.2
    send = [str(program()), "send", "eth0", "--target", SINK, "--flows", flows]
    send += ["--stations", str(stations), "--seconds", f"{duration}"]
    last = max(os.sched_getaffinity(0))
    with subprocess.Popen(
        inside(a, "taskset", "-c", str(last), *send),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as sender:
        try:
            counted = json.loads(run(*inside(b, *count)))
            said, complaint = sender.communicate(timeout=duration + 10)
        finally:
            end(sender)
    if sender.returncode:
        raise RuntimeError(complaint.strip())
    sent = json.loads(said)
    return {**counted, "offered_per_s": sent["offered"] / sent["seconds"]}


def round_trips(count: int) -> dict[str, float]:
    """Idle round trips between the hosts, microseconds; and how many were `lost`."""
    a, b = HOSTS
    ping = [
        str(program()),
        "ping",
        "eth0",
        "--target",
        b.mac,
        "--from",
        a.address,
        "--to",
        b.address,
    ]
    told = json.loads(run(*inside(a.namespace, *ping, "--count", str(count))))
    return {
        name: told[name]
        for name in ("p50_us", "p99_us", "mean_us", "lost")
        if told[name] is not None
    }
