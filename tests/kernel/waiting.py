"""Waiting for something outside of us to happen."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

TIMEOUT_S = 30.0
_LOOK_EVERY_S = 0.02


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Wait until `condition` holds; TimeoutError with `what` when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s")
        time.sleep(_LOOK_EVERY_S)


def wait_for_listener(port: int, enter: Sequence[str] = ()) -> None:
    """Wait until somebody listens at a TCP port, in the namespace that `enter` enters."""
    look = [*enter, "ss", "--no-header", "--listening", "--tcp", "--numeric", f"sport = :{port}"]
    wait_until(lambda: subprocess.check_output(look) != b"", f"a listener at port {port}")
